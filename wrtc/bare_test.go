//go:build !js

package wrtc_test

import (
	"github.com/n2n-overlay/n2n/protocols"
	"github.com/n2n-overlay/n2n/wrtc"
)

// bare is one end made of plain pion, with the settings of a transport. Benchmarks
// measure against it, and tests use it as a remote peer that breaks the rules.
type bare struct {
	*wrtc.BareConnection
	t       tester
	channel *wrtc.BareChannel
	opened  chan wrtc.BareDetached // channel 0, detached
}

func newBare(t tester, transport *wrtc.Transport) *bare {
	t.Helper()
	pc, err := transport.Bare()
	if err != nil {
		t.Fatalf("bare: %v", err)
	}
	b := &bare{BareConnection: pc, t: t}
	t.Cleanup(func() { _ = pc.GracefulClose() })
	b.channel, b.opened = b.open("ordered", wrtc.ChannelInit(protocols.Ordered))
	return b
}

// open makes a channel. The returned Go channel delivers it, detached, when it is
// open.
func (b *bare) open(label string, init *wrtc.BareChannelInit) (*wrtc.BareChannel, chan wrtc.BareDetached) {
	b.t.Helper()
	dc, err := b.CreateDataChannel(label, init)
	if err != nil {
		b.t.Fatalf("bare: %v", err)
	}
	opened := make(chan wrtc.BareDetached, 1)
	dc.OnOpen(func() {
		if raw, err := dc.Detach(); err == nil {
			opened <- raw
		}
	})
	return dc, opened
}

// describe makes the offer, or the answer to an offer.
func (b *bare) describe(offer string) (string, error) {
	create := func() (wrtc.BareDescription, error) { return b.CreateOffer(nil) }
	if offer != "" {
		if err := b.SetRemoteDescription(wrtc.BareDescription{Type: wrtc.SDPOffer, SDP: offer}); err != nil {
			return "", err
		}
		create = func() (wrtc.BareDescription, error) { return b.CreateAnswer(nil) }
	}
	description, err := create()
	if err != nil {
		return "", err
	}
	complete := wrtc.GatherComplete(b.BareConnection)
	if err := b.SetLocalDescription(description); err != nil {
		return "", err
	}
	<-complete
	return b.LocalDescription().SDP, nil
}

// dialBare connects two bare ends and returns their channels.
func dialBare(a, b *bare) (x, y wrtc.BareDetached) {
	a.t.Helper()
	offer, err := a.describe("")
	if err == nil {
		var answer string
		if answer, err = b.describe(offer); err == nil {
			err = a.SetRemoteDescription(wrtc.BareDescription{Type: wrtc.SDPAnswer, SDP: answer})
		}
	}
	if err != nil {
		a.t.Fatalf("bare: %v", err)
	}
	return <-a.opened, <-b.opened
}
