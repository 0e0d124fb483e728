//go:build !js

package wrtc_test

import (
	"encoding/binary"
	"fmt"
	"testing"

	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
	"github.com/n2n-overlay/n2n/wrtc"
)

// Each benchmark measures wrtc and bare pion with the same settings, with both ends
// in this process, over loopback. receive-KB is the buffer size that the system
// grants a UDP socket. The throughput depends on it.

func reportBuffers(b *testing.B, t *wrtc.Transport) {
	receive, _ := t.Buffers()
	b.ReportMetric(float64(receive)/1024, "receive-KB")
}

func benchTransports(b *testing.B) (x, y *wrtc.Transport) {
	return newTransport(b, loopback(b)), newTransport(b, loopback(b))
}

// counter receives the events of an end and only counts the messages.
type counter struct {
	conn actors.Conn
	got  chan int // the number of envelopes of each frame
	free chan struct{}
}

func benchPair(b *testing.B) (x, y *counter) {
	b.Helper()
	s, t := benchTransports(b)
	p, q := open(b, s, t)
	b.Cleanup(func() { reportBuffers(b, s) })
	count := func(e *end) *counter {
		c := &counter{conn: e.Conn, got: make(chan int, 1<<16), free: make(chan struct{}, 1)}
		e.divert(func(event actors.ConnEvent) {
			switch event := event.(type) {
			case actors.ConnReceived:
				c.got <- len(event.Envelopes)
			case actors.ConnWritable:
				select {
				case c.free <- struct{}{}:
				default:
				}
			}
		})
		return c
	}
	return count(p), count(q)
}

func BenchmarkOpen(b *testing.B) {
	b.Run("wrtc", func(b *testing.B) {
		s, t := benchTransports(b)
		for b.Loop() {
			p, q := open(b, s, t)
			p.Close(false)
			q.Close(false)
		}
		reportBuffers(b, s)
	})
	b.Run("bare", func(b *testing.B) {
		s, t := benchTransports(b)
		for b.Loop() {
			p, q := newBare(b, s), newBare(b, t)
			dialBare(p, q)
			_ = p.GracefulClose()
			_ = q.GracefulClose()
		}
		reportBuffers(b, s)
	})
}

func BenchmarkRoundTrip(b *testing.B) {
	payload := make([]byte, 64)
	b.Run("wrtc", func(b *testing.B) {
		x, y := benchPair(b)
		go func() {
			for range y.got {
				if y.conn.Send(protocols.Ordered, envelope(payload)) != nil {
					return
				}
			}
		}()
		for b.Loop() {
			if err := x.conn.Send(protocols.Ordered, envelope(payload)); err != nil {
				b.Fatal(err)
			}
			<-x.got
		}
		close(y.got)
	})
	b.Run("bare", func(b *testing.B) {
		s, t := benchTransports(b)
		x, y := dialBare(newBare(b, s), newBare(b, t))
		defer reportBuffers(b, s)
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
		for b.Loop() {
			if _, err := x.Write(payload); err != nil {
				b.Fatal(err)
			}
			if _, err := x.Read(buffer); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkThroughput(b *testing.B) {
	for _, size := range []int{64, 1024, 16_000, 256 << 10} {
		b.Run(fmt.Sprintf("wrtc/%d", size), func(b *testing.B) {
			x, y := benchPair(b)
			payload := make([]byte, size)
			b.SetBytes(int64(size))
			done := make(chan struct{})
			n := b.N
			go func() {
				defer close(done)
				for left := n; left > 0; {
					left -= <-y.got
				}
			}()
			b.ResetTimer()
			for range n {
				if err := x.conn.Send(protocols.Ordered, envelope(payload)); err != nil {
					b.Fatal(err)
				}
				if x.conn.Congested() {
					<-x.free
				}
			}
			<-done
		})
		if size > messages.MaxFrame {
			continue // pion has no chunks
		}
		b.Run(fmt.Sprintf("bare/%d", size), func(b *testing.B) {
			s, t := benchTransports(b)
			p, q := newBare(b, s), newBare(b, t)
			x, y := dialBare(p, q)
			defer reportBuffers(b, s)
			low := make(chan struct{}, 1)
			p.channel.SetBufferedAmountLowThreshold(wrtc.HighMark / 2)
			p.channel.OnBufferedAmountLow(func() {
				select {
				case low <- struct{}{}:
				default:
				}
			})
			payload := make([]byte, size)
			b.SetBytes(int64(size))
			done := make(chan struct{})
			n := b.N
			go func() {
				defer close(done)
				buffer := make([]byte, 1<<16)
				for range n {
					if _, err := y.Read(buffer); err != nil {
						return
					}
				}
			}()
			b.ResetTimer()
			for i := range n {
				binary.BigEndian.PutUint32(payload, uint32(i))
				if _, err := x.Write(payload); err != nil {
					b.Fatal(err)
				}
				if p.channel.BufferedAmount() > wrtc.HighMark {
					<-low
				}
			}
			<-done
		})
	}
}
