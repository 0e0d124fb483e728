//go:build !js

package hyparview_test

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols/hyparview"
	"github.com/n2n-overlay/n2n/protocols/protocoltest"
)

// start returns a peer a that has started and is alone in its room.
func start(change func(*hyparview.Config)) *protocoltest.Port {
	p := protocoltest.NewPort("a", protocol(change), 1)
	p.Deliver(messages.Started{})
	p.NameContacts()
	return p
}

// with returns a peer a with an active view. Each peer in it has asked for the
// link.
func with(change func(*hyparview.Config), active ...string) *protocoltest.Port {
	p := start(change)
	for _, peer := range active {
		arrive(p, peer, neighbor(false))
		p.Succeed(messages.OpOpen, peer)
	}
	p.Sent, p.Emitted = nil, nil
	return p
}

// arrive opens an arc to a and sends a message along it.
func arrive(p *protocoltest.Port, peer string, m *hyparview.Message) {
	p.Deliver(messages.ArcOpened{Peer: protocoltest.Peer(peer), Dir: messages.In})
	p.Receive(peer, m)
}

// gone ends the arcs that a peer held to a.
func gone(p *protocoltest.Port, peer string) {
	p.Deliver(messages.ArcClosed{Peer: protocoltest.Peer(peer), Dir: messages.In, Cause: messages.CauseClosed})
}

// pending counts the requests of a kind that wait for an answer.
func pending(p *protocoltest.Port, op messages.Op) int {
	n := 0
	for _, r := range p.Pending() {
		if r.Op == op {
			n++
		}
	}
	return n
}

// answer lets every pending request of a kind succeed.
func answer(p *protocoltest.Port, op messages.Op) {
	for _, r := range p.Pending() {
		if r.Op == op {
			p.Succeed(op, protocoltest.Name(r.Peer))
		}
	}
}

// known lists the peers of a's views, those of the active view first.
func known(p *protocoltest.Port) (names []string) {
	emitted := len(p.Emitted)
	p.Deliver(messages.Told{Event: messages.SampleRequest{N: 5000}})
	for _, peer := range p.Emitted[emitted].(messages.Sample).Peers {
		names = append(names, protocoltest.Name(peer))
	}
	p.Emitted = p.Emitted[:emitted]
	return names
}

// active lists a's neighbors: the peers with arcs both ways.
func active(p *protocoltest.Port) (names []string) {
	for peer := range p.View().Peers() {
		if p.View().Out.Count(peer) > 0 && p.View().In.Count(peer) > 0 {
			names = append(names, protocoltest.Name(peer))
		}
	}
	return names
}

func bytesOf(names []string) (list [][]byte) {
	for _, name := range names {
		list = append(list, protocoltest.Peer(name).Bytes())
	}
	return list
}

func nodes(names ...string) (list []*hyparview.Node) {
	for _, b := range bytesOf(names) {
		list = append(list, &hyparview.Node{Peer: b})
	}
	return list
}

func neighbor(high bool) *hyparview.Message {
	return &hyparview.Message{Body: &hyparview.Message_Neighbor{Neighbor: &hyparview.Neighbor{High: high}}}
}

func forwardJoin(newcomer string, ttl uint32, path ...string) *hyparview.Message {
	return &hyparview.Message{Body: &hyparview.Message_ForwardJoin{ForwardJoin: &hyparview.ForwardJoin{
		Newcomer: protocoltest.Peer(newcomer).Bytes(), Ttl: ttl, Path: bytesOf(path),
	}}}
}

func disconnect(leaving bool, nodes ...*hyparview.Node) *hyparview.Message {
	return &hyparview.Message{Body: &hyparview.Message_Disconnect{Disconnect: &hyparview.Disconnect{Leaving: leaving, Nodes: nodes}}}
}

func shuffle(id uint64, origin string, ttl uint32, path []string, nodes ...*hyparview.Node) *hyparview.Message {
	return &hyparview.Message{Body: &hyparview.Message_Shuffle{Shuffle: &hyparview.Shuffle{
		Id: id, Origin: protocoltest.Peer(origin).Bytes(), Ttl: ttl, Path: bytesOf(path), Nodes: nodes,
	}}}
}

