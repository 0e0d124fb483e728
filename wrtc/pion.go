//go:build !js

package wrtc

// Only this file and pion_sdp.go name the major versions of pion's modules. To move
// to new versions, change these imports.

import (
	"github.com/pion/datachannel"
	"github.com/pion/ice/v2"
	"github.com/pion/logging"
	"github.com/pion/stun"
	"github.com/pion/transport/v2"
	"github.com/pion/transport/v2/stdnet"
	"github.com/pion/webrtc/v3"
)

// Net is the network that ICE uses; pion's vnet.Net is one.
type Net = transport.Net

type (
	pionAPI             = webrtc.API
	pionConnection      = webrtc.PeerConnection
	pionConfiguration   = webrtc.Configuration
	pionCertificate     = webrtc.Certificate
	pionICEServer       = webrtc.ICEServer
	pionChannel         = webrtc.DataChannel
	pionChannelInit     = webrtc.DataChannelInit
	pionDescription     = webrtc.SessionDescription
	pionConnectionState = webrtc.PeerConnectionState
	pionDTLSState       = webrtc.DTLSTransportState
	pionSettings        = webrtc.SettingEngine

	detachedChannel = datachannel.ReadWriteCloser
	udpConn         = transport.UDPConn
	netDialer       = transport.Dialer
	leveledLogger   = logging.LeveledLogger
)

var (
	newAPI             = webrtc.NewAPI
	newCertificate     = webrtc.NewCertificate
	withSettings       = webrtc.WithSettingEngine
	gatheringComplete  = webrtc.GatheringCompletePromise
	parseICEURL        = stun.ParseURI
	newSystemNet       = stdnet.NewNet
	udpNetworkTypes    = []webrtc.NetworkType{webrtc.NetworkTypeUDP4, webrtc.NetworkTypeUDP6}
	schemeSTUN         = stun.SchemeTypeSTUN
	schemeTURN         = stun.SchemeTypeTURN
	protoUDP           = stun.ProtoTypeUDP
	multicastDNSOff    = ice.MulticastDNSModeDisabled
	credentialPassword = webrtc.ICECredentialTypePassword
)

const (
	sdpOffer    = webrtc.SDPTypeOffer
	sdpAnswer   = webrtc.SDPTypeAnswer
	stateFailed = webrtc.PeerConnectionStateFailed
	stateClosed = webrtc.PeerConnectionStateClosed
)
