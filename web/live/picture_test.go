package live

import (
	"encoding/json"
	"maps"
	"slices"
	"testing"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"pgregory.net/rapid"

	"github.com/n2n-overlay/n2n/messages"
)

// aPicture draws a small picture. The peers' names show their numbers.
func aPicture(t *rapid.T) *picture {
	p := newPicture()
	p.protocols = rapid.SampledFrom([][]string{{"spray"}, {"spray"}, {"cyclon", "spray"}}).Draw(t, "protocols")
	for _, n := range rapid.SliceOfDistinct(rapid.IntRange(1, 6), rapid.ID[int]).Draw(t, "peers") {
		kind := Go
		if rapid.IntRange(0, 9).Draw(t, "kind") == 0 {
			kind = Tab
		}
		p.peers[n] = node{N: n, ID: id(n), Name: id(n).Short(), Kind: kind}
	}
	numbers := sortedKeys(p.peers)
	if len(numbers) < 2 {
		return p
	}
	for range rapid.IntRange(0, 8).Draw(t, "arcs") {
		from, to := rapid.SampledFrom(numbers).Draw(t, "from"), rapid.SampledFrom(numbers).Draw(t, "to")
		if from != to {
			p.arcs[arcKey{from, to, rapid.IntRange(0, len(p.protocols)-1).Draw(t, "protocol")}] = rapid.IntRange(1, 3).Draw(t, "count")
			p.connections[linkOf(from, to)] = rapid.Bool().Draw(t, "connected")
		}
	}
	maps.DeleteFunc(p.connections, func(_ linkKey, is bool) bool { return !is })
	p.hidden = hidden{rapid.IntRange(0, 2).Draw(t, "hidden peers"), rapid.IntRange(0, 2).Draw(t, "hidden arcs")}
	return p
}

// TestChangesLeadFromPictureToPicture checks that a page that applies the frames has the
// picture of the server.
func TestChangesLeadFromPictureToPicture(t *testing.T) {
	told, whole := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		old, next := aPicture(t), aPicture(t)
		c, ok := diff(old, next)
		if !ok {
			whole++
			return
		}
		told++
		gone := make([]went, 0)
		for _, n := range c.went {
			gone = append(gone, went{n, Lost})
		}
		var first, second frame
		if err := json.Unmarshal(old.frame(time.Time{}), &first); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(c.frame(time.Time{}, gone), &second); err != nil {
			t.Fatal(err)
		}
		page := first.picture()
		second.apply(page)
		if !maps.Equal(page.peers, next.peers) || !maps.Equal(page.arcs, next.arcs) ||
			!maps.Equal(page.connections, next.connections) || page.hidden != next.hidden || !slices.Equal(page.protocols, next.protocols) {
			t.Fatalf("the page has %+v, want %+v", page, next)
		}
		same := maps.Equal(old.peers, next.peers) && maps.Equal(old.arcs, next.arcs) && maps.Equal(old.connections, next.connections) && old.hidden == next.hidden
		if c.nothing(old.hidden) != same {
			t.Fatalf("nothing is %v of %+v", c.nothing(old.hidden), c)
		}
	})
	if told == 0 || whole == 0 {
		t.Errorf("%d changes and %d whole pictures were tried", told, whole)
	}
}