func reply(id uint64, to, from string, route, path []string, nodes ...*hyparview.Node) *hyparview.Message {
	return &hyparview.Message{Body: &hyparview.Message_ShuffleReply{ShuffleReply: &hyparview.ShuffleReply{
		Id: id, To: protocoltest.Peer(to).Bytes(), From: protocoltest.Peer(from).Bytes(),
		Route: bytesOf(route), Path: bytesOf(path), Nodes: nodes,
	}}}
}

var joins = &hyparview.Message{Body: &hyparview.Message_Join{Join: &hyparview.Join{}}}

// sentShuffle lets a begin a shuffle, and returns it and its receiver.
func sentShuffle(p *protocoltest.Port) (to string, m *hyparview.Shuffle) {
	sent := len(p.Sent)
	for range 400 {
		p.Advance(100 * time.Millisecond)
		for _, s := range p.Sent[sent:] {
			if m := s.Message.(*hyparview.Message).GetShuffle(); m != nil {
				return protocoltest.Name(s.To), m
			}
		}
	}
	Fail("no shuffle was sent")
	return "", nil
}

var _ = Describe("HyParView, as a transcript", func() {
	It("enters through a contact, and tries another one when it is dead or has no place", func() {
		p := protocoltest.NewPort("a", protocol(nil), 1)
		p.Deliver(messages.Started{})
		p.NameContacts("b")
		p.Fail(messages.OpOpen, "b", messages.ErrTimeout)
		p.Advance(2 * time.Second)
		p.NameContacts("c")
		p.Succeed(messages.OpOpen, "c")
		p.Note("c refuses")
		p.Deliver(messages.ArcClosed{Peer: protocoltest.Peer("c"), Dir: messages.Out, Cause: messages.CauseDropped})
		p.Advance(3 * time.Second)
		p.NameContacts("d")
		p.Succeed(messages.OpOpen, "d")
		p.Deliver(messages.ArcOpened{Peer: protocoltest.Peer("d"), Dir: messages.In})
		p.Note("e is where a walk of a's has ended")
		arrive(p, "e", neighbor(true))
		p.Succeed(messages.OpOpen, "e")
		protocoltest.Golden(GinkgoT(), "enter", p.Transcript())
		Expect(active(p)).To(Equal([]string{"d", "e"}))
	})

	It("takes a newcomer in, and sends its walks", func() {
		p := with(func(c *hyparview.Config) { c.Active = 3 }, "b", "c", "d")
		arrive(p, "n", joins)
		answer(p, messages.OpClose)
		p.Succeed(messages.OpOpen, "n")
		protocoltest.Golden(GinkgoT(), "join", p.Transcript())
		Expect(active(p)).To(HaveLen(3))
		Expect(active(p)).To(ContainElement("n"))
	})

	It("passes a walk on, remembers the newcomer on the way and takes it in at the end", func() {
		p := with(nil, "b", "c", "d")
		p.Receive("b", forwardJoin("n", 5, "x"))
		p.Note("so many hops are left where the newcomer enters the passive view")
		p.Receive("b", forwardJoin("m", 3, "x", "y"))
		p.Note("the walk has come round to a: what lies between is left out")
		p.Receive("b", forwardJoin("l", 2, "x", "a", "y"))
		p.Note("the end")
		p.Receive("c", forwardJoin("k", 0, "x", "y"))
		p.Succeed(messages.OpOpen, "k")
		p.Deliver(messages.ArcOpened{Peer: protocoltest.Peer("k"), Dir: messages.In})
		protocoltest.Golden(GinkgoT(), "walk", p.Transcript())
		Expect(known(p)).To(ConsistOf("b", "c", "d", "k", "m"))
	})

	It("grants a request of low priority as long as there is room, and one of high priority always", func() {
		p := with(func(c *hyparview.Config) { c.Active = 2 }, "b")
		arrive(p, "c", neighbor(false))
		p.Succeed(messages.OpOpen, "c")
		p.Note("no room")
		arrive(p, "d", neighbor(false))
		p.Succeed(messages.OpDrop, "d")
		p.Note("but for a peer that has nobody there is")
		arrive(p, "e", neighbor(true))
		answer(p, messages.OpClose)
		p.Succeed(messages.OpOpen, "e")
		protocoltest.Golden(GinkgoT(), "neighbor", p.Transcript())
		Expect(active(p)).To(HaveLen(2))
		Expect(active(p)).To(ContainElement("e"))
	})

	It("asks those it knows for links when a neighbour crashes, and goes on until one has room", func() {
		p := with(nil, "b", "c")
		p.Receive("b", shuffle(7, "z", 1, []string{"y"}, nodes("d", "e", "f")...))
		answer(p, messages.OpOpen)
		for _, peer := range []string{"d", "e", "f"} {
			p.Deliver(messages.ArcOpened{Peer: protocoltest.Peer(peer), Dir: messages.In})
		}
		p.Receive("c", shuffle(8, "z", 1, []string{"y"}, nodes("g", "h", "i")...))
		p.Note("one goes")
		p.Down("d", messages.CauseCrashed)
		first := p.Pending()[0]
		p.Note("who is not reached along its route is tried through the rendezvous, and forgotten then")
		p.Fail(messages.OpOpen, protocoltest.Name(first.Peer), messages.ErrNotNeighbor)
		p.Fail(messages.OpOpen, protocoltest.Name(first.Peer), messages.ErrUnknownPeer)
		second := p.Pending()[0]
		p.Succeed(messages.OpOpen, protocoltest.Name(second.Peer))
		p.Note("the next one has no room, and stays in the passive view")
		p.Deliver(messages.ArcClosed{Peer: second.Peer, Dir: messages.Out, Cause: messages.CauseDropped})
		third := p.Pending()[0]
		p.Succeed(messages.OpOpen, protocoltest.Name(third.Peer))
		p.Deliver(messages.ArcOpened{Peer: third.Peer, Dir: messages.In})
		protocoltest.Golden(GinkgoT(), "repair", p.Transcript())
		Expect(active(p)).To(ConsistOf("b", "c", "e", "f", protocoltest.Name(third.Peer)))
		Expect(known(p)).NotTo(ContainElement(protocoltest.Name(first.Peer)))
		Expect(known(p)).To(ContainElement(protocoltest.Name(second.Peer)))
	})

	It("shuffles", func() {
		p := with(func(c *hyparview.Config) { c.Active = 2 }, "b", "c")
		p.Receive("b", shuffle(7, "z", 1, nil, nodes("z", "d", "e")...))
		p.Note("its own")
		to, m := sentShuffle(p)
		p.Receive(to, reply(m.GetId(), "a", "y", nil, []string{"x"}, nodes("f", "g")...))
		p.Note("it is at the end of a walk, and replies the way it came")
		p.Receive("c", shuffle(9, "o", 1, []string{"p", "q"}, nodes("o", "h")...))
		p.Note("it is on the way of a shuffle and of its reply")
		p.Receive("c", shuffle(10, "o", 3, []string{"p"}, nodes("o", "h")...))
		p.Receive("b", reply(10, "o", "r", []string{"c", "p"}, nil, nodes("i")...))
		protocoltest.Golden(GinkgoT(), "shuffle", p.Transcript())
		Expect(known(p)).To(ContainElements("f", "g", "o", "h"))
	})

	It("brings its neighbours together as it leaves", func() {
		p := with(nil, "b", "c", "d")
		p.Deliver(messages.Leaving{Deadline: p.Now().Add(2 * time.Second)})
		answer(p, messages.OpClose)
		for _, peer := range []string{"b", "c", "d"} {
			gone(p, peer)
		}
		Expect(p.Stopped).To(BeFalse(), "it relays for them")
		p.Advance(2 * time.Second)
		protocoltest.Golden(GinkgoT(), "leave", p.Transcript())
		Expect(p.Stopped).To(BeTrue())
	})

	It("links to the neighbours of a neighbour that leaves, through it", func() {
		p := with(func(c *hyparview.Config) { c.Active = 2 }, "b", "c")
		p.Receive("b", shuffle(7, "z", 1, []string{"y"}, nodes("d", "e", "f")...))
		p.Receive("c", disconnect(true, nodes("g")...))
		p.Succeed(messages.OpClose, "c")
		gone(p, "c")
		p.Succeed(messages.OpOpen, "g")
		p.Deliver(messages.ArcOpened{Peer: protocoltest.Peer("g"), Dir: messages.In})
		protocoltest.Golden(GinkgoT(), "heirs", p.Transcript())
		Expect(active(p)).To(Equal([]string{"b", "g"}))
		Expect(known(p)).NotTo(ContainElement("c"))
	})
})

