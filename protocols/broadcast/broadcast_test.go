//go:build !js

package broadcast_test

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"google.golang.org/protobuf/proto"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
	"github.com/n2n-overlay/n2n/protocols/broadcast"
	"github.com/n2n-overlay/n2n/protocols/protocoltest"
	"github.com/n2n-overlay/n2n/protocols/spray"
)

func TestBroadcast(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "Broadcast")
}

func protocol(change func(*broadcast.Config)) protocols.Protocol {
	config := broadcast.DefaultConfig()
	if change != nil {
		change(&config)
	}
	p, err := broadcast.New(config)
	if err != nil {
		panic(err)
	}
	return p
}

func opened(peer string, dir messages.Direction) messages.Seen {
	return messages.Seen{Protocol: "spray", Event: messages.ArcOpened{Peer: protocoltest.Peer(peer), Dir: dir}}
}

func closed(peer string, dir messages.Direction) messages.Seen {
	return messages.Seen{Protocol: "spray", Event: messages.ArcClosed{Peer: protocoltest.Peer(peer), Dir: dir, Cause: messages.CauseClosed}}
}

// start returns a peer a with neighbors. The first ones are in its outview.
func start(change func(*broadcast.Config), neighbors ...string) *protocoltest.Port {
	p := protocoltest.NewPort("a", protocol(change), 1)
	p.Quiet = true
	p.Deliver(messages.Started{})
	for i, peer := range neighbors {
		dir := messages.Out
		if 2*i >= len(neighbors) {
			dir = messages.In
		}
		p.Deliver(opened(peer, dir))
	}
	return p
}

func id(origin string, epoch, seq uint64) *broadcast.ID {
	return &broadcast.ID{Origin: protocoltest.Peer(origin).Bytes(), Epoch: epoch, Seq: seq}
}

func flood(i *broadcast.ID, payload string) *broadcast.Message {
	return &broadcast.Message{Body: &broadcast.Message_Flood{Flood: &broadcast.Flood{Id: i, Hops: 1, Payload: []byte(payload)}}}
}

// span makes the Span of z's messages of epoch 9 that a peer can send, all of them
// fresh.
func span(first, last uint64) *broadcast.Span {
	return &broadcast.Span{Origin: protocoltest.Peer("z").Bytes(), Epoch: 9, First: first, Fresh: first, Last: last}
}

func have(spans ...*broadcast.Span) *broadcast.Message {
	return &broadcast.Message{Body: &broadcast.Message_Have{Have: &broadcast.Have{Spans: spans}}}
}

func want(ids ...*broadcast.ID) *broadcast.Message {
	w := &broadcast.Want{}
	for _, i := range ids {
		w.Ranges = append(w.Ranges, &broadcast.Range{Origin: i.GetOrigin(), Epoch: i.GetEpoch(), First: i.GetSeq(), Last: i.GetSeq()})
	}
	return &broadcast.Message{Body: &broadcast.Message_Want{Want: w}}
}

func ask(digest uint64) *broadcast.Message {
	return &broadcast.Message{Body: &broadcast.Message_Ask{Ask: &broadcast.Ask{Digest: digest}}}
}

// after makes a flood that is to be delivered after others.
func after(i *broadcast.ID, payload string, others ...*broadcast.ID) *broadcast.Message {
	m := flood(i, payload)
	m.GetFlood().After = others
	return m
}

// offer returns the spans of the Have that a peer answers to a neighbor that knows
// nothing.
func offer(p *protocoltest.Port, to string) []*broadcast.Span {
	p.Sent = nil
	p.Receive(to, ask(1))
	for _, s := range p.Sent {
		if h := s.Message.(*broadcast.Message).GetHave(); h != nil {
			return h.GetSpans()
		}
	}
	return nil
}

// wants lists the first and the last sequence numbers of the Wants that were sent.
func wants(p *protocoltest.Port) (seqs []uint64) {
	for _, s := range p.Sent {
		for _, r := range s.Message.(*broadcast.Message).GetWant().GetRanges() {
			seqs = append(seqs, r.GetFirst(), r.GetLast())
		}
	}
	return seqs
}

// payloads lists the delivered payloads, in order.
func payloads(p *protocoltest.Port) (all []string) {
	for _, e := range p.Emitted {
		all = append(all, string(e.(broadcast.Delivered).Payload))
	}
	return all
}

func publish(payload string) messages.Told {
	return messages.Told{Event: broadcast.Publish{Payload: []byte(payload)}}
}

