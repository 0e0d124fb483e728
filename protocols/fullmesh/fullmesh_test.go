//go:build !js

package fullmesh_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
	"github.com/n2n-overlay/n2n/protocols/fullmesh"
	"github.com/n2n-overlay/n2n/protocols/protocoltest"
)

func TestFullMesh(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "FullMesh")
}

const name = "fullmesh"

func protocol(change func(*fullmesh.Config)) protocols.Protocol {
	config := fullmesh.DefaultConfig()
	if change != nil {
		change(&config)
	}
	p, err := fullmesh.New(config)
	if err != nil {
		panic(err)
	}
	return p
}

func atMost(n int) func(*fullmesh.Config) { return func(c *fullmesh.Config) { c.MaxMembers = n } }

// with returns a peer m that has arcs to and from the members.
func with(change func(*fullmesh.Config), members ...string) *protocoltest.Port {
	p := protocoltest.NewPort("m", protocol(change), 1)
	p.Quiet = true
	p.Deliver(messages.Started{})
	p.NameContacts()
	for _, peer := range members {
		arrive(p, peer)
		p.Succeed(messages.OpOpen, peer)
	}
	p.Sent = nil
	return p
}

func arrive(p *protocoltest.Port, peer string) {
	p.Deliver(messages.ArcOpened{Peer: protocoltest.Peer(peer), Dir: messages.In})
}

func members(names ...string) *fullmesh.Message {
	m := &fullmesh.Members{}
	for _, n := range names {
		m.Peers = append(m.Peers, protocoltest.Peer(n).Bytes())
	}
	return &fullmesh.Message{Body: &fullmesh.Message_Members{Members: m}}
}

func many(n int) (names []string) {
	for i := range n {
		names = append(names, fmt.Sprintf("x%03d", i))
	}
	return names
}

// pending lists the peers of the requests of a kind that wait for an answer.
func pending(p *protocoltest.Port, op messages.Op) (names []string) {
	for _, r := range p.Pending() {
		if r.Op == op {
			names = append(names, protocoltest.Name(r.Peer))
		}
	}
	return names
}

var _ = Describe("A full mesh, as a transcript", func() {
	It("is entered through contacts, and learned from them", func() {
		p := protocoltest.NewPort("m", protocol(nil), 1)
		p.Deliver(messages.Started{})
		p.NameContacts("a")
		p.Succeed(messages.OpOpen, "a")
		arrive(p, "a")
		p.Receive("a", members("b", "c"))
		p.Succeed(messages.OpOpen, "b")
		p.Note("c opens its arc first")
		arrive(p, "c")
		p.Succeed(messages.OpOpen, "c")
		p.Note("b crashes")
		p.Down("b", messages.CauseCrashed)
		p.Advance(11 * time.Second)
		protocoltest.Golden(GinkgoT(), "enter", p.Transcript())
	})

	It("admits newcomers until it is full", func() {
		p := with(atMost(3), "a")
		arrive(p, "b")
		p.Succeed(messages.OpOpen, "b")
		arrive(p, "c")
		p.Succeed(messages.OpDrop, "c")
		p.Note("b leaves: there is room for c")
		p.Down("b", messages.CauseLeft)
		arrive(p, "c")
		p.Succeed(messages.OpOpen, "c")
		q := with(nil)
		q.Receive("a", members("b"))
		q.Deliver(messages.ArcOpened{Peer: protocoltest.Peer("a"), Dir: messages.Out})
		q.Deliver(messages.ArcClosed{Peer: protocoltest.Peer("a"), Dir: messages.Out, Cause: messages.CauseDropped})
		protocoltest.Golden(GinkgoT(), "full", p.Transcript()+"# one who is dropped by a full mesh\n"+q.Transcript())
	})
})

var _ = Describe("A peer that was refused", func() {
	It("passes over who refused it for four periods, or until that one comes itself", func() {
		p := with(nil, "b")
		p.Deliver(messages.ArcOpened{Peer: protocoltest.Peer("a"), Dir: messages.Out},
			messages.ArcClosed{Peer: protocoltest.Peer("a"), Dir: messages.Out, Cause: messages.CauseDropped})
		p.Receive("b", members("a"))
		Expect(pending(p, messages.OpOpen)).To(BeEmpty())
		p.Advance(56 * time.Second)
		p.Receive("b", members("a"))
		Expect(pending(p, messages.OpOpen)).To(Equal([]string{"a"}))

		p = with(nil, "b")
		p.Deliver(messages.ArcOpened{Peer: protocoltest.Peer("a"), Dir: messages.Out},
			messages.ArcClosed{Peer: protocoltest.Peer("a"), Dir: messages.Out, Cause: messages.CauseDropped})
		arrive(p, "a")
		Expect(pending(p, messages.OpOpen)).To(Equal([]string{"a"}))
	})
})

var _ = Describe("Peer sampling", func() {
	It("draws from the members", func() {
		p := with(nil, "a", "b", "c")
		p.Deliver(messages.Told{Event: messages.SampleRequest{N: 2}})
		Expect(p.Emitted[len(p.Emitted)-1].(messages.Sample).Peers).To(HaveLen(2))
	})
})

