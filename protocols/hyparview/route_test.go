//go:build !js

package hyparview

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/n2n-overlay/n2n/messages"
)

func hops(t *rapid.T, label string) []messages.PeerID {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) messages.PeerID {
		return messages.PeerID{byte(rapid.IntRange(1, 9).Draw(t, "hop"))}
	}), 0, 9).Draw(t, label)
}

// Every route is usable, whatever walks and peers tell.
func TestRoutesHaveNoCircles(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		self, to := messages.PeerID{1}, messages.PeerID{2}
		for what, way := range map[string][]messages.PeerID{
			"route":  route(self, to, hops(t, "first"), hops(t, "second")),
			"behind": behind(self, to, hops(t, "path"), messages.PeerID{3}),
		} {
			seen := map[messages.PeerID]bool{self: true, to: true}
			for _, hop := range way {
				if seen[hop] || len(way) > messages.MaxRoute {
					t.Fatalf("%s: %v", what, way)
				}
				seen[hop] = true
			}
		}
		if path := extend(self, hops(t, "path"), messages.PeerID{3}); slices.Contains(path, self) {
			t.Fatalf("we are on the way to us: %v", path)
		}
	})
}

// An honest walk leads back along itself, without its circles.
func TestRoutesLeadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		walk := rapid.SliceOfN(rapid.IntRange(1, 6), 2, 7).Draw(t, "walk")
		walk = slices.Compact(walk)
		begin := messages.PeerID{20}
		var path []messages.PeerID // as the peers of the walk pass it on
		for i := 1; i < len(walk); i++ {
			sender, self := messages.PeerID{byte(walk[i-1])}, messages.PeerID{byte(walk[i])}
			way := append(behind(self, begin, path, sender), begin)
			for j, next := range way { // a step of the walk joins each to the one before
				from := self
				if j > 0 {
					from = way[j-1]
				}
				if !stepped(walk[:i+1], begin, from, next) {
					t.Fatalf("walk %v, path %v: %v does not lead back", walk, path, way)
				}
			}
			path = extend(self, path, sender)
		}
	})
}

func stepped(walk []int, begin, a, b messages.PeerID) bool {
	steps := []messages.PeerID{begin}
	for _, w := range walk {
		steps = append(steps, messages.PeerID{byte(w)})
	}
	for i := 1; i < len(steps); i++ {
		if steps[i-1] == a && steps[i] == b || steps[i-1] == b && steps[i] == a {
			return true
		}
	}
	return false
}
