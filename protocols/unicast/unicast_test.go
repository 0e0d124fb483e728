//go:build !js

package unicast_test

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"google.golang.org/protobuf/proto"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
	"github.com/n2n-overlay/n2n/protocols/protocoltest"
	"github.com/n2n-overlay/n2n/protocols/unicast"
)

func TestUnicast(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "Unicast")
}

func protocol(change func(*unicast.Config)) protocols.Protocol {
	config := unicast.DefaultConfig()
	if change != nil {
		change(&config)
	}
	p, err := unicast.New(config)
	if err != nil {
		panic(err)
	}
	return p
}

// start returns a peer a with neighbors.
func start(change func(*unicast.Config), neighbors ...string) *protocoltest.Port {
	p := protocoltest.NewPort("a", protocol(change), 1)
	p.Quiet = true
	p.Deliver(messages.Started{})
	for _, peer := range neighbors {
		p.Deliver(messages.Seen{Protocol: "spray", Event: messages.ArcOpened{Peer: protocoltest.Peer(peer), Dir: messages.Out}})
	}
	return p
}

func told(event any) messages.Told { return messages.Told{Event: event} }

func ask(id uint64, to string) messages.Told {
	return told(unicast.Request{ID: id, To: protocoltest.Peer(to), Payload: []byte("?")})
}

func note(payload string) *unicast.Message {
	return &unicast.Message{Body: &unicast.Message_Note{Note: &unicast.Note{Payload: []byte(payload)}}}
}

func question(id uint64, payload string) *unicast.Message {
	return &unicast.Message{Body: &unicast.Message_Question{Question: &unicast.Question{Id: id, WithinMs: 5000, Payload: []byte(payload)}}}
}

func answer(id uint64, payload string) *unicast.Message {
	return &unicast.Message{Body: &unicast.Message_Answer{Answer: &unicast.Answer{Id: id, Payload: []byte(payload)}}}
}

func rejection(id uint64, reason unicast.Reason, text string) *unicast.Message {
	return &unicast.Message{Body: &unicast.Message_Rejection{Rejection: &unicast.Rejection{Id: id, Reason: reason, Text: text}}}
}

// asked returns the id on the wire of the last question.
func asked(p *protocoltest.Port) uint64 {
	for i := len(p.Sent) - 1; i >= 0; i-- {
		if q := p.Sent[i].Message.(*unicast.Message).GetQuestion(); q != nil {
			return q.GetId()
		}
	}
	Fail("no question was sent")
	return 0
}

// last returns the last emitted event.
func last(p *protocoltest.Port) any {
	Expect(p.Emitted).NotTo(BeEmpty())
	return p.Emitted[len(p.Emitted)-1]
}

// failure expects the last event to be a Failed with a code.
func failure(p *protocoltest.Port, what string, id uint64, code messages.Code) {
	GinkgoHelper()
	f, ok := last(p).(unicast.Failed)
	Expect(ok).To(BeTrue(), "the last event is %#v", last(p))
	Expect(f.What).To(Equal(what))
	Expect(f.ID).To(Equal(id))
	Expect(f.Err).To(MatchError(code))
}

var _ = Describe("Unicast, as a transcript", func() {
	It("sends, asks and is answered", func() {
		p := start(nil, "b", "c")
		p.Deliver(told(unicast.Send{ID: 1, To: protocoltest.Peer("b"), Payload: []byte("hello")}))
		p.Receive("b", note("hello back"))
		p.Deliver(ask(2, "b"))
		p.Receive("b", answer(asked(p), "!"))
		p.Note("another protocol of this peer asks, and is told")
		p.Deliver(messages.Told{From: "chat", Event: unicast.Request{ID: 3, To: protocoltest.Peer("c"), Payload: []byte("?"), Within: time.Second}})
		p.Receive("c", rejection(asked(p), unicast.Reason_REASON_INVALID, "what?"))
		p.Deliver(ask(4, "c"))
		p.Advance(10 * time.Second)
		p.Deliver(told(unicast.Multicast{ID: 5, Payload: []byte("all")}))
		p.Deliver(told(unicast.Multicast{ID: 6, To: []messages.PeerID{protocoltest.Peer("x")}, Payload: []byte("one")}))
		p.Deliver(messages.Failed{Ticket: p.Sent[len(p.Sent)-1].Ticket, Op: messages.OpSend, Peer: protocoltest.Peer("x"), Err: messages.ErrNotNeighbor})
		protocoltest.Golden(GinkgoT(), "ask", p.Transcript())
	})

	It("is asked, answers and rejects", func() {
		p := start(nil, "b")
		p.Receive("b", question(7, "1+1"))
		p.Deliver(told(unicast.Reply{To: protocoltest.Peer("b"), ID: 7, Payload: []byte("2")}))
		p.Receive("b", question(8, "1/0"))
		p.Deliver(told(unicast.Reject{To: protocoltest.Peer("b"), ID: 8, Reason: unicast.Reason_REASON_INVALID, Text: "by nothing"}))
		p.Receive("b", question(9, "slow"))
		p.Advance(5 * time.Second)
		p.Deliver(told(unicast.Reply{To: protocoltest.Peer("b"), ID: 9, Payload: []byte("late")}))
		protocoltest.Golden(GinkgoT(), "serve", p.Transcript())
	})
})