var _ = Describe("Attacks", func() {
	It("garbage and strangers: counted, and nothing changes", func() {
		p := with(nil, "a")
		p.Receive("s", members("v"))
		short := members("v")
		short.GetMembers().Peers[0] = []byte("short")
		for _, m := range []*fullmesh.Message{{}, short, members(many(256)...)} {
			p.Receive("a", m)
		}
		Expect(p.Metrics["ignored"]).To(Equal(4.0))
		Expect(pending(p, messages.OpOpen)).To(BeEmpty())
	})

	It("contradictory lists: ourselves, those that we have, one twice", func() {
		p := with(nil, "a", "b")
		p.Receive("a", members("m", "a", "b", "v", "v"))
		p.Receive("b", members("v"))
		Expect(pending(p, messages.OpOpen)).To(Equal([]string{"v"}))
	})

	It("made up members: a neighbour causes so many opens in a period, and they take no place from others", func() {
		p := with(atMost(8), "a")
		for range 10 {
			p.Receive("a", members(many(100)...))
		}
		Expect(pending(p, messages.OpOpen)).To(HaveLen(8))
		for _, peer := range []string{"b", "c", "d", "e", "f", "g"} {
			arrive(p, peer)
			p.Succeed(messages.OpOpen, peer)
		}
		Expect(p.View().Out.Len()).To(Equal(7))
		p.Note("one of them was there after all")
		p.Succeed(messages.OpOpen, "x000")
		p.Succeed(messages.OpClose, "x000")
		Expect(p.View().Out.Len()).To(Equal(7))
		for _, peer := range many(8)[1:] {
			p.Fail(messages.OpOpen, peer, messages.ErrTimeout)
		}
		p.Advance(12 * time.Second)
		p.Down("g", messages.CauseCrashed)
		p.Receive("a", members("v"))
		Expect(pending(p, messages.OpOpen)).To(Equal([]string{"v"}), "in the next period it can list again")
	})

	It("arc flood: what comes beyond the cap is dropped", func() {
		p := with(atMost(4), "a", "b", "c")
		for _, peer := range many(50) {
			arrive(p, peer)
			p.Succeed(messages.OpDrop, peer)
		}
		Expect(p.Sent).To(BeEmpty(), "they are told of nobody")
		Expect(p.View().In.Len()).To(Equal(3))
		p.Receive("a", members("v"))
		Expect(pending(p, messages.OpOpen)).To(BeEmpty(), "nor is anybody else looked for")
	})

	It("a race for the last place: who comes second is closed and dropped", func() {
		p := with(atMost(3), "a")
		arrive(p, "b")
		arrive(p, "c")
		p.Succeed(messages.OpOpen, "c")
		p.Succeed(messages.OpOpen, "b")
		Expect(pending(p, messages.OpClose)).To(Equal([]string{"b"}))
		Expect(pending(p, messages.OpDrop)).To(Equal([]string{"b"}))
	})

	It("refusals: so many are remembered", func() {
		p := with(nil, "a")
		for _, peer := range many(300) {
			p.Deliver(messages.ArcOpened{Peer: protocoltest.Peer(peer), Dir: messages.Out},
				messages.ArcClosed{Peer: protocoltest.Peer(peer), Dir: messages.Out, Cause: messages.CauseRefused})
		}
		p.Receive("a", members("x000", "x299"))
		Expect(pending(p, messages.OpOpen)).To(Equal([]string{"x000"}))
	})

	It("silence: a rendezvous that never answers is asked once at a time, and other looks go on", func() {
		p := with(nil, "a", "b")
		p.Advance(5 * time.Minute)
		Expect(pending(p, messages.OpContacts)).To(HaveLen(1))
		Expect(len(p.Sent)).To(BeNumerically(">", 20))
		p.FailContacts(messages.ErrTimeout)
		p.Advance(12 * time.Second)
		Expect(pending(p, messages.OpContacts)).To(HaveLen(1))
	})
})

var _ = DescribeTable("A configuration that is refused, naming field and rule",
	func(rule string, change func(*fullmesh.Config)) {
		c := fullmesh.DefaultConfig()
		change(&c)
		_, err := fullmesh.New(c)
		Expect(err).To(MatchError(ContainSubstring(rule)))
	},
	Entry(nil, "Name", func(c *fullmesh.Config) { c.Name = "A" }),
	Entry(nil, "MaxMembers is 1", func(c *fullmesh.Config) { c.MaxMembers = 1 }),
	Entry(nil, "MaxMembers is 257", func(c *fullmesh.Config) { c.MaxMembers = 257 }),
	Entry(nil, "Period is 1001h0m0s, must be above 0 and at most 1000h0m0s", func(c *fullmesh.Config) { c.Period = 1001 * time.Hour }),
	Entry(nil, "Period is 0s", func(c *fullmesh.Config) { c.Period = 0 }),
)

func peer(i int) messages.PeerID { return protocoltest.Peer(fmt.Sprintf("p%03d", i)) }

