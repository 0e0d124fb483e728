//go:build !js

package size_test

import (
	"fmt"
	"math"
	"testing"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"google.golang.org/protobuf/proto"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
	"github.com/n2n-overlay/n2n/protocols/protocoltest"
	"github.com/n2n-overlay/n2n/protocols/size"
	"github.com/n2n-overlay/n2n/protocols/spray"
)

func TestSize(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "Size")
}

func protocol(change func(*size.Config)) protocols.Protocol {
	config := size.DefaultConfig()
	if change != nil {
		change(&config)
	}
	p, err := size.New(config)
	if err != nil {
		panic(err)
	}
	return p
}

func opened(peer string, dir messages.Direction) messages.Seen {
	return messages.Seen{Protocol: "spray", Event: messages.ArcOpened{Peer: protocoltest.Peer(peer), Dir: dir}}
}

func closed(peer string) messages.Seen {
	return messages.Seen{Protocol: "spray", Event: messages.ArcClosed{Peer: protocoltest.Peer(peer), Dir: messages.Out, Cause: messages.CauseClosed}}
}

// with returns a peer that holds the given number of arcs, to n00, n01 and so on.
func with(arcs int, change func(*size.Config)) *protocoltest.Port {
	p := protocoltest.NewPort("m", protocol(change), 1)
	p.Quiet = true
	p.Deliver(messages.Started{})
	for i := range arcs {
		p.Deliver(opened(neighbor(i), messages.Out))
	}
	return p
}

func neighbor(i int) string { return fmt.Sprintf("n%02d", i) }

func report(view uint32) *size.Message {
	return &size.Message{Body: &size.Message_Report{Report: &size.Report{View: view}}}
}

// ask returns the estimate that p has now.
func ask(p *protocoltest.Port) size.Estimate {
	p.Deliver(messages.Told{Event: size.EstimateRequest{}})
	return p.Emitted[len(p.Emitted)-1].(size.Estimate)
}

var _ = Describe("An estimate", func() {
	It("reads as a transcript", func() {
		p := with(3, nil)
		p.Deliver(opened("i", messages.In), opened("j", messages.In))
		p.Receive(neighbor(0), report(5))
		p.Receive(neighbor(1), report(4))
		p.Advance(30 * time.Second)
		p.Deliver(messages.Told{From: "chat", Event: size.EstimateRequest{}})
		p.Deliver(messages.Leaving{Deadline: p.Now()})
		protocoltest.Golden(GinkgoT(), "size", p.Transcript())
	})

	It("of a peer without arcs is one peer", func() {
		Expect(ask(with(0, nil))).To(Equal(size.Estimate{N: 1, Low: 1, High: 1}))
	})

	It("follows a and b", func() {
		Expect(ask(with(7, nil)).N).To(BeNumerically("~", math.Exp(7), 1e-6))
		Expect(ask(with(7, func(c *size.Config) { c.A, c.B = 2, 3 })).N).To(BeNumerically("~", math.Exp(2), 1e-6))
		Expect(ask(with(2, func(c *size.Config) { c.B = 3 })).N).To(Equal(1.0))
	})

	It("is the exponential of the mean, of views no farther than two from the median", func() {
		p := with(6, nil)
		for i, view := range []uint32{5, 6, 8, 1, 7, 99} { // and 6 itself, which is the median; 1 counts as 4, 99 as 8
			p.Receive(neighbor(i), report(view))
		}
		e := ask(p)
		Expect(e.Samples).To(Equal(7))
		Expect(e.N).To(BeNumerically("~", math.Exp((5+6+8+4+7+8+6)/7.0), 1e-6))
		Expect(e.Low).To(BeNumerically("<", e.N))
		Expect(e.High).To(BeNumerically(">", e.N))
	})

	It("lets views be as far from the median as they are spread", func() {
		p := with(20, func(c *size.Config) { c.A = 8 })
		for i, view := range []uint32{14, 20, 26, 28, 30} { // the median is 23, the median distance 4: 14 counts as 15
			p.Receive(neighbor(i), report(view))
		}
		Expect(ask(p).N).To(BeNumerically("~", math.Exp((15+20+20+26+28+30)/6.0/8), 1e-6))
	})

	It("counts the last report of a peer, for a window", func() {
		p := with(3, nil)
		p.Receive(neighbor(0), report(9))
		p.Receive(neighbor(0), report(3))
		Expect(ask(p)).To(HaveField("N", BeNumerically("~", math.Exp(3), 1e-6)))
		Expect(ask(p).Samples).To(Equal(2))
		p.Advance(10*30*time.Second + time.Second)
		Expect(ask(p).Samples).To(Equal(1))
	})

	It("is surer with more samples", func() {
		few, many := with(8, nil), with(40, nil)
		for i := range 40 {
			view := uint32(5 + i%4)
			if i < 8 {
				few.Receive(neighbor(i), report(view))
			}
			many.Receive(neighbor(i), report(view))
		}
		f, m := ask(few), ask(many)
		Expect(m.High / m.Low).To(BeNumerically("<", f.High/f.Low))
	})
})

