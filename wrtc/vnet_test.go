//go:build !js

package wrtc_test

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"net"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
	"github.com/n2n-overlay/n2n/wrtc"
)

// These tests run pion's real stack over its virtual network, in virtual time.

// lan is a network to which transports are attached.
type lan struct {
	t      *testing.T
	router *wrtc.Router
	cut    atomic.Bool // no packet passes
}

func newLAN(t *testing.T, cfg wrtc.RouterConfig) *lan {
	t.Helper()
	cfg.LoggerFactory = wrtc.Silent
	router, err := wrtc.NewRouter(&cfg)
	if err != nil {
		t.Fatal(err)
	}
	l := &lan{t: t, router: router}
	router.AddChunkFilter(func(wrtc.Packet) bool { return !l.cut.Load() })
	return l
}

// start starts the routing. Attach children before.
func (l *lan) start() {
	l.t.Helper()
	if err := l.router.Start(); err != nil {
		l.t.Fatal(err)
	}
	l.t.Cleanup(func() { _ = l.router.Stop() })
}

func (l *lan) host(addresses ...string) *wrtc.VNet {
	l.t.Helper()
	host, err := wrtc.NewVNet(&wrtc.VNetConfig{StaticIPs: addresses})
	if err == nil {
		err = l.router.AddNet(host)
	}
	if err != nil {
		l.t.Fatal(err)
	}
	return host
}

// lossy drops a part of all packets, drawn from a seed.
func (l *lan) lossy(part float64) {
	random := rand.New(rand.NewPCG(1, 2)) // the router calls from one goroutine
	l.router.AddChunkFilter(func(wrtc.Packet) bool { return random.Float64() >= part })
}

// behindNAT attaches a network whose hosts reach l through a NAT.
func (l *lan) behindNAT(cidr, public string, kind wrtc.NATType) *lan {
	l.t.Helper()
	inner := newLAN(l.t, wrtc.RouterConfig{CIDR: cidr, StaticIPs: []string{public}, NATType: &kind})
	if err := l.router.AddRouter(inner.router); err != nil {
		l.t.Fatal(err)
	}
	return inner
}

// serveSTUN answers binding requests on a host until the test ends.
func serveSTUN(t *testing.T, host *wrtc.VNet, address string) {
	t.Helper()
	conn, err := host.ListenPacket("udp4", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	go func() {
		b := make([]byte, 1500)
		for {
			n, from, err := conn.ReadFrom(b)
			if err != nil {
				return
			}
			request := &wrtc.STUNMessage{Raw: bytes.Clone(b[:n])}
			if request.Decode() != nil {
				continue
			}
			udp := from.(*net.UDPAddr)
			answer, err := wrtc.BuildSTUN(request, wrtc.STUNSuccess, &wrtc.XORMappedAddress{IP: udp.IP, Port: udp.Port})
			if err == nil {
				_, _ = conn.WriteTo(answer.Raw, from)
			}
		}
	}()
}

func on(host *wrtc.VNet, servers ...wrtc.ICEServer) wrtc.Config {
	return wrtc.Config{Net: host, ICEServers: servers}
}

func send(t *testing.T, e *end, class protocols.Delivery, payload []byte) {
	t.Helper()
	if err := e.Send(class, envelope(payload)); err != nil {
		t.Fatal(err)
	}
}

// linked returns the ends of a connection over a link with a latency.
func linked(t *testing.T, latency time.Duration) (*lan, *end, *end) {
	t.Helper()
	l := newLAN(t, wrtc.RouterConfig{CIDR: "10.0.0.0/24", MinDelay: latency})
	a, b := l.host("10.0.0.1"), l.host("10.0.0.2")
	l.start()
	x, y := open(t, newTransport(t, on(a)), newTransport(t, on(b)))
	return l, x, y
}

func TestOverALinkOf40Milliseconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		_, a, b := linked(t, 40*time.Millisecond)
		if d := time.Since(begin); d > 2*time.Second {
			t.Errorf("opened after %v", d)
		}
		for _, n := range []int{10, 100_000, messages.MaxMessage} {
			send(t, a, protocols.Ordered, make([]byte, n))
			if got := b.received(1); len(got[0].Payload) != n {
				t.Fatalf("%d bytes of %d", len(got[0].Payload), n)
			}
		}
		time.Sleep(10 * time.Minute) // idle, in virtual time
		send(t, b, protocols.Ordered, []byte("still here"))
		a.received(1)
		send(t, a, protocols.Ordered, []byte("last"))
		a.Close(true)
		b.received(1)
		await[actors.ConnClosed](b)
	})
}