var _ = Describe("A request", func() {
	It("fails at once when it cannot leave, when the peer goes down or does not run the protocol", func() {
		p := start(nil, "b", "c")
		p.Deliver(ask(1, "b"))
		p.Deliver(messages.Failed{Ticket: p.Sent[0].Ticket, Op: messages.OpSend, Peer: protocoltest.Peer("b"), Err: messages.ErrNotNeighbor})
		failure(p, "request", 1, messages.ErrNotNeighbor)
		p.Deliver(ask(2, "b"), ask(3, "c"))
		p.Deliver(messages.Seen{Protocol: "spray", Event: messages.PeerDown{Peer: protocoltest.Peer("b"), Out: 1, Cause: messages.CauseCrashed}})
		failure(p, "request", 2, messages.ErrClosed)
		p.Deliver(messages.Failed{Op: messages.OpSend, Peer: protocoltest.Peer("c"), Err: messages.ErrNoProtocol})
		failure(p, "request", 3, messages.ErrNoProtocol)
		p.Advance(time.Minute)
		Expect(p.Emitted).To(HaveLen(3))
	})

	It("ends once, whatever comes afterwards", func() {
		p := start(nil, "b")
		p.Deliver(ask(1, "b"))
		id := asked(p)
		p.Receive("b", answer(id, "yes"))
		p.Receive("b", answer(id, "no"))
		p.Receive("b", rejection(id, unicast.Reason_REASON_REFUSED, ""))
		p.Advance(time.Minute)
		Expect(p.Emitted).To(Equal([]any{unicast.Answered{ID: 1, From: protocoltest.Peer("b"), Payload: []byte("yes")}}))
		Expect(p.Metrics["late"]).To(Equal(2.0))
	})

	It("that ends when the peer leaves is told, on both sides", func() {
		p := start(nil, "b")
		p.Deliver(ask(1, "b"))
		p.Receive("b", question(9, "?"))
		p.Deliver(messages.Leaving{Deadline: p.Now().Add(time.Second)})
		failure(p, "request", 1, messages.ErrClosed)
		Expect(p.Sent[1].Message.(*unicast.Message).GetRejection().GetId()).To(Equal(uint64(9)))
		Expect(p.Stopped).To(BeTrue())
	})

	DescribeTable("is refused before it leaves", func(change func(*unicast.Request), code messages.Code) {
		p := start(func(c *unicast.Config) { c.MaxPayload = 4 }, "b")
		r := unicast.Request{ID: 1, To: protocoltest.Peer("b")}
		change(&r)
		p.Deliver(told(r))
		failure(p, "request", 1, code)
		Expect(p.Sent).To(BeEmpty())
	},
		Entry("too big", func(r *unicast.Request) { r.Payload = []byte("12345") }, messages.ErrTooBig),
		Entry("to wait too long", func(r *unicast.Request) { r.Within = 61 * time.Second }, messages.ErrRefused),
		Entry("to wait for a negative time", func(r *unicast.Request) { r.Within = -1 }, messages.ErrRefused),
	)
})

