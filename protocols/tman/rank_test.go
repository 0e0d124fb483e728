//go:build !js

package tman_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"pgregory.net/rapid"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols/protocoltest"
	"github.com/n2n-overlay/n2n/protocols/tman"
)

func descriptors(names ...string) []tman.Descriptor {
	all := make([]tman.Descriptor, len(names))
	for i, name := range names {
		all[i].Peer = protocoltest.Peer(name)
	}
	return all
}

func sorted(rank tman.Rank, base string, others ...string) []string {
	all := descriptors(others...)
	rank.Sort(descriptors(base)[0], all)
	var names []string
	for _, d := range all {
		names = append(names, protocoltest.Name(d.Peer))
	}
	return names
}

var _ = Describe("Ranking methods", func() {
	It("ring: successors and predecessors in turn, round the end", func() {
		Expect(sorted(tman.Ring{}, "e", "a", "b", "c", "d", "f")).To(Equal([]string{"f", "d", "a", "c", "b"}))
		Expect(sorted(tman.Ring{}, "a", "b", "c", "d")).To(Equal([]string{"b", "d", "c"}))
	})

	It("line: not round the end", func() {
		Expect(sorted(tman.Line{}, "e", "a", "b", "c", "d", "f")).To(Equal([]string{"f", "d", "c", "b", "a"}))
		Expect(sorted(tman.Line{}, "a", "b", "c", "d")).To(Equal([]string{"b", "c", "d"}))
		Expect(sorted(tman.Line{}, "d", "a", "b", "c")).To(Equal([]string{"c", "b", "a"}))
	})

	It("ring and line: by Data where there is some", func() {
		all := descriptors("a", "b", "c", "d")
		for i, place := range []string{"4", "2", "3", "1"} {
			all[i].Data = []byte(place)
		}
		base := all[2]
		rest := slices.Delete(all, 2, 3)
		tman.Line{}.Sort(base, rest)
		Expect(protocoltest.Name(rest[0].Peer) + protocoltest.Name(rest[1].Peer)).To(Equal("ab"))
	})

	It("distance: what is no number is farthest, equals go by PeerID", func() {
		far := map[string]float64{"a": math.NaN(), "b": 2, "c": 1, "d": math.Inf(1), "e": 1, "f": math.NaN()}
		rank := tman.Distance(func(_, d tman.Descriptor) float64 { return far[protocoltest.Name(d.Peer)] })
		Expect(sorted(rank, "m", "f", "e", "d", "c", "b", "a")).To(Equal([]string{"c", "e", "b", "a", "d", "f"}))
	})

	It("are known by name, and others not", func() {
		for _, name := range []string{"ring", "line", "nearest"} {
			_, err := tman.ByName(name)
			Expect(err).NotTo(HaveOccurred())
		}
		_, err := tman.ByName("star")
		Expect(err).To(MatchError(ContainSubstring(`"star"`)))
	})

	It("nearest: coordinates come to foretell the round trips between places", func() {
		random := rand.New(rand.NewPCG(1, 2))
		type point struct{ x, y, up float64 }
		places := make([]point, 40)
		all := make([]tman.Descriptor, len(places))
		for i := range places {
			places[i] = point{200 * random.Float64(), 200 * random.Float64(), 5 + 10*random.Float64()}
			all[i] = tman.Descriptor{Peer: peer(i)}
		}
		took := func(a, b int) float64 {
			return math.Hypot(places[a].x-places[b].x, places[a].y-places[b].y) + places[a].up + places[b].up
		}
		for range 200 {
			for i := range all {
				j := (i + 1 + random.IntN(len(all)-1)) % len(all)
				all[i].Data = tman.Nearest{}.Locate(all[i], all[j], took(i, j), random.Float64())
				Expect(tman.Nearest{}.Check(all[i].Data)).To(Succeed())
			}
		}
		right := 0
		for i := range all {
			others := slices.Delete(slices.Clone(all), i, i+1)
			tman.Nearest{}.Sort(all[i], others)
			near := make([]int, 0, len(all))
			for j := range all {
				if j != i {
					near = append(near, j)
				}
			}
			slices.SortFunc(near, func(a, b int) int { return int(math.Copysign(1, took(i, a)-took(i, b))) })
			for _, d := range others[:4] {
				if slices.ContainsFunc(near[:8], func(j int) bool { return all[j].Peer == d.Peer }) {
					right++
				}
			}
		}
		Expect(right).To(BeNumerically(">=", 150), "of 160 that rank among the four nearest, so many are among the eight")
	})
})

// The target of a Circular rank agrees with the ranking of all others.
func TestTargetIsTheRankingOfAll(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		names := rapid.SliceOfNDistinct(rapid.StringMatching("[a-d]{1,4}"), 2, 30, rapid.ID).Draw(t, "peers")
		all := descriptors(names...)
		c := tman.DefaultConfig()
		c.View = rapid.IntRange(1, 8).Draw(t, "view")
		for _, rank := range []tman.Rank{tman.Ring{}, tman.Line{}} {
			c.Rank = rank
			target := c.Target(all)
			for i, base := range all {
				others := slices.Delete(slices.Clone(all), i, i+1)
				rank.Sort(base, others)
				var want []messages.PeerID
				for _, d := range others[:min(c.View, len(others))] {
					want = append(want, d.Peer)
				}
				if got := target(i); !slices.Equal(got, want) {
					t.Fatalf("%T, %d of %v: %v, want %v", rank, i, names, got, want)
				}
			}
		}
	})
}

func peer(i int) messages.PeerID { return protocoltest.Peer(fmt.Sprintf("p%05d", i)) }