func TestACrashOfTheOtherEndIsNoticed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, a, b := linked(t, time.Millisecond)
		l.cut.Store(true)
		begin := time.Now()
		for _, e := range []*end{a, b} {
			if err := await[actors.ConnClosed](e).Err; err == nil {
				t.Error("lost, and no error says so")
			}
		}
		if d := time.Since(begin); d < 5*time.Second || d > 20*time.Second {
			t.Errorf("noticed after %v", d)
		}
	})
}

func TestAShortDisturbanceIsSurvived(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, a, b := linked(t, time.Millisecond)
		l.cut.Store(true)
		send(t, a, protocols.Ordered, []byte("into the dark"))
		time.Sleep(8 * time.Second)
		l.cut.Store(false)
		b.received(1)
	})
}

func TestThePeerThatNeverAnswersCostsNoMoreThanItsTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLAN(t, wrtc.RouterConfig{CIDR: "10.0.0.0/24"})
		a, b := l.host("10.0.0.1"), l.host("10.0.0.2")
		l.start()
		x, y := connect(t, newTransport(t, on(a))), connect(t, newTransport(t, on(b)))
		x.Offer()
		y.Answer(await[actors.ConnSignal](x).SDP)
		answer := await[actors.ConnSignal](y).SDP
		l.cut.Store(true)
		x.Accept(answer)
		if err := await[actors.ConnClosed](x).Err; err == nil {
			t.Error("failed, and no error says so")
		}
	})
}

func TestOverALinkThatLosesPackets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLAN(t, wrtc.RouterConfig{CIDR: "10.0.0.0/24", MinDelay: 10 * time.Millisecond})
		a, b := l.host("10.0.0.1"), l.host("10.0.0.2")
		l.start()
		x, y := open(t, newTransport(t, on(a)), newTransport(t, on(b)))
		openClass(x, y, protocols.Reliable)
		openClass(x, y, protocols.Lossy)
		l.lossy(0.05)

		const count = 300
		for i := range count {
			for _, class := range []protocols.Delivery{protocols.Ordered, protocols.Reliable, protocols.Lossy} {
				send(t, x, class, bytes.Repeat([]byte{byte(i)}, 2000))
			}
			time.Sleep(20 * time.Millisecond)
		}
		send(t, x, protocols.Reliable, make([]byte, 500_000)) // in chunks
		time.Sleep(2 * time.Minute)
		var got [protocols.Classes]int
		for _, event := range y.all() {
			if r, ok := event.(actors.ConnReceived); ok {
				for _, e := range r.Envelopes {
					if r.Class == protocols.Ordered && len(e.Payload) == 2000 && e.Payload[0] != byte(got[protocols.Ordered]) {
						t.Fatalf("ordered message %d came as number %d", e.Payload[0], got[protocols.Ordered])
					}
					got[r.Class]++
				}
			}
		}
		if got[protocols.Ordered] != count+1 || got[protocols.Reliable] != count {
			t.Errorf("got %d and %d, reliably sent %d and %d", got[protocols.Ordered], got[protocols.Reliable], count+1, count)
		}
		if n := got[protocols.Lossy]; n < count/2 || n >= count {
			t.Errorf("%d of %d lossy messages came over a link that loses 5 %% of packets", n, count)
		}
		x.Close(true) // it does not wait for lossy messages that were given up
		await[actors.ConnClosed](x)
	})
}

func TestCongestionEndsOverALongLink(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, a, b := linked(t, 50*time.Millisecond)
		openClass(a, b, protocols.Lossy)
		for _, class := range []protocols.Delivery{protocols.Ordered, protocols.Lossy} {
			sent := 0
			for !a.Congested() {
				send(t, a, class, make([]byte, 10_000))
				sent++
			}
			for range 20 {
				send(t, a, class, make([]byte, 10_000))
				sent++
			}
			await[actors.ConnWritable](a)
			if class != protocols.Lossy {
				b.received(sent)
			}
		}
	})
}

