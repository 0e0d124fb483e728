package live

import (
	"testing"
	"time"
)

// largest returns an overlay with as many peers and arcs as a picture can show.
// Another shift moves the arcs of every twentieth peer.
func largest(shift int) State {
	var state State
	for n := range maxPeers {
		to := make([]int, maxArcs/maxPeers)
		for i := range to {
			to[i] = (n + i + 1) % maxPeers
			if n%20 == 0 {
				to[i] = (n + i + 1 + shift) % maxPeers
			}
		}
		state.Peers = append(state.Peers, own(n, to...))
	}
	return state
}

// BenchmarkLook measures the work for a room of the largest size in each half
// second, and for the picture that a page gets when it opens.
func BenchmarkLook(b *testing.B) {
	numbers := newNumbers()
	states := []State{largest(0), largest(7)}
	last := newScene(states[0], nil, numbers).finish()
	b.Run("scene", func(b *testing.B) {
		b.ReportAllocs()
		for i := range b.N {
			newScene(states[i%2], nil, numbers).finish()
		}
	})
	next := newScene(states[1], nil, numbers).finish()
	b.Run("change", func(b *testing.B) {
		b.ReportAllocs()
		for range b.N {
			c, _ := diff(last.picture, next.picture)
			b.ReportMetric(float64(len(c.frame(time.Now(), nil))), "bytes")
		}
	})
	b.Run("picture", func(b *testing.B) {
		b.ReportAllocs()
		for range b.N {
			b.ReportMetric(float64(len(next.frame(time.Now()))), "bytes")
		}
	})
}