var _ = Describe("A picture", func() {
	var numbers *numbers
	BeforeEach(func() { numbers = newNumbers() })

	arcs := func(s *scene) map[arcKey]int { return s.arcs }

	It("takes an arc from who knows best: its own holder, its own target, a reported holder, a reported target", func() {
		tab := own(9)
		tab.Kind, tab.Name = Tab, "tab"
		// The tab claims an arc to p1 that p1 does not know, and denies one that p1 knows.
		tab.Views["spray"] = View{Out: []Arc{{id(1), 5}, {id(8), 1}}, In: []Arc{{id(2), 7}, {id(8), 4}}}
		tab.Connections = []messages.PeerID{id(1), id(8)}
		other := own(8)
		other.Kind = Tab
		other.Views["spray"] = View{Out: []Arc{{id(9), 2}}, In: []Arc{{id(9), 3}}}
		one, two := own(1, 2), own(2)
		two.Views["spray"] = View{In: []Arc{{id(9), 2}, {id(1), 6}}}
		s := newScene(State{Peers: []Peer{one, two}}, []*Peer{&other, &tab}, numbers).finish()
		n := numbers.number
		Expect(arcs(s)).To(Equal(map[arcKey]int{
			{n(id(1)), n(id(2)), 0}: 1, // p1 says so; p2 believes in 6
			{n(id(9)), n(id(2)), 0}: 2, // p2 says so; the tab says nothing
			{n(id(9)), n(id(8)), 0}: 1, // its holder says so; its target says 3
			{n(id(8)), n(id(9)), 0}: 2,
		}))
		Expect(s.connections).To(Equal(map[linkKey]bool{linkOf(n(id(1)), n(id(2))): true, linkOf(n(id(8)), n(id(9))): true}))
		Expect(s.hidden).To(BeZero())
	})

	It("does not let a report stand for a peer of the program, nor for one that has ended", func() {
		claim := own(1, 2)
		claim.Kind, claim.Name = Tab, "liar"
		ghost := own(3)
		s := newScene(State{Peers: []Peer{own(1), own(2)}, Gone: map[messages.PeerID]How{id(3): Crashed}}, []*Peer{&claim, &ghost}, numbers).finish()
		Expect(s.peers).To(HaveLen(2))
		Expect(s.peers[numbers.number(id(1))]).To(And(HaveField("Name", "p1"), HaveField("Kind", Go)))
		Expect(s.arcs).To(BeEmpty())
	})

	It("shows whom the program's own peers have arcs with, but nobody that only a report mentions", func() {
		tab := own(9, 7)
		tab.Kind = Tab
		s := newScene(State{Peers: []Peer{own(1, 5)}}, []*Peer{&tab}, numbers).finish()
		Expect(s.peers).To(HaveLen(3))
		Expect(numbers.number(id(5))).NotTo(BeZero())
		Expect(numbers.number(id(7))).To(BeZero())
		Expect(s.hidden).To(Equal(hidden{arcs: 1}), "the arc to nobody who is known")
	})

	It("does not show who has ended, though its neighbours have not noticed", func() {
		s := newScene(State{Peers: []Peer{own(1, 2)}, Gone: map[messages.PeerID]How{id(2): Crashed}}, nil, numbers).finish()
		Expect(s.peers).To(HaveLen(1))
		Expect(s.arcs).To(BeEmpty())
		Expect(s.hidden).To(BeZero())
		Expect(s.how(id(2), false)).To(Equal(Crashed))
	})

	It("lists members of whom nothing is known as Go, and remembers who was a tab", func() {
		tab := Peer{ID: id(9), Name: "tab", Kind: Tab}
		newScene(State{}, []*Peer{&tab}, numbers)
		s := newScene(State{Members: []messages.PeerID{id(9), id(4)}}, nil, numbers).finish()
		Expect(s.peers[numbers.number(id(9))]).To(And(HaveField("Kind", Tab), HaveField("Name", "tab")))
		Expect(s.peers[numbers.number(id(4))]).To(And(HaveField("Kind", Go), HaveField("Name", id(4).Short())))
	})

	It("says how a peer went: as the program knows, as its page said, as others saw, or lost", func() {
		s := newScene(State{
			Gone: map[messages.PeerID]How{id(1): Left},
			Lost: map[messages.PeerID]How{id(1): Crashed, id(2): Crashed, id(3): Crashed},
		}, nil, numbers)
		Expect([]How{s.how(id(1), false), s.how(id(2), true), s.how(id(3), false), s.how(id(4), false)}).
			To(Equal([]How{Left, Left, Crashed, Lost}))
	})

	It("shows 2,000 peers and 40,000 arcs, and counts the rest as hidden", func() {
		var state State
		const each = 25
		for n := range maxPeers + 10 {
			to := make([]int, each)
			for i := range to {
				to[i] = (n + i + 1) % maxPeers
			}
			state.Peers = append(state.Peers, own(n, to...))
		}
		s := newScene(state, nil, numbers).finish()
		Expect(s.peers).To(HaveLen(maxPeers))
		Expect(s.arcs).To(HaveLen(maxArcs))
		Expect(s.connections).To(HaveLen(maxArcs))
		Expect(s.hidden).To(Equal(hidden{10, (maxPeers+10)*each - maxArcs}))
	})

	It("names at most 64 protocols, those of the program first", func() {
		mine, theirs := own(1, 2), own(9, 8)
		theirs.Kind = Tab
		for i := range 2 * maxProtocols {
			theirs.Views["a"+string(rune('a'+i%26))+string(rune('a'+i/26))] = View{Out: []Arc{{id(8), 1}}}
		}
		s := newScene(State{Peers: []Peer{mine, own(2)}, Members: []messages.PeerID{id(8)}}, []*Peer{&theirs}, numbers).finish()
		Expect(s.protocols).To(HaveLen(maxProtocols))
		Expect(s.protocols).To(ContainElement("spray"))
		Expect(slices.IsSorted(s.protocols)).To(BeTrue())
		Expect(s.hidden).To(Equal(hidden{arcs: 2*maxProtocols + 1 - (maxProtocols - 1) - 1}))
	})

	It("never gives a number to two peers, and forgets some of those that went", func() {
		seen := map[int]messages.PeerID{}
		for round := range 12 {
			var state State
			for i := range 1_000 {
				p := Peer{ID: messages.PeerID{byte(round), byte(i >> 8), byte(i)}}
				p.ID[19] = 7
				state.Peers = append(state.Peers, p)
			}
			s := newScene(state, nil, numbers).finish()
			for n, node := range s.peers {
				if other, used := seen[n]; used {
					Expect(other).To(Equal(node.ID))
				}
				seen[n] = node.ID
			}
			Expect(len(numbers.of)).To(BeNumerically("<=", maxNumbers+1_000))
			Expect(numbers.by).To(HaveLen(len(numbers.of)))
		}
		Expect(seen).To(HaveLen(12_000))
	})
})
