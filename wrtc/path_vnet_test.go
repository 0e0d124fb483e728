//go:build !js

package wrtc_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/signaling/server"
	"github.com/n2n-overlay/n2n/wrtc"
)

// pipedRoom makes a room with a signaling server in memory, as a synctest bubble
// needs.
func pipedRoom(t *testing.T) *room {
	rooms := newServer(t)
	pipe := server.NewPipe()
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = rooms.Serve(ctx, pipe)
	}()
	r := newRoom(t, rooms, "ws://signaling", pipe.HTTPClient(), func() {
		cancel()
		<-served
	})
	t.Cleanup(r.stop)
	return r
}

// trioOver lets three peers join a room over a network. The arcs are a->b->c.
func trioOver(t *testing.T, l *lan, hosts ...*wrtc.VNet) (r *room, a, b, c *node) {
	r = pipedRoom(t)
	var nodes []*node
	for _, host := range hosts {
		n := r.start(on(host))
		n.join()
		nodes = append(nodes, n)
	}
	a, b, c = nodes[0], nodes[1], nodes[2]
	a.mustOpen(b)
	b.mustOpen(c)
	return r, a, b, c
}

func TestThePathOverALinkOf40Milliseconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLAN(t, wrtc.RouterConfig{CIDR: "10.0.0.0/24", MinDelay: 40 * time.Millisecond})
		hosts := []*wrtc.VNet{l.host("10.0.0.1"), l.host("10.0.0.2"), l.host("10.0.0.3")}
		l.start()
		r, a, b, c := trioOver(t, l, hosts...)
		r.stop()

		begin := time.Now()
		if e, ok := b.introduce(a, c).(messages.Introduced); !ok {
			t.Fatalf("%+v", e)
		}
		c.waitArc(a)
		if d := time.Since(begin); d < 300*time.Millisecond || d > 3*time.Second {
			t.Errorf("introduced after %v of virtual time over 40 ms links", d)
		}
		a.send(c, "hello")
		if text := c.waitText(a); text != "hello" {
			t.Errorf("got %q", text)
		}

		time.Sleep(10 * time.Minute) // of virtual time: an idle overlay stays
		c.send(a, "still here")
		a.waitText(c)

		l.cut.Store(true)
		begin = time.Now()
		if f, ok := b.introduce(a, c).(messages.Failed); !ok || messages.CodeOf(f.Err) != messages.ErrTimeout {
			t.Errorf("an introduction over a dead network: %+v", f)
		}
		if d := time.Since(begin); d != 10*time.Second {
			t.Errorf("failed after %v, the deadline is 10 s", d)
		}
		down := b.wait("end", func(e any) bool { _, ok := e.(messages.PeerDown); return ok }).(messages.PeerDown)
		if d := time.Since(begin); down.Cause != messages.CauseCrashed || d > 30*time.Second {
			t.Errorf("%+v after %v", down, d)
		}
	})
}

func TestThePathThroughNATs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		wan := newLAN(t, wrtc.RouterConfig{CIDR: "1.2.3.0/24", MinDelay: 10 * time.Millisecond})
		kind := wrtc.NATType{MappingBehavior: wrtc.Independent, FilteringBehavior: wrtc.PortDependent}
		stun, public := wan.host("1.2.3.4"), wan.host("1.2.3.5")
		one := wan.behindNAT("192.168.0.0/24", "1.2.3.6", kind)
		two := wan.behindNAT("192.168.1.0/24", "1.2.3.7", kind)
		x, y := one.host("192.168.0.1"), two.host("192.168.1.1")
		wan.start()
		serveSTUN(t, stun, "1.2.3.4:3478")
		reflector := wrtc.ICEServer{URLs: []string{"stun:1.2.3.4:3478"}}

		r := pipedRoom(t)
		a, b, c := r.start(on(x, reflector)), r.start(on(public)), r.start(on(y, reflector))
		for _, n := range []*node{a, b, c} {
			n.join()
		}
		a.mustOpen(b)
		c.mustOpen(b)
		r.stop()
		if e, ok := b.introduce(a, c).(messages.Introduced); !ok {
			t.Fatalf("%+v", e)
		}
		a.send(c, "through two NATs")
		c.waitText(a)
	})
}

func TestThePathOverALossyLink(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLAN(t, wrtc.RouterConfig{CIDR: "10.0.0.0/24", MinDelay: 20 * time.Millisecond})
		hosts := []*wrtc.VNet{l.host("10.0.0.1"), l.host("10.0.0.2"), l.host("10.0.0.3")}
		l.lossy(0.05)
		l.start()
		_, a, b, c := trioOver(t, l, hosts...)
		if e, ok := b.introduce(a, c).(messages.Introduced); !ok {
			t.Fatalf("%+v", e)
		}
		for range 100 {
			a.send(c, "x")
		}
		for range 100 {
			c.waitText(a)
		}
	})
}