// epoch returns the epoch of the peer's own messages.
func epoch(p *protocoltest.Port) uint64 { return p.Emitted[0].(broadcast.Delivered).Epoch }

// sentTo lists the receivers of the sent floods, and forgets what was sent.
func sentTo(p *protocoltest.Port) (names []string) {
	for _, s := range p.Sent {
		if s.Message.(*broadcast.Message).GetFlood() != nil {
			names = append(names, protocoltest.Name(s.To))
		}
	}
	p.Sent = nil
	return names
}

var _ = Describe("A broadcast", func() {
	It("reads as a transcript", func() {
		p := start(nil, "b", "c", "d")
		p.Deliver(publish("hello"))
		p.Receive("c", flood(id("z", 9, 1), "from afar"))
		p.Receive("d", flood(id("z", 9, 1), "from afar"))
		p.Receive("b", after(id("y", 4, 1), "an answer", id("z", 9, 2)))
		p.Note("the answer waits for what it comes after")
		p.Receive("c", flood(id("z", 9, 2), "a question"))
		p.Note("e is new: the two compare what they have, and e lacks one")
		p.Deliver(opened("e", messages.In))
		p.Receive("e", ask(7))
		p.Receive("e", want(id("z", 9, 2)))
		p.Note("and has one that is new here")
		p.Receive("e", have(span(2, 3)))
		p.Receive("e", flood(id("z", 9, 3), "missed"))
		protocoltest.Golden(GinkgoT(), "broadcast", p.Transcript())
	})

	It("is delivered where it was published, with no hop, and sent to all neighbours", func() {
		p := start(nil, "b", "c", "d")
		p.Deliver(broadcast.Publish{Payload: []byte("x")}, publish("y"))
		Expect(p.Emitted).To(Equal([]any{
			broadcast.Delivered{Origin: protocoltest.Peer("a"), Epoch: epoch(p), Seq: 1, Payload: []byte("x")},
			broadcast.Delivered{Origin: protocoltest.Peer("a"), Epoch: epoch(p), Seq: 2, Payload: []byte("y")},
		}))
		Expect(sentTo(p)).To(Equal([]string{"b", "c", "d", "b", "c", "d"}))
	})

	It("is passed on once, to all but the one it came from", func() {
		p := start(nil, "b", "c", "d")
		for _, from := range []string{"c", "b", "c", "d"} {
			p.Receive(from, flood(id("z", 9, 1), "x"))
		}
		Expect(p.Emitted).To(HaveLen(1))
		Expect(sentTo(p)).To(Equal([]string{"b", "d"}))
		Expect(p.Metrics["duplicates"]).To(Equal(3.0))
	})

	It("of a restarted origin is not taken for seen", func() {
		p := start(nil, "b")
		p.Receive("b", flood(id("z", 1, 1), "x"))
		p.Receive("b", flood(id("z", 2, 1), "y"))
		Expect(p.Emitted).To(HaveLen(2))
	})

	It("larger than MaxPayload is refused", func() {
		p := start(func(c *broadcast.Config) { c.MaxPayload = 4 }, "b")
		p.Deliver(publish("12345"))
		Expect(p.Emitted).To(HaveLen(1))
		Expect(p.Emitted[0].(broadcast.Refused).Err).To(MatchError(messages.ErrTooBig))
		Expect(sentTo(p)).To(BeEmpty())
	})
})

var _ = Describe("A new neighbour", func() {
	It("is asked what it has, once it is one, and again when it went away and came back", func() {
		p := start(nil, "b")
		p.Sent = nil
		p.Deliver(opened("c", messages.Out), opened("c", messages.In), opened("c", messages.Out))
		Expect(p.Sent).To(HaveLen(1))
		Expect(p.Sent[0].Message.(*broadcast.Message).GetAsk()).NotTo(BeNil())
		p.Deliver(closed("c", messages.Out), closed("c", messages.Out), closed("c", messages.In), opened("c", messages.In))
		Expect(p.Sent).To(HaveLen(2))
	})

	It("that has the same is told nothing", func() {
		p, q := start(nil), start(nil)
		for _, peer := range []*protocoltest.Port{p, q} {
			peer.Receive("b", flood(id("z", 9, 1), "x"))
			peer.Sent = nil
			peer.Deliver(opened("c", messages.Out))
		}
		p.Receive("c", q.Sent[0].Message.(*broadcast.Message))
		Expect(p.Sent).To(HaveLen(1), "the ask of its own")
	})

	It("is offered what can be sent: what came within the window, and the fresh part of it", func() {
		p := start(func(c *broadcast.Config) { c.Window = time.Minute }, "b")
		p.Deliver(publish("old"))
		p.Advance(61 * time.Second)
		p.Deliver(publish("new"))
		p.Advance(20 * time.Second)
		p.Deliver(publish("newer"))
		spans := offer(p, "c")
		Expect(spans).To(HaveLen(1))
		Expect([]uint64{spans[0].GetFirst(), spans[0].GetFresh(), spans[0].GetLast()}).To(Equal([]uint64{2, 3, 3}))
		p.Advance(2 * time.Minute)
		spans = offer(p, "c")
		Expect([]uint64{spans[0].GetFirst(), spans[0].GetFresh(), spans[0].GetLast()}).To(Equal([]uint64{4, 4, 3}), "nothing, but how far it has come")
	})

	It("is neither asked nor answered with a window of 0", func() {
		p := start(func(c *broadcast.Config) { c.Window, c.History = 0, 0 }, "b")
		p.Deliver(publish("x"))
		p.Sent = nil
		p.Deliver(opened("c", messages.Out))
		Expect(offer(p, "c")).To(BeNil())
		p.Advance(time.Minute)
		Expect(p.Sent).To(BeEmpty())
	})
})