var _ = Describe("A multicast", func() {
	It("reaches each of its targets once, and without any all neighbours", func() {
		p := start(nil, "b", "c", "d")
		b, c := protocoltest.Peer("b"), protocoltest.Peer("c")
		p.Deliver(told(unicast.Multicast{To: []messages.PeerID{c, b, c}, Payload: []byte("x")}))
		Expect(p.Sent).To(HaveLen(2))
		p.Deliver(unicast.Multicast{Payload: []byte("x")})
		Expect(p.Sent).To(HaveLen(5))
		p.Deliver(told(unicast.Multicast{To: []messages.PeerID{}, Payload: []byte("x")}))
		Expect(p.Sent).To(HaveLen(5))
		p.Deliver(told(unicast.Multicast{ID: 9, To: make([]messages.PeerID, 1025)}))
		failure(p, "multicast", 9, messages.ErrTooBig)
	})
})

var _ = Describe("A congested neighbour", func() {
	It("is sent nothing until it has caught up", func() {
		p := start(nil, "b", "c")
		p.Deliver(messages.Congested{Peer: protocoltest.Peer("b")}, ask(1, "b"))
		failure(p, "request", 1, messages.ErrFull)
		p.Deliver(told(unicast.Multicast{ID: 2, Payload: []byte("x")}))
		failure(p, "multicast", 2, messages.ErrFull)
		Expect(p.Sent).To(HaveLen(1))
		p.Receive("b", question(3, "?"))
		p.Deliver(told(unicast.Reply{To: protocoltest.Peer("b"), ID: 3}))
		failure(p, "reply", 3, messages.ErrFull)
		p.Deliver(messages.Drained{Peer: protocoltest.Peer("b")}, told(unicast.Reply{To: protocoltest.Peer("b"), ID: 3}))
		Expect(p.Sent).To(HaveLen(2), "the same reply can be given again")
	})
})

