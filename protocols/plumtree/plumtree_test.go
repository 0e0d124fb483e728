//go:build !js

package plumtree_test

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
	"github.com/n2n-overlay/n2n/protocols/plumtree"
	"github.com/n2n-overlay/n2n/protocols/protocoltest"
)

const over = "hyparview"

func protocol(change func(*plumtree.Config)) protocols.Protocol {
	config := plumtree.DefaultConfig()
	if change != nil {
		change(&config)
	}
	p, err := plumtree.New(config)
	if err != nil {
		panic(err)
	}
	return p
}

func opened(peer string, dir messages.Direction) messages.Seen {
	return messages.Seen{Protocol: over, Event: messages.ArcOpened{Peer: protocoltest.Peer(peer), Dir: dir}}
}

func closed(peer string, dir messages.Direction) messages.Seen {
	return messages.Seen{Protocol: over, Event: messages.ArcClosed{Peer: protocoltest.Peer(peer), Dir: dir, Cause: messages.CauseClosed}}
}

// start returns a peer a whose links to the neighbors are eager.
func start(change func(*plumtree.Config), neighbors ...string) *protocoltest.Port {
	p := protocoltest.NewPort("a", protocol(change), 1)
	p.Quiet = true
	p.Deliver(messages.Started{})
	for _, peer := range neighbors {
		p.Deliver(opened(peer, messages.Out), opened(peer, messages.In))
	}
	p.Emitted = nil
	return p
}

func id(origin string, epoch, seq uint64) *plumtree.ID {
	return &plumtree.ID{Origin: protocoltest.Peer(origin).Bytes(), Epoch: epoch, Seq: seq}
}

func gossip(i *plumtree.ID, hops uint32, payload string) *plumtree.Message {
	return &plumtree.Message{Body: &plumtree.Message_Gossip{Gossip: &plumtree.Gossip{Id: i, Hops: hops, Payload: []byte(payload)}}}
}

func iHave(hops uint32, ids ...*plumtree.ID) *plumtree.Message {
	m := &plumtree.IHave{}
	for _, i := range ids {
		m.Announcements = append(m.Announcements, &plumtree.Announcement{Id: i, Hops: hops})
	}
	return &plumtree.Message{Body: &plumtree.Message_IHave{IHave: m}}
}

func graft(i *plumtree.ID) *plumtree.Message {
	return &plumtree.Message{Body: &plumtree.Message_Graft{Graft: &plumtree.Graft{Id: i}}}
}

var prune = &plumtree.Message{Body: &plumtree.Message_Prune{Prune: &plumtree.Prune{}}}

func publish(payload string) messages.Told {
	return messages.Told{Event: messages.Publish{Payload: []byte(payload)}}
}

// sent lists, by kind, the receivers of the messages that were sent since the last call
// of take, in order.
type sent struct{ gossip, announced, grafted, pruned []string }

func take(p *protocoltest.Port) (s sent) {
	for _, m := range p.Sent {
		name := protocoltest.Name(m.To)
		switch m.Message.(*plumtree.Message).GetBody().(type) {
		case *plumtree.Message_Gossip:
			s.gossip = append(s.gossip, name)
		case *plumtree.Message_IHave:
			s.announced = append(s.announced, name)
		case *plumtree.Message_Graft:
			s.grafted = append(s.grafted, name)
		case *plumtree.Message_Prune:
			s.pruned = append(s.pruned, name)
		}
	}
	p.Sent = nil
	return s
}

// delivered counts the delivered messages.
func delivered(p *protocoltest.Port) (n int) {
	for _, e := range p.Emitted {
		if _, ok := e.(messages.Delivered); ok {
			n++
		}
	}
	return n
}

