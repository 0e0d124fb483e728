//go:build !js

package wrtc

// The names that the tests use of this package and of pion. Beside pion.go, only
// this file names a major version.

import (
	"github.com/pion/stun"
	"github.com/pion/transport/v2/vnet"
	"github.com/pion/turn/v2"
	"github.com/pion/webrtc/v3"

	"github.com/n2n-overlay/n2n/messages"
)

type (
	BareConnection  = webrtc.PeerConnection
	BareChannel     = webrtc.DataChannel
	BareChannelInit = webrtc.DataChannelInit
	BareDetached    = detachedChannel
	BareDescription = webrtc.SessionDescription

	VNet         = vnet.Net
	VNetConfig   = vnet.NetConfig
	Router       = vnet.Router
	RouterConfig = vnet.RouterConfig
	NATType      = vnet.NATType
	Packet       = vnet.Chunk

	STUNMessage      = stun.Message
	STUNAttribute    = stun.AttrType
	XORMappedAddress = stun.XORMappedAddress
	TURNServer       = turn.Server
)

const (
	SDPOffer  = webrtc.SDPTypeOffer
	SDPAnswer = webrtc.SDPTypeAnswer

	Independent      = vnet.EndpointIndependent
	AddressDependent = vnet.EndpointAddrDependent
	PortDependent    = vnet.EndpointAddrPortDependent

	XORMapped  = stun.AttrXORMappedAddress
	XORRelayed = stun.AttrXORRelayedAddress
	XORPeer    = stun.AttrXORPeerAddress

	HighMark    = highMark
	DrainBudget = drainBudget
)

var (
	NewRouter      = vnet.NewRouter
	NewVNet        = vnet.NewNet
	GatherComplete = webrtc.GatheringCompletePromise
	BuildSTUN      = stun.Build
	STUNRequest    = stun.BindingRequest
	STUNSuccess    = stun.BindingSuccess

	Unwanted     = unwanted
	Window       = receiveWindow
	Shorten      = shorten
	ChannelInit  = channelInit
	SplitPacket  = splitPacket
	NewGuarded   = newGuardedNet
	NewSystemNet = newSystemNet
)

// CheckRemote is checkRemote for native peers.
func CheckRemote(text string, loopback bool) (string, error) {
	return checkRemote(text, rules{loopback: loopback})
}

// CheckRemoteInTab is checkRemote with the rules of a browser.
func CheckRemoteInTab(text string) (string, error) {
	return checkRemote(text, rules{local: true})
}

// Silent is a logger factory that logs nothing.
var Silent = loggerFactory{}

// Bare returns a connection of plain pion with all the settings of t.
func (t *Transport) Bare() (*BareConnection, error) {
	return t.engine.api.NewPeerConnection(t.engine.setup)
}

// Assembler is exported for its tests.
type Assembler = assembler

// Take is take.
func (a *Assembler) Take(e []Envelope) ([]Envelope, error) { return a.take(e) }

// Envelope is messages.Envelope.
type Envelope = messages.Envelope