var _ = Describe("A newcomer", func() {
	It("gets what is fresh, and what comes then, of an origin that it had never heard of", func() {
		p := start(nil, "b")
		s := span(40, 50)
		s.Fresh = 49
		p.Receive("b", have(s))
		Expect(wants(p)).To(Equal([]uint64{49, 50}))
		p.Receive("b", flood(id("z", 9, 51), "51"))
		p.Receive("b", flood(id("z", 9, 50), "50"))
		p.Receive("b", flood(id("z", 9, 49), "49"))
		Expect(payloads(p)).To(Equal([]string{"49", "50", "51"}))
	})

	It("asks who sent it a message that must wait, and delivers it at once when it was told that all before is history", func() {
		p := start(nil, "b")
		p.Receive("b", flood(id("z", 9, 51), "51"))
		p.Sent = nil
		p.Advance(2 * time.Second)
		Expect(p.Sent).NotTo(BeEmpty())
		Expect(p.Sent[0].Message.(*broadcast.Message).GetAsk()).NotTo(BeNil())
		p.Receive("b", have(span(51, 51)))
		Expect(payloads(p)).To(Equal([]string{"51"}))
	})

	It("leaves out what waited and turns out to be history", func() {
		p := start(nil, "b")
		p.Receive("b", after(id("z", 9, 40), "40", id("y", 4, 1)))
		p.Receive("b", have(span(51, 51)))
		p.Receive("b", flood(id("z", 9, 51), "51"))
		p.Advance(time.Minute)
		Expect(payloads(p)).To(Equal([]string{"51"}))
	})
})