var _ = Describe("Plumtree, as a transcript", func() {
	It("floods at first, and prunes what comes twice", func() {
		p := start(nil, "b", "c", "d")
		p.Receive("b", gossip(id("z", 9, 1), 2, "first"))
		p.Receive("c", gossip(id("z", 9, 1), 3, "first"))
		p.Receive("d", prune)
		p.Note("only b is eager now; the others get announcements")
		p.Receive("b", gossip(id("z", 9, 2), 2, "second"))
		p.Advance(200 * time.Millisecond)
		p.Deliver(publish("own"))
		p.Advance(200 * time.Millisecond)
		protocoltest.Golden(GinkgoT(), "prune", p.Transcript())
		Expect(delivered(p)).To(Equal(3))
	})

	It("grafts when what was announced does not come, from one neighbour after the other", func() {
		p := start(nil, "b", "c", "d")
		p.Receive("c", prune)
		p.Receive("d", prune)
		p.Receive("c", iHave(3, id("z", 9, 1), id("z", 9, 2)))
		p.Receive("d", iHave(3, id("z", 9, 1)))
		p.Receive("b", gossip(id("z", 9, 2), 3, "second"))
		p.Advance(time.Second)
		p.Note("c does not answer")
		p.Advance(time.Second)
		p.Receive("d", gossip(id("z", 9, 1), 3, "first"))
		protocoltest.Golden(GinkgoT(), "graft", p.Transcript())
	})

	It("sends on demand what it has, and makes that link eager", func() {
		p := start(nil, "b", "c")
		p.Receive("c", prune)
		p.Deliver(publish("own"))
		p.Receive("c", graft(&plumtree.ID{Origin: protocoltest.Peer("a").Bytes(), Epoch: sentEpoch(p), Seq: 1}))
		p.Deliver(publish("next"))
		protocoltest.Golden(GinkgoT(), "serve", p.Transcript())
	})

	It("moves to a neighbour that is nearer to the origin", func() {
		p := start(near, "b", "c")
		p.Receive("c", prune)
		p.Receive("c", iHave(2, id("z", 9, 1)))
		p.Receive("b", gossip(id("z", 9, 1), 5, "x"))
		protocoltest.Golden(GinkgoT(), "optimize", p.Transcript())
	})
})

// near sets a Threshold of three hops.
func near(c *plumtree.Config) { c.Threshold = 3 }

// sentEpoch returns the epoch of the last message that a has sent.
func sentEpoch(p *protocoltest.Port) uint64 {
	return p.Sent[len(p.Sent)-1].Message.(*plumtree.Message).GetGossip().GetId().GetEpoch()
}

var _ = Describe("A broadcast", func() {
	It("is delivered where it was published, with no hop, and sent to all eager neighbours", func() {
		p := start(nil, "b", "c", "d")
		p.Deliver(messages.Publish{Payload: []byte("x")}, publish("y"))
		Expect(p.Emitted).To(Equal([]any{
			messages.Delivered{Origin: protocoltest.Peer("a"), Epoch: p.Emitted[0].(messages.Delivered).Epoch, Seq: 1, Payload: []byte("x")},
			messages.Delivered{Origin: protocoltest.Peer("a"), Epoch: p.Emitted[0].(messages.Delivered).Epoch, Seq: 2, Payload: []byte("y")},
		}))
		Expect(take(p).gossip).To(Equal([]string{"b", "c", "d", "b", "c", "d"}))
	})

	It("that is to come after others is refused: there is no order", func() {
		p := start(nil, "b")
		p.Deliver(messages.Publish{After: []messages.MessageID{{Origin: protocoltest.Peer("z"), Epoch: 9, Seq: 1}}})
		Expect(p.Emitted).To(ConsistOf(HaveField("Err", MatchError(plumtree.ErrNoOrder))))
	})

	It("larger than MaxPayload is refused", func() {
		p := start(func(c *plumtree.Config) { c.MaxPayload = 4 }, "b")
		p.Deliver(publish("12345"))
		Expect(p.Emitted).To(HaveLen(1))
		Expect(p.Emitted[0].(messages.PublishRefused).Err).To(MatchError(messages.ErrTooBig))
		Expect(p.Sent).To(BeEmpty())
	})

	It("of a restarted origin is not taken for seen", func() {
		p := start(nil, "b")
		p.Receive("b", gossip(id("z", 1, 1), 1, "x"))
		p.Receive("b", gossip(id("z", 2, 1), 1, "y"))
		Expect(delivered(p)).To(Equal(2))
	})
})