var _ = Describe("Attacks", func() {
	It("forged answers: only the peer that was asked can answer", func() {
		p := start(nil, "b", "c")
		p.Deliver(ask(1, "b"))
		p.Receive("c", answer(asked(p), "forged"))
		p.Receive("c", rejection(asked(p), unicast.Reason_REASON_REFUSED, ""))
		p.Receive("b", answer(asked(p)+1, "guessed"))
		Expect(p.Emitted).To(BeEmpty())
		Expect(p.Metrics["late"]).To(Equal(3.0))
		p.Receive("b", answer(asked(p), "true"))
		Expect(p.Emitted).To(HaveLen(1))
	})

	It("question flood: a neighbour has a quarter of the places, and keeps none for longer than MaxDeadline", func() {
		p := start(func(c *unicast.Config) { c.MaxRequests, c.MaxDeadline = 8, 20*time.Second }, "b", "c", "d", "e", "f")
		long := func(id uint64) *unicast.Message {
			m := question(id, "?")
			m.GetQuestion().WithinMs = 1 << 31
			return m
		}
		for i := range uint64(100) {
			m := long(i + 1)
			p.Receive("b", m)
			p.Receive("b", m) // a repeated one is ignored
		}
		Expect(p.Emitted).To(HaveLen(2))
		for _, peer := range []string{"c", "d", "e", "f"} {
			p.Receive(peer, long(1))
			p.Receive(peer, long(2))
		}
		Expect(p.Emitted).To(HaveLen(8))
		Expect(p.Sent[len(p.Sent)-1].Message.(*unicast.Message).GetRejection().GetReason()).To(Equal(unicast.Reason_REASON_FULL))
		p.Advance(20 * time.Second)
		p.Receive("f", question(3, "?"))
		Expect(p.Emitted).To(HaveLen(9))
	})

	It("peers that never answer: requests are bounded, and end", func() {
		p := start(func(c *unicast.Config) { c.MaxRequests = 8 }, "b")
		for i := range uint64(20) {
			p.Deliver(ask(i+1, "b"))
		}
		Expect(p.Sent).To(HaveLen(8))
		failure(p, "request", 20, messages.ErrFull)
		p.Advance(10 * time.Second)
		Expect(p.Emitted).To(HaveLen(20))
		failure(p, "request", 8, messages.ErrTimeout)
		p.Deliver(ask(21, "b"))
		Expect(p.Sent).To(HaveLen(9))
	})

	It("garbage: it is counted and changes nothing", func() {
		p := start(func(c *unicast.Config) { c.MaxPayload = 4 }, "b")
		p.Deliver(ask(1, "b"))
		id := asked(p)
		never := question(5, "?")
		never.GetQuestion().WithinMs = 0
		garbage := []*unicast.Message{
			{},
			note("12345"), question(0, "?"), question(1, "12345"), never, answer(0, ""), answer(id, "12345"),
			rejection(id, 0, ""), rejection(id, 4, ""), rejection(id, -1, ""),
			rejection(id, unicast.Reason_REASON_FULL, string(bytes.Repeat([]byte("x"), 257))),
		}
		for _, m := range garbage {
			p.Receive("b", m)
		}
		Expect(p.Metrics["ignored"]).To(Equal(float64(len(garbage))))
		Expect(p.Emitted).To(BeEmpty())
		Expect(p.Sent).To(HaveLen(1))
	})

	It("replies of ours that nobody waits for, or that cannot be sent", func() {
		p := start(func(c *unicast.Config) { c.MaxPayload = 4 }, "b", "c")
		b := protocoltest.Peer("b")
		p.Deliver(told(unicast.Reply{To: b, ID: 1}))
		failure(p, "reply", 1, messages.ErrExpired)
		p.Receive("b", question(1, "?"))
		p.Deliver(told(unicast.Reply{To: protocoltest.Peer("c"), ID: 1}))
		failure(p, "reply", 1, messages.ErrExpired)
		p.Deliver(told(unicast.Reply{To: b, ID: 1, Payload: []byte("12345")}))
		failure(p, "reply", 1, messages.ErrTooBig)
		p.Deliver(told(unicast.Reject{To: b, ID: 1}))
		failure(p, "reject", 1, messages.ErrRefused)
		p.Deliver(told(unicast.Reject{To: b, ID: 1, Reason: unicast.Reason_REASON_FULL, Text: string(make([]byte, 300))}))
		failure(p, "reject", 1, messages.ErrTooBig)
		p.Deliver(told(unicast.Reject{To: b, ID: 1, Reason: unicast.Reason_REASON_FULL, Text: "\xff"}))
		Expect(p.Sent).To(HaveLen(1))
		p.Deliver(told(unicast.Reply{To: b, ID: 1}))
		failure(p, "reply", 1, messages.ErrExpired)
	})

	It("memory: of what was sent, the last 1,024 are remembered", func() {
		p := start(nil, "b")
		for i := range uint64(3000) {
			p.Deliver(told(unicast.Send{ID: i + 1, To: protocoltest.Peer("b")}))
		}
		fail := func(i int) {
			p.Deliver(messages.Failed{Ticket: p.Sent[i].Ticket, Op: messages.OpSend, Peer: protocoltest.Peer("b"), Err: messages.ErrClosed})
		}
		fail(2999)
		failure(p, "send", 3000, messages.ErrClosed)
		fail(3000 - 1024)
		failure(p, "send", 3000-1023, messages.ErrClosed)
		fail(3000 - 1025)
		failure(p, "", 0, messages.ErrClosed)
	})
})

var _ = DescribeTable("A configuration that is refused, naming field and rule",
	func(rule string, change func(*unicast.Config)) {
		c := unicast.DefaultConfig()
		change(&c)
		_, err := unicast.New(c)
		Expect(err).To(MatchError(ContainSubstring(rule)))
	},
	Entry(nil, "Name", func(c *unicast.Config) { c.Name = "A" }),
	Entry(nil, "Over", func(c *unicast.Config) { c.Over = c.Name }),
	Entry(nil, "MaxPayload is 0", func(c *unicast.Config) { c.MaxPayload = 0 }),
	Entry(nil, "MaxPayload is 1048577", func(c *unicast.Config) { c.MaxPayload = 1<<20 + 1 }),
	Entry(nil, "MaxRequests is 0", func(c *unicast.Config) { c.MaxRequests = 0 }),
	Entry(nil, "Deadline is 0s", func(c *unicast.Config) { c.Deadline = 0 }),
	Entry(nil, "Deadline is 2m0s, must be between 1ms and MaxDeadline", func(c *unicast.Config) { c.Deadline = 2 * time.Minute }),
	Entry(nil, "MaxDeadline is 2h0m0s", func(c *unicast.Config) { c.MaxDeadline = 2 * time.Hour }),
)