var _ = Describe("The order", func() {
	It("is the publisher's own, whatever the network does", func() {
		p := start(nil, "b")
		for _, seq := range []uint64{3, 2, 5, 1, 4, 3} {
			p.Receive("b", flood(id("z", 9, seq), fmt.Sprint(seq)))
		}
		Expect(payloads(p)).To(Equal([]string{"1", "2", "3", "4", "5"}))
	})

	It("puts a message after all that its publisher had delivered", func() {
		p := start(nil, "b")
		p.Receive("b", flood(id("z", 9, 1), "x"))
		p.Receive("b", flood(id("y", 4, 1), "y"))
		p.Sent = nil
		p.Deliver(publish("answer"))
		m := p.Sent[0].Message.(*broadcast.Message).GetFlood()
		Expect(m.GetAfter()).To(HaveLen(2))
		p.Deliver(publish("and more"))
		m = p.Sent[1].Message.(*broadcast.Message).GetFlood()
		Expect(m.GetAfter()).To(BeEmpty(), "the one before says it all")

		q := start(nil, "a")
		for _, s := range []int{1, 0} {
			q.Receive("a", p.Sent[s].Message.(*broadcast.Message))
		}
		q.Receive("a", flood(id("y", 4, 1), "y"))
		Expect(payloads(q)).To(Equal([]string{"y"}))
		q.Receive("a", flood(id("z", 9, 1), "x"))
		Expect(payloads(q)).To(Equal([]string{"y", "x", "answer", "and more"}))
	})

	It("puts a message after those that are named only", func() {
		p := start(nil, "b")
		p.Receive("b", flood(id("z", 9, 1), "x"))
		p.Receive("b", flood(id("y", 4, 1), "y"))
		p.Sent = nil
		x := p.Emitted[0].(broadcast.Delivered)
		p.Deliver(broadcast.Publish{Payload: []byte("answer to x"), After: []broadcast.MessageID{x.ID()}})
		p.Deliver(broadcast.Publish{Payload: []byte("news"), After: []broadcast.MessageID{}})
		Expect(p.Sent[0].Message.(*broadcast.Message).GetFlood().GetAfter()).To(HaveLen(1))
		Expect(p.Sent[1].Message.(*broadcast.Message).GetFlood().GetAfter()).To(BeEmpty())
		p.Deliver(publish("after all of it"))
		Expect(p.Sent[2].Message.(*broadcast.Message).GetFlood().GetAfter()).To(HaveLen(1), "y: x came before the answer to it")
	})

	It("refuses to publish after what was not delivered here", func() {
		p := start(nil, "b")
		p.Deliver(broadcast.Publish{After: []broadcast.MessageID{{Origin: protocoltest.Peer("z"), Epoch: 9, Seq: 1}}})
		Expect(p.Emitted[0].(broadcast.Refused).Err).To(MatchError(broadcast.ErrNotDelivered))
		p.Deliver(broadcast.Publish{After: make([]broadcast.MessageID, 257)})
		Expect(p.Emitted[1].(broadcast.Refused).Err).To(MatchError(messages.ErrTooBig))
		Expect(sentTo(p)).To(BeEmpty())
	})

	It("gives up what nobody has, and delivers what waited for it in order", func() {
		p := start(nil, "b")
		p.Receive("b", flood(id("z", 9, 1), "1"))
		p.Receive("b", after(id("y", 4, 1), "after 4", id("z", 9, 4)))
		p.Receive("b", flood(id("z", 9, 4), "4"))
		p.Receive("b", flood(id("z", 9, 3), "3"))
		p.Advance(25 * time.Second)
		Expect(payloads(p)).To(Equal([]string{"1"}))
		p.Advance(20 * time.Second)
		Expect(payloads(p)).To(Equal([]string{"1", "3", "4", "after 4"}))
		Expect(p.Metrics["gaps"]).To(Equal(1.0))
		p.Receive("b", flood(id("z", 9, 2), "too late"))
		Expect(payloads(p)).To(HaveLen(4))
	})

	It("drops what was given up of others when it comes after all, as it would be out of order", func() {
		p := start(nil, "b")
		p.Receive("b", flood(id("z", 9, 1), "1"))
		p.Receive("b", after(id("y", 4, 1), "after 2 and x", id("z", 9, 2), id("x", 1, 1)))
		p.Advance(time.Minute)
		Expect(p.Metrics["gaps"]).To(Equal(2.0))
		p.Receive("b", flood(id("z", 9, 2), "too late"))
		p.Receive("b", flood(id("x", 1, 1), "too late"))
		p.Receive("b", flood(id("z", 9, 3), "3"))
		Expect(payloads(p)).To(Equal([]string{"1", "after 2 and x", "3"}))
	})
})

var _ = Describe("A congested neighbour", func() {
	It("is passed over, and offered what it missed once it has caught up", func() {
		p := start(nil, "b", "c")
		p.Deliver(messages.Congested{Peer: protocoltest.Peer("b")}, publish("x"))
		Expect(sentTo(p)).To(Equal([]string{"c"}))
		own := epoch(p)
		p.Deliver(messages.Drained{Peer: protocoltest.Peer("b")})
		Expect(p.Sent).To(HaveLen(1))
		Expect(p.Sent[0].Message.(*broadcast.Message).GetHave().GetSpans()).To(HaveLen(1))
		p.Receive("b", want(id("a", own, 1)))
		Expect(sentTo(p)).To(Equal([]string{"b"}))
		p.Deliver(publish("y"))
		Expect(sentTo(p)).To(Equal([]string{"b", "c"}))
	})

	It("is not held for congested after it went down or came back", func() {
		p := start(nil, "b", "c")
		p.Deliver(messages.Congested{Peer: protocoltest.Peer("b")}, closed("b", messages.Out), opened("b", messages.Out))
		p.Deliver(publish("x"))
		Expect(sentTo(p)).To(Equal([]string{"b", "c"}))
	})
})