var _ = Describe("Attacks", func() {
	It("absurd sizes: a fifth of the neighbours moves the estimate by less than half", func() {
		honest := func() *protocoltest.Port {
			p := with(7, nil)
			for i := 7; i < 30; i++ {
				p.Deliver(opened(neighbor(i), messages.Out), closed(neighbor(i-7)))
				p.Receive(neighbor(i), report(uint32(6+i%3)))
			}
			return p
		}
		before := ask(honest()).N
		for _, lie := range []uint32{1, 65535} {
			p := honest()
			for i := range 5 {
				liar := fmt.Sprintf("z%d", i)
				p.Deliver(opened(liar, messages.Out), closed(neighbor(23+i)))
				for range 100 {
					p.Receive(liar, report(lie))
				}
			}
			Expect(ask(p).N/before).To(And(BeNumerically("<", 1.5), BeNumerically(">", 0.66)), "told %d", lie)
		}
	})

	It("absurd sizes of all: the estimate has a bound", func() {
		p := with(2, nil)
		p.Receive(neighbor(0), report(65535))
		p.Receive(neighbor(1), report(65535))
		Expect(ask(p).N).To(BeNumerically("<=", 1e12))
		Expect(ask(p).High).To(BeNumerically("<=", 1e12))
	})

	It("strangers and garbage: counted, and nothing changes", func() {
		p := with(3, nil)
		p.Deliver(opened("i", messages.In))
		for _, m := range []*size.Message{{}, report(0), report(65536)} {
			p.Receive(neighbor(0), m)
		}
		p.Receive("i", report(9))
		p.Receive("s", report(9))
		Expect(p.Metrics["ignored"]).To(Equal(5.0))
		Expect(ask(p).Samples).To(Equal(1))
	})

	It("memory: so many samples are kept", func() {
		p := with(0, nil)
		for i := range 1000 {
			p.Deliver(opened(neighbor(i), messages.Out))
			p.Receive(neighbor(i), report(5))
		}
		Expect(ask(p).Samples).To(Equal(257))
	})
})

var _ = DescribeTable("A configuration that is refused, naming field and rule",
	func(rule string, change func(*size.Config)) {
		c := size.DefaultConfig()
		change(&c)
		_, err := size.New(c)
		Expect(err).To(MatchError(ContainSubstring(rule)))
	},
	Entry(nil, "Name", func(c *size.Config) { c.Name = "A" }),
	Entry(nil, "Over", func(c *size.Config) { c.Over = c.Name }),
	Entry(nil, "A is 0", func(c *size.Config) { c.A = 0 }),
	Entry(nil, "A is NaN", func(c *size.Config) { c.A = math.NaN() }),
	Entry(nil, "B is -1", func(c *size.Config) { c.B = -1 }),
	Entry(nil, "Period is 1001h0m0s, must be above 0 and at most 1000h0m0s", func(c *size.Config) { c.Period = 1001 * time.Hour }),
	Entry(nil, "Period is 0s", func(c *size.Config) { c.Period = 0 }),
	Entry(nil, "Window is 0", func(c *size.Config) { c.Window = 0 }),
	Entry(nil, "Window is 1001", func(c *size.Config) { c.Window = 1001 }),
)

// Each peer's estimate is near the estimate of all views together, and nearer than
// that of its own view alone.
func TestEstimatesAgree(t *testing.T) {
	for seed := range uint64(3) {
		n := protocoltest.NewNetwork(seed)
		overlay, err := spray.New(spray.DefaultConfig())
		if err != nil {
			t.Fatal(err)
		}
		last := map[messages.PeerID]size.Estimate{}
		n.OnEmit = func(peer messages.PeerID, _ string, event any) {
			if e, ok := event.(size.Estimate); ok {
				last[peer] = e
			}
		}
		const peers = 100
		for i := range peers {
			n.Add(protocoltest.Peer(fmt.Sprintf("p%03d", i)), overlay, protocol(nil))
			n.Run(time.Second)
		}
		n.Run(10 * time.Minute)
		n.Settle()
		together := math.Exp(float64(n.Arcs("spray")) / peers)
		averaged, alone, covered := 0.0, 0.0, 0
		for _, p := range n.Peers() {
			averaged += math.Abs(math.Log(last[p].N / together))
			alone += math.Abs(float64(n.View(p, "spray").Out.Len()) - math.Log(together))
			if last[p].Low <= together && together <= last[p].High {
				covered++
			}
		}
		t.Logf("seed %d: all views together give %.0f; estimates are off that by a factor of %.2f, own views by %.2f; %d of %d between Low and High",
			seed, together, math.Exp(averaged/peers), math.Exp(alone/peers), covered, peers)
		if averaged > alone/2 || averaged/peers > 0.15 {
			t.Errorf("seed %d: estimates are off by %.2f, own views by %.2f", seed, averaged/peers, alone/peers)
		}
		if covered < peers*8/10 {
			t.Errorf("seed %d: only %d of %d between Low and High", seed, covered, peers)
		}
	}
}

// FuzzReceived checks that no message makes the handler panic.
func FuzzReceived(f *testing.F) {
	for _, m := range []*size.Message{{}, report(0), report(7)} {
		b, err := proto.Marshal(m)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		m := &size.Message{}
		if proto.Unmarshal(b, m) != nil {
			return
		}
		p := with(3, nil)
		p.Receive(neighbor(0), m)
		if e := ask(p); !(e.N >= 1 && e.N <= 1e12 && e.Low <= e.N && e.N <= e.High) {
			t.Errorf("estimate %+v", e)
		}
	})
}

// BenchmarkReport measures a report while 64 others are kept.
func BenchmarkReport(b *testing.B) {
	p := protocoltest.NewBench(protocol(nil), 1)
	var events []messages.Received
	for i := range 64 {
		p.Handle(opened(neighbor(i), messages.Out))
		events = append(events, messages.Received{From: protocoltest.Peer(neighbor(i)), Message: report(uint32(5 + i%4))})
	}
	b.ReportAllocs()
	for i := range b.N {
		p.Handle(events[i%64])
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
}