// FuzzReceived checks that no message makes the handler panic, and that only an
// answered request ends.
func FuzzReceived(f *testing.F) {
	for _, m := range []*unicast.Message{{}, note("x"), question(1, "?"), answer(1, "!"), rejection(1, 1, "no")} {
		b, err := proto.Marshal(m)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		m := &unicast.Message{}
		if proto.Unmarshal(b, m) != nil {
			return
		}
		p := start(nil, "b")
		p.Deliver(ask(1, "c"))
		p.Receive("b", m)
		p.Receive("b", m)
		for _, event := range p.Emitted {
			if _, ok := event.(unicast.Answered); ok {
				t.Error("answered by another peer")
			}
		}
	})
}

// BenchmarkRequest measures a request and its answer, on the side that asks.
func BenchmarkRequest(b *testing.B) { benchmark(b, true) }

// BenchmarkServe measures a question and the reply, on the side that is asked.
func BenchmarkServe(b *testing.B) { benchmark(b, false) }

func benchmark(b *testing.B, asks bool) {
	p := protocoltest.NewBench(protocol(nil), 1)
	payload := bytes.Repeat([]byte("x"), 100)
	from, id := protocoltest.Peer("b"), uint64(0)
	p.Sent = func(m proto.Message) { id = m.(*unicast.Message).GetQuestion().GetId() }
	b.ReportAllocs()
	for i := range b.N {
		if asks {
			p.Handle(messages.Told{Event: unicast.Request{ID: 1, To: from, Payload: payload}})
			p.Handle(messages.Received{From: from, Message: answer(id, "!")})
		} else {
			p.Handle(messages.Received{From: from, Message: question(uint64(i+1), "?")})
			p.Handle(messages.Told{Event: unicast.Reply{To: from, ID: uint64(i + 1), Payload: payload}})
		}
	}
	b.ReportMetric(2*float64(b.N)/b.Elapsed().Seconds(), "events/s")
}

// Every request ends exactly once, even if peers crash, leave and hang.
func TestRequestsEndOnce(t *testing.T) {
	for seed := range uint64(10) {
		n := protocoltest.NewNetwork(seed)
		passive := protocols.Protocol{Name: "spray", New: func() protocols.Handler { return ring{} }}
		ended, replied := map[string]int{}, 0
		n.OnEmit = func(peer messages.PeerID, _ string, event any) {
			switch e := event.(type) {
			case unicast.Requested:
				n.Tell(peer, "unicast", unicast.Reply{To: e.From, ID: e.ID, Payload: e.Payload})
			case unicast.Answered:
				replied++
				ended[fmt.Sprint(protocoltest.Name(peer), e.ID)]++
			case unicast.Failed:
				ended[fmt.Sprint(protocoltest.Name(peer), e.ID)]++
			}
		}
		for i := range 10 {
			n.Add(protocoltest.Peer(fmt.Sprintf("p%d", i)), passive, protocol(nil))
			n.Run(time.Second)
		}
		peers := n.Peers()
		made := 0
		for i := range uint64(200) {
			switch i {
			case 50:
				n.Crash(peers[9])
			case 90:
				n.Silence(peers[8])
			case 120:
				n.Leave(peers[7])
			}
			made++
			n.Tell(peers[i%6], "unicast", unicast.Request{ID: i + 1, To: peers[(i/6)%10], Payload: []byte("x")})
			n.Run(30 * time.Millisecond)
		}
		n.Run(time.Minute)
		if len(ended) != made || replied < made/4 {
			t.Errorf("seed %d: of %d requests %d have ended, %d with an answer", seed, made, len(ended), replied)
		}
		for request, times := range ended {
			if times != 1 {
				t.Errorf("seed %d: %s ended %d times", seed, request, times)
			}
		}
	}
}

// ring opens arcs to some members.
type ring struct{}

func (ring) Handle(port protocols.Port, event any) {
	switch e := event.(type) {
	case messages.Started:
		port.Contacts(8)
	case messages.Contacts:
		for _, peer := range e.Peers {
			port.Open(peer)
		}
	}
}