var _ = Describe("Attacks", func() {
	It("replay: what is older than the IDs that are remembered is not delivered again", func() {
		p := start(func(c *broadcast.Config) { c.Remember = 10 }, "b")
		for seq := range uint64(100) {
			p.Receive("b", flood(id("z", 9, seq+1), "x"))
		}
		for seq := range uint64(100) {
			p.Receive("b", flood(id("z", 9, seq+1), "x"))
		}
		Expect(p.Emitted).To(HaveLen(100))
	})

	It("want flood: a neighbour is sent a message once in a period", func() {
		p := start(nil, "b", "c")
		p.Receive("b", flood(id("z", 9, 1), "x"))
		sentTo(p)
		for range 100 {
			p.Receive("c", want(id("z", 9, 1), id("z", 9, 1)))
		}
		Expect(sentTo(p)).To(Equal([]string{"c"}))
		p.Advance(11 * time.Second)
		p.Receive("c", want(id("z", 9, 1)))
		Expect(sentTo(p)).To(Equal([]string{"c"}))
	})

	It("want flood: what is kept is searched for a neighbour eight times in a period", func() {
		p := start(nil, "b", "c")
		for seq := range uint64(20) {
			p.Receive("b", flood(id("z", 9, seq+1), "x"))
		}
		sentTo(p)
		for seq := range uint64(20) {
			p.Receive("c", want(id("z", 9, seq+1)))
		}
		Expect(sentTo(p)).To(HaveLen(8))
		Expect(p.Metrics["not_sent"]).To(Equal(12.0))
	})

	It("ask flood: a neighbour is answered eight times in a period", func() {
		p := start(nil, "b", "c")
		p.Receive("b", flood(id("z", 9, 1), "x"))
		p.Sent = nil
		for range 100 {
			p.Receive("c", ask(1))
		}
		Expect(p.Sent).To(HaveLen(8))
	})

	It("memory: what is kept for others is bounded in number and bytes", func() {
		p := start(func(c *broadcast.Config) { c.Keep = 1000 }, "b")
		for seq := range uint64(3000) {
			p.Receive("b", flood(id("z", 9, seq+1), "0123456789"))
		}
		s := offer(p, "c")[0]
		Expect(s.GetLast() - s.GetFirst() + 1).To(Equal(uint64(100)))

		p = start(nil, "b")
		for seq := range uint64(6000) {
			p.Receive("b", flood(id("z", 9, seq+1), ""))
		}
		s = offer(p, "c")[0]
		Expect(s.GetLast() - s.GetFirst() + 1).To(Equal(uint64(4096)))
	})

	It("memory: what waits is bounded in number and bytes, and what does not fit goes no further", func() {
		p := start(nil, "b", "c")
		for seq := range uint64(3000) {
			p.Receive("b", flood(id("z", 9, seq+2), ""))
		}
		Expect(p.Metrics["waited"]).To(Equal(1024.0))
		Expect(p.Metrics["dropped"]).To(Equal(3000.0 - 1024))
		Expect(sentTo(p)).To(HaveLen(1024))

		p = start(func(c *broadcast.Config) { c.Keep = 1000 }, "b")
		for seq := range uint64(300) {
			p.Receive("b", flood(id("z", 9, seq+2), "0123456789"))
		}
		Expect(p.Metrics["waited"]).To(Equal(100.0))
	})

	It("memory: of Remember origins is known how far they have come, and Have tells of 1,024 at most", func() {
		p := start(func(c *broadcast.Config) { c.Remember = 2000 }, "b")
		for epoch := range uint64(5000) {
			p.Receive("b", flood(id("z", epoch, 1), ""))
		}
		Expect(offer(p, "c")).To(HaveLen(1024))
		p.Emitted = nil
		for epoch := range uint64(2000) {
			p.Receive("b", flood(id("z", 3000+epoch, 1), ""))
		}
		Expect(p.Emitted).To(BeEmpty())
	})

	It("highest sequence number: what a peer has can still be told to others", func() {
		p := start(nil, "b")
		p.Receive("b", flood(id("y", 4, math.MaxUint64), "x"))
		p.Receive("b", flood(id("z", 9, 1<<62), "y"))
		p.Advance(time.Minute)
		Expect(payloads(p)).To(Equal([]string{"y"}))
		q := start(nil, "a")
		q.Receive("a", have(offer(p, "c")...))
		Expect(q.Metrics["ignored"]).To(BeZero())
	})

	It("invented origins: offers of them do not make a peer forget those it has heard", func() {
		p := start(func(c *broadcast.Config) { c.Remember, c.Keep = 50, 0 }, "b")
		for i := range 40 {
			p.Receive("b", flood(id(fmt.Sprint("y", i), 4, 1), "x"))
		}
		for round := range 10 {
			var spans []*broadcast.Span
			for i := range uint64(1000) {
				s := span(8, 8)
				s.Epoch = uint64(round)*1000 + i
				spans = append(spans, s)
			}
			p.Receive("c", have(spans...))
		}
		p.Emitted = nil
		for i := range 40 {
			p.Receive("b", flood(id(fmt.Sprint("y", i), 4, 1), "again"))
			p.Receive("b", flood(id(fmt.Sprint("y", i), 4, 2), "next"))
		}
		Expect(p.Emitted).To(HaveLen(40))
		Expect(payloads(p)).To(HaveEach("next"))
	})

	It("new origins: what is kept is not delivered again, though its origin was forgotten", func() {
		p := start(func(c *broadcast.Config) { c.Remember = 2 }, "b")
		p.Receive("b", flood(id("z", 9, 1), "z"))
		for i := range 5 {
			p.Receive("b", flood(id(fmt.Sprint("y", i), 4, 1), "y"))
		}
		p.Receive("b", flood(id("z", 9, 1), "z"))
		p.Receive("b", have(span(1, 1)))
		Expect(wants(p)).To(BeEmpty())
		p.Receive("b", flood(id("z", 9, 2), "z"))
		Expect(payloads(p)).To(Equal([]string{"z", "y", "y", "y", "y", "y", "z"}))
	})

	It("full queue of lies: each is looked at a few times, not at every delivery", func() {
		var handler protocols.Handler
		lied := protocol(nil)
		lied.New = func() protocols.Handler {
			handler = protocol(nil).New()
			return handler
		}
		p := protocoltest.NewPort("a", lied, 1)
		p.Quiet = true
		p.Deliver(messages.Started{}, opened("b", messages.Out))
		never := make([]*broadcast.ID, 256)
		for i := range uint64(1024) {
			for j := range never {
				// Some wait here for each other in a circle, and the others never
				// come.
				never[j] = id("y", (i*7+uint64(j)*13)%2048, 1)
			}
			p.Receive("b", after(id("y", i, 1), "y", never...))
		}
		Expect(p.Metrics["waited"]).To(Equal(1024.0))
		for i := range uint64(5000) {
			p.Receive("b", flood(id("z", 9, i+1), "z"))
		}
		Expect(p.Emitted).To(HaveLen(5000))
		p.Advance(time.Minute)
		Expect(p.Metrics["delivered"]).To(BeNumerically("<=", 5000+1024))
		p.Receive("b", flood(id("z", 9, 5001), "z"))
		p.Receive("b", flood(id("x", 1, 2), "x"))
		Expect(p.Metrics["waited"]).To(Equal(1025.0), "there is room again")
		Expect(broadcast.Queued(handler)).To(Equal(3), "of x alone")
	})

	It("circle of messages that wait for each other: they are delivered once, when patience ends", func() {
		p := start(nil, "b")
		p.Receive("b", after(id("y", 4, 1), "y", id("z", 9, 1)))
		p.Receive("b", after(id("z", 9, 1), "z", id("y", 4, 1)))
		p.Receive("b", after(id("x", 1, 1), "x", id("x", 1, 1)))
		p.Advance(time.Minute)
		Expect(payloads(p)).To(ConsistOf("x", "y", "z"))
	})

	It("sequence numbers from nowhere: those beyond what anybody publishes are ignored", func() {
		p := start(nil, "b")
		p.Receive("b", flood(id("z", 9, 1), "x"))
		p.Receive("b", flood(id("z", 9, 1<<40), "y"))
		p.Receive("b", have(span(1<<40, 1<<40)))
		p.Advance(time.Minute)
		p.Receive("b", flood(id("z", 9, 2), "z"))
		Expect(payloads(p)).To(Equal([]string{"x", "z"}))
		Expect(wants(p)).To(BeEmpty())
	})

	It("offer of what it never sends: what is published goes on", func() {
		p := start(nil, "b")
		for range 50 {
			p.Receive("b", have(span(1, 1<<62)))
			p.Advance(10 * time.Second)
		}
		Expect(wants(p)).To(HaveLen(2 * 50))
		p.Receive("b", flood(id("z", 9, 1), "x"))
		Expect(payloads(p)).To(Equal([]string{"x"}))
	})

	It("garbage: it is counted and changes nothing", func() {
		p := start(func(c *broadcast.Config) { c.MaxPayload = 4 }, "b", "c")
		p.Sent = nil
		many := make([]*broadcast.ID, 1025)
		for i := range many {
			many[i] = id("z", 1, uint64(i+1))
		}
		spans := make([]*broadcast.Span, 1025)
		for i := range spans {
			spans[i] = span(1, 1)
		}
		stale := span(3, 5)
		stale.Fresh = 2
		zero := flood(id("z", 1, 1), "x")
		zero.GetFlood().Hops = 0
		garbage := []*broadcast.Message{
			{},
			flood(nil, "x"), flood(id("z", 1, 0), "x"), flood(&broadcast.ID{Origin: []byte("short"), Seq: 1}, "x"),
			flood(id("z", 1, 1), "12345"), zero, want(many...), want(nil),
			after(id("z", 1, 1), "x", many[:257]...), after(id("z", 1, 1), "x", nil),
			have(spans...), have(nil), have(span(0, 1)), have(span(3, 1)), have(stale),
		}
		for _, m := range garbage {
			p.Receive("b", m)
		}
		Expect(p.Metrics["ignored"]).To(Equal(float64(len(garbage))))
		Expect(p.Emitted).To(BeEmpty())
		Expect(p.Sent).To(BeEmpty())
	})
})