var _ = Describe("Entering", func() {
	It("asks again while it is alone, waiting longer each time", func() {
		p := start(nil)
		p.Quiet = true
		asked := 0
		for range 30 {
			p.Advance(10 * time.Second)
			if pending(p, messages.OpContacts) > 0 {
				asked++
				p.NameContacts()
			}
		}
		Expect(asked).To(BeNumerically("~", 9, 3))
	})

	It("needs a contact still when somebody has entered through us meanwhile", func() {
		p := protocoltest.NewPort("a", protocol(nil), 1)
		p.Deliver(messages.Started{})
		p.NameContacts("b")
		arrive(p, "c", joins)
		p.Succeed(messages.OpOpen, "c")
		p.Fail(messages.OpOpen, "b", messages.ErrTimeout)
		p.Advance(2 * time.Second)
		p.NameContacts("d")
		p.Succeed(messages.OpOpen, "d")
		p.Deliver(messages.ArcOpened{Peer: protocoltest.Peer("d"), Dir: messages.In})
		Expect(p.Emitted).To(ContainElement(hyparview.Joined{Contact: protocoltest.Peer("d")}))
	})

	It("enters anew when everybody is gone", func() {
		p := with(nil, "b")
		p.Down("b", messages.CauseCrashed)
		p.Advance(2 * time.Minute)
		Expect(pending(p, messages.OpContacts)).To(Equal(1))
	})

	It("looks for a contact when its neighbours are all it knows, and there is room", func() {
		p := with(func(c *hyparview.Config) { c.Active = 2 }, "b")
		p.Advance(15 * time.Second)
		Expect(pending(p, messages.OpContacts)).To(Equal(1))
		p.NameContacts("b")
		p.Advance(2 * time.Minute)
		Expect(pending(p, messages.OpContacts)).To(Equal(1))
		p.NameContacts("c")
		p.Succeed(messages.OpOpen, "c")
		p.Deliver(messages.ArcOpened{Peer: protocoltest.Peer("c"), Dir: messages.In})
		p.Advance(5 * time.Minute)
		Expect(pending(p, messages.OpContacts)).To(BeZero())
	})

	When("nobody but its neighbours shuffles with it", func() {
		var p *protocoltest.Port

		// high tells for each of some periods whether d is asked with high priority. d
		// refuses each time.
		high := func(periods int) (list []bool) {
			for range periods {
				for pending(p, messages.OpOpen) == 0 {
					p.Advance(time.Second)
				}
				p.Succeed(messages.OpOpen, "d")
				asked := p.Sent[len(p.Sent)-1]
				Expect(asked.To).To(Equal(protocoltest.Peer("d")))
				list = append(list, asked.Message.(*hyparview.Message).GetNeighbor().GetHigh())
				p.Deliver(messages.ArcClosed{Peer: asked.To, Dir: messages.Out, Cause: messages.CauseDropped})
			}
			return list
		}
		hear := func(change func(*hyparview.Config)) {
			p = with(change, "b")
			p.Receive("b", shuffle(7, "b", 1, nil, nodes("b", "d")...))
			Expect(high(1)).To(Equal([]bool{false}), "at once, in the period that has begun")
		}

		It("asks with high priority after two whole periods, until it hears of another peer or has a new neighbour", func() {
			hear(nil)
			Expect(high(4)).To(Equal([]bool{false, false, true, true}))
			p.Receive("b", shuffle(8, "b", 1, nil, nodes("b")...))
			Expect(high(1)).To(Equal([]bool{true}))
			p.Receive("b", shuffle(9, "z", 1, []string{"y"}, nodes("d")...))
			Expect(high(3)).To(Equal([]bool{false, false, true}))
			to, m := sentShuffle(p)
			p.Receive(to, reply(m.GetId(), "a", "z", nil, []string{"y"}, nodes("d")...))
			Expect(high(4)).To(Equal([]bool{true, false, false, true}), "the first was under way")
			arrive(p, "e", neighbor(false))
			p.Succeed(messages.OpOpen, "e")
			Expect(high(3)).To(Equal([]bool{false, false, true}))
		})

		It("asks with low priority if shuffles have one hop, as no others can come", func() {
			hear(func(c *hyparview.Config) { c.ShuffleTTL = 1 })
			Expect(high(4)).To(Equal([]bool{false, false, false, false}))
		})
	})

	It("goes on with its links when a handler panicked, and ends what was half done", func() {
		first := with(nil, "b", "c")
		first.Deliver(messages.ArcOpened{Peer: protocoltest.Peer("d"), Dir: messages.Out})
		first.Deliver(messages.ArcOpened{Peer: protocoltest.Peer("e"), Dir: messages.In})
		p := protocoltest.NewPort("a", protocol(nil), 2)
		p.Adopt(first)
		p.Deliver(messages.Started{Restarted: true})
		p.Succeed(messages.OpClose, "d")
		p.Advance(6 * time.Second)
		p.Succeed(messages.OpDrop, "e")
		Expect(known(p)).To(ConsistOf("b", "c"))
		Expect(pending(p, messages.OpContacts)).To(BeZero())
	})
})

