package broadcast_test

import (
	"bytes"
	"fmt"
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

// start returns a peer a with neighbors, the first ones in its outview.
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

func have(ids ...*broadcast.ID) *broadcast.Message {
	return &broadcast.Message{Body: &broadcast.Message_Have{Have: &broadcast.Have{Ids: ids}}}
}

func want(ids ...*broadcast.ID) *broadcast.Message {
	return &broadcast.Message{Body: &broadcast.Message_Want{Want: &broadcast.Want{Ids: ids}}}
}

func publish(payload string) messages.Told {
	return messages.Told{Event: broadcast.Publish{Payload: []byte(payload)}}
}

// sentTo lists the names of those who were sent floods, and forgets what was sent.
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
		p.Note("e is new: it is offered both, and lacks one")
		p.Deliver(opened("e", messages.In))
		p.Receive("e", want(id("z", 9, 1)))
		p.Note("and has one that is new here")
		p.Receive("e", have(id("z", 9, 1), id("y", 4, 7)))
		p.Receive("e", flood(id("y", 4, 7), "missed"))
		protocoltest.Golden(GinkgoT(), "broadcast", p.Transcript())
	})

	It("is delivered where it was published, with no hop, and sent to all neighbours", func() {
		p := start(nil, "b", "c", "d")
		p.Deliver(broadcast.Publish{Payload: []byte("x")}, publish("y"))
		Expect(p.Emitted).To(Equal([]any{
			broadcast.Delivered{Origin: protocoltest.Peer("a"), Seq: 1, Payload: []byte("x")},
			broadcast.Delivered{Origin: protocoltest.Peer("a"), Seq: 2, Payload: []byte("y")},
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
	It("is offered what came within the window, once it is one", func() {
		p := start(nil, "b")
		p.Deliver(publish("old"))
		p.Advance(11 * time.Second)
		p.Deliver(publish("new"))
		p.Sent = nil
		p.Deliver(opened("c", messages.Out), opened("c", messages.In), opened("c", messages.Out))
		Expect(p.Sent).To(HaveLen(1))
		ids := p.Sent[0].Message.(*broadcast.Message).GetHave().GetIds()
		Expect(ids).To(HaveLen(1))
		Expect(ids[0].GetSeq()).To(Equal(uint64(2)))
	})

	It("is offered again when it went away and came back", func() {
		p := start(nil, "b")
		p.Deliver(publish("x"), opened("c", messages.Out), closed("c", messages.Out))
		p.Sent = nil
		p.Deliver(opened("c", messages.In))
		Expect(p.Sent).To(HaveLen(1))
	})

	It("is offered nothing with a window of 0", func() {
		p := start(func(c *broadcast.Config) { c.Window = 0 }, "b")
		p.Deliver(publish("x"))
		p.Sent = nil
		p.Deliver(opened("c", messages.Out))
		Expect(p.Sent).To(BeEmpty())
	})
})

var _ = Describe("A congested neighbour", func() {
	It("is passed over, and offered what it missed once it has caught up", func() {
		p := start(nil, "b", "c")
		p.Deliver(messages.Congested{Peer: protocoltest.Peer("b")}, publish("x"))
		Expect(sentTo(p)).To(Equal([]string{"c"}))
		p.Deliver(messages.Drained{Peer: protocoltest.Peer("b")})
		Expect(p.Sent).To(HaveLen(1))
		p.Receive("b", want(p.Sent[0].Message.(*broadcast.Message).GetHave().GetIds()...))
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

	It("want flood: a neighbour is sent a message once", func() {
		p := start(nil, "b", "c")
		p.Receive("b", flood(id("z", 9, 1), "x"))
		sentTo(p)
		for range 100 {
			p.Receive("c", want(id("z", 9, 1), id("z", 9, 1)))
		}
		Expect(sentTo(p)).To(Equal([]string{"c"}))
	})

	It("memory: what is kept for new neighbours is bounded in number and bytes", func() {
		p := start(func(c *broadcast.Config) { c.Keep = 1000 }, "b")
		for seq := range uint64(3000) {
			p.Receive("b", flood(id("z", 9, seq+1), "0123456789"))
		}
		p.Sent = nil
		p.Deliver(opened("c", messages.Out))
		Expect(p.Sent[0].Message.(*broadcast.Message).GetHave().GetIds()).To(HaveLen(100))

		p = start(nil, "b")
		for seq := range uint64(3000) {
			p.Receive("b", flood(id("z", 9, seq+1), ""))
		}
		p.Sent = nil
		p.Deliver(opened("c", messages.Out))
		Expect(p.Sent[0].Message.(*broadcast.Message).GetHave().GetIds()).To(HaveLen(1024))
	})

	It("garbage: it is counted and changes nothing", func() {
		p := start(func(c *broadcast.Config) { c.MaxPayload = 4 }, "b", "c")
		many := make([]*broadcast.ID, 1025)
		for i := range many {
			many[i] = id("z", 1, uint64(i+1))
		}
		zero := flood(id("z", 1, 1), "x")
		zero.GetFlood().Hops = 0
		garbage := []*broadcast.Message{
			{},
			flood(nil, "x"), flood(id("z", 1, 0), "x"), flood(&broadcast.ID{Origin: []byte("short"), Seq: 1}, "x"),
			flood(id("z", 1, 1), "12345"), zero, have(many...), want(many...), have(nil),
		}
		for _, m := range garbage {
			p.Receive("b", m)
		}
		Expect(p.Metrics["ignored"]).To(Equal(float64(len(garbage))))
		Expect(p.Emitted).To(BeEmpty())
		Expect(p.Sent).To(BeEmpty())
	})
})

var _ = DescribeTable("A configuration that is refused",
	func(change func(*broadcast.Config)) {
		c := broadcast.DefaultConfig()
		change(&c)
		_, err := broadcast.New(c)
		Expect(err).To(HaveOccurred())
	},
	Entry("Name", func(c *broadcast.Config) { c.Name = "A" }),
	Entry("Over is itself", func(c *broadcast.Config) { c.Over = c.Name }),
	Entry("MaxPayload is 0", func(c *broadcast.Config) { c.MaxPayload = 0 }),
	Entry("MaxPayload is huge", func(c *broadcast.Config) { c.MaxPayload = 1 << 30 }),
	Entry("Remember is 0", func(c *broadcast.Config) { c.Remember = 0 }),
	Entry("Window is negative", func(c *broadcast.Config) { c.Window = -1 }),
	Entry("Keep is negative", func(c *broadcast.Config) { c.Keep = -1 }),
)

// floods publishes messages over a Spray overlay whose arcs move all the time,
// while some peers crash, and returns how many deliveries to the others there were
// too few and too many.
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
	// Hops take as long as arcs stay, and there are few arcs.
	n.Latency = func(r *rand.Rand) time.Duration { return time.Duration(r.Int64N(int64(400 * time.Millisecond))) }
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

// Every peer gets every message once, though arcs move all the time.
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

// Peers that were cut off by crashes are made up for what they missed, by their
// new neighbours.
func TestExactlyOnceThroughCrashes(t *testing.T) {
	repaired, missedWithout := 0.0, 0
	for seed := range uint64(10) {
		window := func(d time.Duration) protocols.Protocol {
			return protocol(func(c *broadcast.Config) { c.Window = d })
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

// FuzzReceived: no message brings the handler down, and what it passes on is valid.
func FuzzReceived(f *testing.F) {
	for _, m := range []*broadcast.Message{flood(id("z", 9, 1), "x"), have(id("z", 9, 1)), want(id("z", 9, 1)), {}} {
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
}

func BenchmarkDuplicate(b *testing.B) {
	p := protocoltest.NewBench(protocol(nil), 1)
	event := messages.Received{From: protocoltest.Peer("0"), Message: flood(id("z", 9, 1), "x")}
	b.ReportAllocs()
	for range b.N {
		p.Handle(event)
	}
}