var _ = DescribeTable("A configuration that is refused, naming field and rule",
	func(rule string, change func(*broadcast.Config)) {
		c := broadcast.DefaultConfig()
		change(&c)
		_, err := broadcast.New(c)
		Expect(err).To(MatchError(ContainSubstring(rule)))
	},
	Entry(nil, `Name "A" must be 1 to 32 of`, func(c *broadcast.Config) { c.Name = "A" }),
	Entry(nil, `Over "broadcast" must be the name of another protocol`, func(c *broadcast.Config) { c.Over = c.Name }),
	Entry(nil, `Over "" must`, func(c *broadcast.Config) { c.Over = "" }),
	Entry(nil, "MaxPayload is 0, must be between 1 and 1048576", func(c *broadcast.Config) { c.MaxPayload = 0 }),
	Entry(nil, "MaxPayload is 1048577, must", func(c *broadcast.Config) { c.MaxPayload = 1<<20 + 1 }),
	Entry(nil, "Remember is 0, must be above 0", func(c *broadcast.Config) { c.Remember = 0 }),
	Entry(nil, "Period is 0s, must be above 0 and at most 1000h0m0s", func(c *broadcast.Config) { c.Period = 0 }),
	Entry(nil, "Period is 2562047h47m16.854775807s, must", func(c *broadcast.Config) { c.Period = math.MaxInt64 }),
	Entry(nil, "Patience is 0s, must be above 0 and at most 1000h0m0s", func(c *broadcast.Config) { c.Patience = 0 }),
	Entry(nil, "Patience is 1001h0m0s, must", func(c *broadcast.Config) { c.Patience = 1001 * time.Hour }),
	Entry(nil, "Window is -1ns, must be between 0 and 1000h0m0s", func(c *broadcast.Config) { c.Window = -1 }),
	Entry(nil, "Window is 1001h0m0s, must", func(c *broadcast.Config) { c.Window = 1001 * time.Hour }),
	Entry(nil, "History is -1ns, must be between 0 and Window, 10m0s", func(c *broadcast.Config) { c.History = -1 }),
	Entry(nil, "History is 10m0.000000001s, must", func(c *broadcast.Config) { c.History = c.Window + 1 }),
	Entry(nil, "Keep is -1, must be at least 0", func(c *broadcast.Config) { c.Keep = -1 }),
)

