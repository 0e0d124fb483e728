//go:build js

package main

import (
	"crypto/ed25519"
	"fmt"
	"slices"

	"github.com/n2n-overlay/n2n"
	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/wrtc"
)

// maxServers is the most servers of a kind that options can list.
const maxServers = 16

// options are the options with which a page starts a peer.
type options struct {
	signaling []string
	network   wrtc.Config
	limits    actors.Config
	protocols []*protocol
}

// readOptions reads the options of createPeer. identity is the 32 bytes of a seed there.
func readOptions(v any) (options, error) {
	all := options{network: wrtc.DefaultConfig(), limits: actors.DefaultConfig()}
	o := newObject("options", v)
	o.path = ""
	o.seed(&all.network)
	o.text("network", &all.limits.Network)
	o.flag("loopback", &all.network.Loopback)
	o.iceServers(&all.network)
	o.limits(&all)
	for i, v := range o.list("signaling", maxServers) {
		url, ok := v.(string)
		if !ok || slices.Contains(all.signaling, url) {
			o.bad(fmt.Sprintf("signaling[%d]", i), v, "a URL that is named once")
		}
		all.signaling = append(all.signaling, url)
	}
	for i, v := range o.list("protocols", all.limits.MaxProtocols) {
		p, err := newProtocol(fmt.Sprintf("protocols[%d]", i), v)
		if err != nil && o.err == nil {
			o.err = err
		}
		all.protocols = append(all.protocols, p)
	}
	return all, o.done()
}

// described returns the protocols as a page gets them.
func (all options) described() []any {
	list := make([]any, len(all.protocols))
	for i, made := range all.protocols {
		list[i] = made.described()
	}
	return list
}

func (o *object) seed(network *wrtc.Config) {
	var seed []byte
	o.need("identity")
	o.bytes("identity", &seed)
	switch {
	case o.err != nil:
	case len(seed) != ed25519.SeedSize:
		o.err = invalidf("identity.seed has %d bytes, must have %d", len(seed), ed25519.SeedSize)
	default:
		network.Key = ed25519.NewKeyFromSeed(seed)
	}
}

func (o *object) iceServers(network *wrtc.Config) {
	for i, v := range o.list("iceServers", maxServers) {
		server := newObject(fmt.Sprintf("iceServers[%d]", i), v)
		var s wrtc.ICEServer
		server.need("urls")
		if url, ok := server.fields["urls"].(string); ok {
			server.fields["urls"] = []any{url}
		}
		for _, url := range server.list("urls", maxServers) {
			text, ok := url.(string)
			if !ok {
				server.bad("urls", url, "a URL or an array of them")
			}
			s.URLs = append(s.URLs, text)
		}
		server.text("username", &s.Username)
		server.text("credential", &s.Credential)
		o.end(server)
		network.ICEServers = append(network.ICEServers, s)
	}
}

// limits reads the limits of the peer and of its transport, which are one object for a page.
func (o *object) limits(all *options) {
	limits := o.within("limits")
	if limits == nil {
		limits = newObject("limits", map[string]any{})
	}
	network := all.limits.Network
	limits.config(&all.limits)
	all.limits.Network = network // it is not a limit
	delete(limits.read, "network")
	limits.duration("gatherTimeout", &all.network.GatherTimeout)
	limits.duration("failedTimeout", &all.network.FailedTimeout)
	o.end(limits)
	if o.err != nil {
		return
	}
	if all.network.GatherTimeout <= 0 || all.network.FailedTimeout <= 0 {
		o.err = invalidf("limits.gatherTimeout and limits.failedTimeout must be above 0")
	} else if err := all.limits.Validate(); err != nil {
		o.err = invalidf("limits: %s", inPageNames(err.Error(), &all.limits))
	}
}

// door returns the options as those of package n2n.
func (all options) door() []n2n.Option {
	return []n2n.Option{
		n2n.Overlay(""), n2n.Signal(all.signaling...),
		n2n.Network(func(c *wrtc.Config) { *c = all.network }),
		n2n.Config(func(c *actors.Config) { *c = all.limits }),
	}
}