var _ = Describe("Links", func() {
	It("of two that ask each other at the same time become one", func() {
		p := with(nil, "b")
		p.Receive("b", forwardJoin("n", 0))
		p.Deliver(messages.ArcOpened{Peer: protocoltest.Peer("n"), Dir: messages.In})
		p.Succeed(messages.OpOpen, "n")
		p.Receive("n", neighbor(false))
		Expect(active(p)).To(Equal([]string{"b", "n"}))
		p.Advance(time.Minute)
		Expect(active(p)).To(Equal([]string{"b", "n"}))
		Expect(pending(p, messages.OpOpen)).To(BeZero())
	})

	It("end on this side when the other has ended them", func() {
		p := with(nil, "b", "c")
		gone(p, "b")
		p.Succeed(messages.OpClose, "b")
		Expect(active(p)).To(Equal([]string{"c"}))
		Expect(known(p)).To(ConsistOf("b", "c"), "it is known still")
	})

	It("are given up that no longer have room", func() {
		p := with(func(c *hyparview.Config) { c.Active = 2 }, "b")
		p.Receive("b", shuffle(7, "z", 1, nil, nodes("d")...))
		p.Advance(20 * time.Second)
		Expect(pending(p, messages.OpOpen)).To(Equal(1))
		asked := protocoltest.Name(p.Pending()[0].Peer)
		arrive(p, "e", neighbor(false))
		p.Succeed(messages.OpOpen, "e")
		p.Succeed(messages.OpOpen, asked)
		p.Succeed(messages.OpClose, asked)
		Expect(active(p)).To(Equal([]string{"b", "e"}))
	})

	It("that are refused are not asked for again in the same period", func() {
		p := with(func(c *hyparview.Config) { c.Active = 3 }, "b")
		p.Receive("b", shuffle(7, "z", 1, nil, nodes("d")...))
		for range 5 {
			for range pending(p, messages.OpOpen) {
				p.Succeed(messages.OpOpen, "d")
				p.Deliver(messages.ArcClosed{Peer: protocoltest.Peer("d"), Dir: messages.Out, Cause: messages.CauseDropped})
			}
		}
		Expect(p.Metrics["refusals"]).To(Equal(1.0))
		p.Advance(15 * time.Second)
		Expect(pending(p, messages.OpOpen)).To(Equal(1))
	})

	It("to a peer that does not answer are given up, and another one is asked", func() {
		p := with(func(c *hyparview.Config) { c.Active = 2 }, "b")
		p.Receive("b", shuffle(7, "z", 1, nil, nodes("d", "e")...))
		p.Advance(11 * time.Second)
		silent := p.Pending()[0].Peer
		answer(p, messages.OpOpen)
		p.Advance(6 * time.Second)
		p.Succeed(messages.OpClose, protocoltest.Name(silent))
		Expect(pending(p, messages.OpOpen)).To(Equal(1))
		Expect(known(p)).NotTo(ContainElement(protocoltest.Name(silent)))
	})
})