func TestWhoeverFillsTheQueueIsToldWhenItHasDrained(t *testing.T) {
	for _, size := range []int{100, 10_000, 500_000} {
		synctest.Test(t, func(t *testing.T) {
			_, a, b := linked(t, 50*time.Millisecond)
			sent := 0
			var err error
			for err == nil {
				if err = a.Send(protocols.Ordered, envelope(make([]byte, size))); err == nil {
					sent++
				}
			}
			if !errors.Is(err, messages.ErrFull) {
				t.Fatal(err)
			}
			if !a.Congested() {
				t.Error("full and not congested")
			}
			await[actors.ConnWritable](a)
			if a.Congested() {
				t.Error("writable and congested")
			}
			b.received(sent)
		})
	}
}

func TestThroughNATs(t *testing.T) {
	kinds := map[string]wrtc.NATType{
		"full cone":       {MappingBehavior: wrtc.Independent, FilteringBehavior: wrtc.Independent, MappingLifeTime: 30 * time.Second},
		"restricted":      {MappingBehavior: wrtc.Independent, FilteringBehavior: wrtc.AddressDependent, MappingLifeTime: 30 * time.Second},
		"port restricted": {MappingBehavior: wrtc.Independent, FilteringBehavior: wrtc.PortDependent, MappingLifeTime: 30 * time.Second},
	}
	for name, kind := range kinds {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				wide := newLAN(t, wrtc.RouterConfig{CIDR: "1.2.3.0/24", MinDelay: 20 * time.Millisecond})
				server := wide.host("1.2.3.4")
				left := wide.behindNAT("192.168.0.0/24", "1.2.3.10", kind)
				right := wide.behindNAT("192.168.1.0/24", "1.2.3.11", kind)
				a, b := left.host("192.168.0.1"), right.host("192.168.1.1")
				wide.start()
				serveSTUN(t, server, "1.2.3.4:3478")
				stun := wrtc.ICEServer{URLs: []string{"stun:1.2.3.4:3478"}}
				x, y := open(t, newTransport(t, on(a, stun)), newTransport(t, on(b, stun)))
				send(t, x, protocols.Ordered, []byte("through"))
				y.received(1)
				time.Sleep(5 * time.Minute) // keepalives hold the mapping
				send(t, y, protocols.Ordered, []byte("still through"))
				x.received(1)
			})
		})
	}
}

func TestASTUNServerThatIsDownDelaysTheOfferNoMoreThanItsTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLAN(t, wrtc.RouterConfig{CIDR: "10.0.0.0/24"})
		a := l.host("10.0.0.1")
		l.start()
		e := connect(t, newTransport(t, on(a, wrtc.ICEServer{URLs: []string{"stun:10.0.0.99:3478"}})))
		begin := time.Now()
		e.Offer()
		await[actors.ConnSignal](e)
		if d := time.Since(begin); d > 3*time.Second+time.Millisecond {
			t.Errorf("offered after %v", d)
		}
	})
}

func TestPacketsThatCrashPionDoNotReachIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLAN(t, wrtc.RouterConfig{CIDR: "10.0.0.0/24"})
		a, evil := l.host("10.0.0.1"), l.host("10.0.0.9")
		l.start()
		conn, err := evil.ListenPacket("udp4", "10.0.0.9:3478")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close() })
		asked := make(chan struct{}, 100)
		go func() { // answers every request with a packet that crashes pion
			b := make([]byte, 1500)
			for {
				n, from, err := conn.ReadFrom(b)
				if err != nil {
					return
				}
				answer := stunPacket(wrtc.XORMapped, nil)
				copy(answer[8:20], b[8:min(20, n)])
				_, _ = conn.WriteTo(answer, from)
				asked <- struct{}{}
			}
		}()
		e := connect(t, newTransport(t, on(a, wrtc.ICEServer{URLs: []string{"stun:10.0.0.9:3478"}})))
		e.Offer()
		await[actors.ConnSignal](e)
		<-asked
	})
}