// floods publishes messages over a Spray overlay whose arcs move all the time,
// while some peers crash. It returns how many deliveries to the others were missing
// and how many were too many.
func floods(t *testing.T, seed uint64, crashes int, flooding protocols.Protocol) (missed, surplus int, metrics map[string]float64) {
	t.Helper()
	config := spray.DefaultConfig()
	config.A, config.Period = 1.5, 150*time.Millisecond
	overlay, err := spray.New(config)
	if err != nil {
		t.Fatal(err)
	}
	n, r := protocoltest.NewNetwork(seed), rand.New(rand.NewPCG(seed, 5))
	got := map[string]int{}
	n.OnEmit = func(peer messages.PeerID, _ string, event any) {
		if e, ok := event.(broadcast.Delivered); ok {
			got[fmt.Sprint(protocoltest.Name(peer), " ", protocoltest.Name(e.Origin), " ", string(e.Payload))]++
		}
	}
	// Hops take as long as arcs last, and there are few arcs.
	n.Fastest, n.Slowest = 0, 400*time.Millisecond
	const size, published = 40, 50
	for i := range size {
		n.Add(protocoltest.Peer(fmt.Sprintf("p%02d", i)), overlay, flooding)
	}
	n.Run(15 * time.Second)
	peers := n.Peers()
	r.Shuffle(size, func(i, j int) { peers[i], peers[j] = peers[j], peers[i] })
	last := peers[crashes:]
	var expected []string
	for i := range published {
		if i < crashes {
			n.Crash(peers[i])
		}
		origin := last[r.IntN(len(last))]
		n.Tell(origin, "broadcast", broadcast.Publish{Payload: fmt.Append(nil, i)})
		for _, peer := range last {
			expected = append(expected, fmt.Sprint(protocoltest.Name(peer), " ", protocoltest.Name(origin), " ", i))
		}
		n.Run(time.Duration(r.IntN(50)) * time.Millisecond)
	}
	n.Run(30 * time.Second)
	n.Settle()
	if n.Components("spray") != 1 {
		t.Logf("seed %d: the overlay fell apart", seed)
		return 0, 0, n.Metrics
	}
	for _, delivery := range expected {
		switch c := got[delivery]; {
		case c == 0:
			missed++
		case c > 1:
			surplus++
		}
	}
	return missed, surplus, n.Metrics
}