var _ = Describe("Announcements", func() {
	It("wait for others", func() {
		p := start(nil, "b", "c")
		p.Receive("c", prune)
		p.Deliver(publish("x"), publish("y"))
		Expect(take(p).announced).To(BeEmpty())
		p.Advance(100 * time.Millisecond)
		Expect(p.Sent).To(HaveLen(1))
		Expect(p.Sent[0].Message.(*plumtree.Message).GetIHave().GetAnnouncements()).To(HaveLen(2))
	})

	It("go out at once with a delay of 0, or when there are many", func() {
		p := start(func(c *plumtree.Config) { c.AnnounceDelay = 0 }, "b")
		p.Receive("b", prune)
		p.Deliver(publish("x"))
		Expect(take(p).announced).To(Equal([]string{"b"}))

		p = start(nil, "b")
		p.Receive("b", prune)
		for range 1024 {
			p.Deliver(publish("x"))
		}
		Expect(take(p).announced).To(Equal([]string{"b"}))
	})

	It("reach a neighbour that has become eager meanwhile", func() {
		p := start(nil, "b")
		p.Receive("b", prune)
		p.Deliver(publish("x"))
		p.Receive("b", graft(nil))
		p.Advance(time.Second)
		Expect(take(p).announced).To(Equal([]string{"b"}))
	})

	It("of what came lately greet a new neighbour, who is eager", func() {
		p := start(nil, "b")
		p.Deliver(publish("old"))
		p.Advance(11 * time.Second)
		p.Deliver(publish("new"))
		take(p)
		p.Deliver(opened("c", messages.In), opened("c", messages.Out))
		p.Advance(time.Second)
		Expect(p.Sent).To(HaveLen(1))
		Expect(p.Sent[0].Message.(*plumtree.Message).GetIHave().GetAnnouncements()).To(HaveLen(1))
		take(p)
		p.Deliver(publish("next"))
		Expect(take(p).gossip).To(Equal([]string{"b", "c"}))
	})

	It("take the place of messages to a congested neighbour, once it has caught up", func() {
		p := start(nil, "b", "c")
		p.Deliver(messages.Congested{Peer: protocoltest.Peer("b")}, publish("x"))
		p.Advance(time.Second)
		Expect(take(p)).To(Equal(sent{gossip: []string{"c"}}))
		p.Deliver(messages.Drained{Peer: protocoltest.Peer("b")})
		Expect(take(p)).To(Equal(sent{announced: []string{"b"}}))
		p.Deliver(publish("y"))
		Expect(take(p).gossip).To(Equal([]string{"b", "c"}))
	})
})

var _ = Describe("Neighbours", func() {
	It("are those with arcs both ways, or of one way that last", func() {
		p := start(nil, "b")
		p.Deliver(opened("c", messages.In), opened("d", messages.Out), opened("e", messages.In), opened("e", messages.Out))
		p.Deliver(publish("x"))
		Expect(take(p).gossip).To(Equal([]string{"b", "e"}))
		p.Deliver(closed("d", messages.Out))
		p.Advance(time.Second)
		p.Deliver(publish("y"))
		Expect(take(p).gossip).To(Equal([]string{"b", "c", "e"}))

		p = start(func(c *plumtree.Config) { c.ArcDelay = 0 })
		p.Deliver(opened("c", messages.In), publish("x"))
		Expect(take(p).gossip).To(Equal([]string{"c"}))
	})

	It("stay as long as there is an arc", func() {
		p := start(nil, "b", "c")
		p.Deliver(closed("b", messages.Out), closed("c", messages.In), closed("c", messages.Out))
		p.Deliver(publish("x"))
		Expect(take(p).gossip).To(Equal([]string{"b"}))
	})

	It("that went down are not asked for what they announced", func() {
		p := start(nil, "b", "c")
		p.Receive("b", iHave(1, id("z", 9, 1)))
		p.Receive("c", iHave(1, id("z", 9, 1)))
		p.Deliver(messages.Seen{Protocol: over, Event: messages.PeerDown{Peer: protocoltest.Peer("b"), Out: 1, In: 1, Cause: messages.CauseCrashed}})
		p.Advance(10 * time.Second)
		Expect(take(p).grafted).To(Equal([]string{"c"}))
		Expect(p.Metrics["missed"]).To(Equal(1.0))
	})

	It("that are there at the start are found", func() {
		p := protocoltest.NewPort("a", protocol(nil), 2)
		p.Adopt(start(nil, "b", "c"))
		p.Deliver(messages.Started{Restarted: true}, publish("x"))
		Expect(take(p).gossip).To(Equal([]string{"b", "c"}))
	})

	It("that are lazy stay lazy when they are a little nearer only, or with a Threshold of 0", func() {
		for hops, change := range map[uint32]func(*plumtree.Config){4: near, 1000: nil} {
			p := start(change, "b", "c")
			p.Receive("c", prune)
			p.Receive("c", iHave(2, id("z", 9, 1)))
			p.Receive("b", gossip(id("z", 9, 1), hops, "x"))
			Expect(take(p).grafted).To(BeEmpty())
		}
	})

	It("that are lazy and bring a message first are eager again", func() {
		p := start(nil, "b", "c")
		p.Receive("c", prune)
		p.Receive("c", gossip(id("z", 9, 1), 1, "x"))
		p.Deliver(publish("y"))
		Expect(take(p).gossip).To(Equal([]string{"b", "b", "c"}))
	})
})
