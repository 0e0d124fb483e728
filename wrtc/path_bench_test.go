//go:build !js

package wrtc_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
	"github.com/n2n-overlay/n2n/wrtc"
)

// These benchmarks measure the whole path, from protocol to protocol. In the same run
// they measure plain pion with the same settings, buffers, certificates and flow
// control. Each reports the ratio between the two:
//
//	go test ./wrtc -run '^$' -bench Path

// BenchmarkPathOpen opens a connection through a neighbor: offer and answer over two
// hops each, Hello and Proof, and the arc. Bare connects two ends of pion that get
// each other's descriptions directly. Both begin at rest, because pion works for a
// while after a connection was opened or closed.
// into the room.
func BenchmarkPathOpen(b *testing.B) {
	const rest = 20 * time.Millisecond
	r := loopbackRoom(b)
	middle := r.start(loopback(b))
	middle.join()
	from := r.start(loopback(b))
	from.join()
	from.mustOpen(middle)
	x, y := newTransport(b, loopback(b)), newTransport(b, loopback(b))
	bare := func(n int) cost {
		var total cost
		for range n {
			time.Sleep(rest)
			end := costs()
			p, q := newBare(b, x), newBare(b, y)
			dialBare(p, q)
			total = total.plus(end())
			_, _ = p.GracefulClose(), q.GracefulClose()
		}
		return total
	}
	path := func(n int) cost {
		var total cost
		for range n {
			to := r.start(loopback(b))
			to.join()
			middle.mustOpen(to)
			time.Sleep(rest)
			end := costs()
			if e, ok := from.open(to, middle.ID()).(messages.ArcOpened); !ok {
				b.Fatalf("%+v", e)
			}
			total = total.plus(end())
			to.Crash()
			for _, n := range []*node{from, middle} { // as bare waits for the end of both
				n.wait("end", func(e any) bool { _, ok := e.(messages.PeerDown); return ok })
			}
		}
		return total
	}
	versus(b, bare, path)
	reportSockets(b, from.transport)
}

// pingers connects two peers that run a pinger each.
func pingers(b *testing.B, size int) (r *room, one, two *pinger, from *node) {
	r = loopbackRoom(b)
	from, to := r.start(loopback(b)), r.start(loopback(b))
	from.join()
	to.join()
	var both []*pinger
	for _, n := range []*node{from, to} {
		p := &pinger{payload: wrapperspb.Bytes(make([]byte, size)), count: &atomic.Int64{}, done: make(chan error, 1)}
		pid, err := n.Spawn(context.Background(), protocols.Protocol{Name: "ping", Message: &wrapperspb.BytesValue{}, New: func() protocols.Handler { return p }})
		if err != nil {
			b.Fatal(err)
		}
		p.self = pid
		both = append(both, p)
	}
	both[0].peer, both[1].peer = to.ID(), from.ID()
	from.mustOpen(to)
	return r, both[0], both[1], from
}

func BenchmarkPathRoundTrip(b *testing.B) {
	const size = 64
	r, one, two, from := pingers(b, size)
	two.echo = true
	one.goal = 1
	x, y := dialBare(newBare(b, newTransport(b, loopback(b))), newBare(b, newTransport(b, loopback(b))))
	go func() {
		buffer := make([]byte, 1<<16)
		for {
			n, err := y.Read(buffer)
			if err != nil {
				return
			}
			_, _ = y.Write(buffer[:n])
		}
	}()
	buffer := make([]byte, 1<<16)
	bare := func(n int) cost {
		end := costs()
		for range n {
			_, _ = x.Write(buffer[:size])
			if _, err := x.Read(buffer); err != nil {
				b.Fatal(err)
			}
		}
		return end()
	}
	path := func(n int) cost {
		one.count.Store(0)
		end := costs()
		r.system.Root.Send(one.self, ping{n})
		if err := <-one.done; err != nil {
			b.Fatal(err)
		}
		return end()
	}
	versus(b, bare, path)
	reportSockets(b, from.transport)
}

func BenchmarkPathThroughput(b *testing.B) {
	for _, size := range []int{64, 1 << 10, 16_000} {
		b.Run(fmt.Sprintf("%dB", size), func(b *testing.B) {
			r, one, two, from := pingers(b, size)
			p, q := newBare(b, newTransport(b, loopback(b))), newBare(b, newTransport(b, loopback(b)))
			x, y := dialBare(p, q)
			arrived := make(chan struct{}, 1)
			var count, goal atomic.Int64
			go func() {
				buffer := make([]byte, 1<<16)
				for {
					if _, err := y.Read(buffer); err != nil {
						return
					}
					if count.Add(1) == goal.Load() {
						arrived <- struct{}{}
					}
				}
			}()
			low := make(chan struct{}, 1)
			p.channel.SetBufferedAmountLowThreshold(wrtc.HighMark / 2)
			p.channel.OnBufferedAmountLow(func() {
				select {
				case low <- struct{}{}:
				default:
				}
			})
			payload := make([]byte, size)
			bare := func(n int) cost {
				count.Store(0)
				goal.Store(int64(n))
				end := costs()
				for range n {
					if p.channel.BufferedAmount() > wrtc.HighMark {
						<-low
					}
					if _, err := x.Write(payload); err != nil {
						b.Fatal(err)
					}
				}
				<-arrived
				return end()
			}
			path := func(n int) cost {
				two.count.Store(0)
				two.goal = int64(n)
				end := costs()
				r.system.Root.Send(one.self, flood{n})
				var err error // a message was lost on its way out
				select {
				case err = <-one.done:
				case err = <-two.done:
				}
				if err != nil {
					b.Fatal(err)
				}
				return end()
			}
			versus(b, bare, path)
			reportSockets(b, from.transport)
		})
	}
}

// reportSockets reports the buffer sizes that the system grants a UDP socket. The
// throughput depends on them.
func reportSockets(b *testing.B, transport *wrtc.Transport) {
	receive, sent := transport.Buffers()
	b.ReportMetric(float64(receive), "rcvbuf-B")
	b.ReportMetric(float64(sent), "sndbuf-B")
}