// Every peer gets every message once, although arcs move all the time.
func TestExactlyOnceOverMovingArcs(t *testing.T) {
	for seed := range uint64(10) {
		missed, surplus, metrics := floods(t, seed, 0, protocol(nil))
		if missed+surplus > 0 {
			t.Errorf("seed %d: %d deliveries missed, %d too many", seed, missed, surplus)
		}
		if metrics["spray.arcs_moved"] < 1000 {
			t.Errorf("seed %d: arcs hardly moved", seed)
		}
	}
}

// Peers that were cut off by crashes get the messages that they missed from their
// new neighbours.
func TestExactlyOnceThroughCrashes(t *testing.T) {
	repaired, missedWithout := 0.0, 0
	for seed := range uint64(10) {
		window := func(d time.Duration) protocols.Protocol {
			return protocol(func(c *broadcast.Config) { c.Window, c.History = d, min(d, c.History) })
		}
		missed, surplus, metrics := floods(t, seed, 12, window(time.Minute))
		if missed+surplus > 0 {
			t.Errorf("seed %d: %d deliveries missed, %d too many", seed, missed, surplus)
		}
		repaired += metrics["broadcast.repaired"]
		missed, surplus, _ = floods(t, seed, 12, window(0))
		if surplus > 0 {
			t.Errorf("seed %d: %d deliveries too many", seed, surplus)
		}
		missedWithout += missed
	}
	t.Logf("%v messages were sent on demand; without, %d of 14000 deliveries are missed", repaired, missedWithout)
	if missedWithout == 0 {
		t.Error("nobody was cut off: the test shows nothing")
	}
}

// FuzzReceived checks that no message makes the handler panic, and that all it
// passes on is valid.
func FuzzReceived(f *testing.F) {
	for _, m := range []*broadcast.Message{flood(id("z", 9, 1), "x"), have(span(1, 1)), want(id("z", 9, 1)), ask(3), after(id("z", 9, 2), "x", id("y", 4, 1)), {}} {
		b, err := proto.Marshal(m)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		m := &broadcast.Message{}
		if proto.Unmarshal(b, m) != nil {
			return
		}
		p := start(nil, "b", "c")
		p.Receive("b", m)
		p.Receive("b", m)
		if len(p.Emitted) > 1 {
			t.Errorf("delivered %d times", len(p.Emitted))
		}
	})
}

func BenchmarkFlood(b *testing.B) {
	p := protocoltest.NewBench(protocol(nil), 1)
	for i := range 10 {
		p.Handle(messages.Seen{Protocol: "spray", Event: messages.ArcOpened{Peer: protocoltest.Peer(fmt.Sprint(i)), Dir: messages.Out}})
	}
	payload := bytes.Repeat([]byte("x"), 100)
	from := protocoltest.Peer("0")
	b.ReportAllocs()
	for i := range b.N {
		p.Handle(messages.Received{From: from, Message: &broadcast.Message{Body: &broadcast.Message_Flood{Flood: &broadcast.Flood{
			Id: id("z", 9, uint64(i+1)), Hops: 1, Payload: payload,
		}}}})
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
}

func BenchmarkDuplicate(b *testing.B) {
	p := protocoltest.NewBench(protocol(nil), 1)
	event := messages.Received{From: protocoltest.Peer("0"), Message: flood(id("z", 9, 1), "x")}
	b.ReportAllocs()
	for range b.N {
		p.Handle(event)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
}