// complete fails unless every living peer has one arc to each other.
func complete(t rapid.TB, n *protocoltest.Network) {
	t.Helper()
	n.Settle()
	if err := n.Check(name, true); err != nil {
		t.Fatalf("%v", err)
	}
	peers := n.Peers()
	for _, p := range peers {
		out := n.View(p, name).Out
		if out.Len() != len(peers)-1 || out.Distinct() != out.Len() {
			t.Fatalf("%s holds %d arcs to %d of %d others", protocoltest.Name(p), out.Len(), out.Distinct(), len(peers)-1)
		}
	}
}

// Peers enter, leave and crash, and some opens fail. Soon after, the mesh is
// complete, and it is never too large.
func TestMeshHeals(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seed := rapid.Uint64().Draw(t, "seed")
		n, r := protocoltest.NewNetwork(seed), rand.New(rand.NewPCG(seed, 3))
		failing := rapid.Float64Range(0, 0.5).Draw(t, "failures")
		n.Fault = func(messages.Op, messages.PeerID, messages.PeerID) error {
			if r.Float64() < failing {
				return messages.ErrTimeout
			}
			return nil
		}
		p := protocol(atMost(16))
		next := rapid.IntRange(1, 12).Draw(t, "peers")
		for i := range next {
			n.Add(peer(i), p)
			n.Run(time.Duration(r.IntN(500)) * time.Millisecond)
		}
		for range rapid.IntRange(0, 8).Draw(t, "events") {
			peers := n.Peers()
			if len(peers) == 0 { // the last ones went at the same time
				n.Add(peer(next), p)
				next++
				continue
			}
			switch one := peers[r.IntN(len(peers))]; {
			case r.IntN(2) == 0 && len(peers) < 15:
				n.Add(peer(next), p)
				next++
			case r.IntN(2) == 0 && len(peers) > 1:
				n.Crash(one)
			case len(peers) > 1:
				n.Leave(one)
			}
			for range 10 {
				n.Run(time.Duration(r.IntN(500)) * time.Millisecond)
				for _, q := range n.Peers() {
					if d := n.View(q, name).Out.Distinct(); d > 15 {
						t.Fatalf("%s holds arcs to %d", protocoltest.Name(q), d)
					}
				}
			}
		}
		failing = 0
		n.Run(time.Minute)
		complete(t, n)
	})
}

// Many peers enter at once, and half of them crash.
func TestCrowdAndCrash(t *testing.T) {
	n := protocoltest.NewNetwork(1)
	for i := range 24 {
		n.Add(peer(i), protocol(nil))
	}
	n.Run(30 * time.Second)
	complete(t, n)
	n.CloseRendezvous()
	for i := range 12 {
		n.Crash(peer(2 * i))
	}
	n.Run(time.Minute)
	complete(t, n)
}

// Beyond the cap no peer is admitted. When a member goes, one is admitted.
func TestFullMeshAdmitsWhenOneGoes(t *testing.T) {
	n := protocoltest.NewNetwork(1)
	refused := map[messages.PeerID]bool{}
	n.OnEmit = func(peer messages.PeerID, _ string, event any) {
		if _, ok := event.(fullmesh.Refused); ok {
			refused[peer] = true
		}
	}
	for i := range 6 {
		n.Add(peer(i), protocol(atMost(6)))
		n.Run(5 * time.Second)
	}
	n.Run(20 * time.Second)
	complete(t, n)
	late := peer(6)
	n.Add(late, protocol(atMost(6)))
	n.Run(2 * time.Minute)
	n.Settle()
	if arcs := n.View(late, name); arcs.Out.Len()+arcs.In.Len() > 0 || !refused[late] {
		t.Errorf("the seventh has %d arcs, refused: %v", arcs.Out.Len(), refused[late])
	}
	if arcs := n.Arcs(name); arcs != 30 {
		t.Errorf("%d arcs of 6 members", arcs)
	}
	n.Leave(peer(3))
	n.Run(2 * time.Minute)
	complete(t, n)
	if !slices.Contains(n.Peers(), late) {
		t.Error("the newcomer is gone")
	}
}

// FuzzReceived checks that no message makes the handler panic.
func FuzzReceived(f *testing.F) {
	for _, m := range []*fullmesh.Message{{}, members("v", "m", "a")} {
		b, err := proto.Marshal(m)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		m := &fullmesh.Message{}
		if proto.Unmarshal(b, m) != nil {
			return
		}
		p := with(atMost(8), "a")
		p.Receive("a", m)
		p.Receive("a", m)
		if opens := pending(p, messages.OpOpen); len(opens) > 8 || slices.Contains(opens, "m") {
			t.Errorf("opens %v", opens)
		}
	})
}

// BenchmarkMembers measures a list of 31 known members, as a peer gets one every
// period.
func BenchmarkMembers(b *testing.B) {
	p := protocoltest.NewBench(protocol(nil), 1)
	names := many(31)
	for _, n := range names {
		p.Handle(messages.ArcOpened{Peer: protocoltest.Peer(n), Dir: messages.Out})
	}
	event := messages.Received{From: protocoltest.Peer(names[0]), Message: members(names...)}
	b.ReportAllocs()
	for range b.N {
		p.Handle(event)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
}
