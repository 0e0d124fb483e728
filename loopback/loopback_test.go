package loopback_test

import (
	"context"
	"slices"
	"testing"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/loopback"
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
	"github.com/n2n-overlay/n2n/sim"
	"github.com/n2n-overlay/n2n/sim/faults"
	"github.com/n2n-overlay/n2n/sim/scenario"
	"github.com/n2n-overlay/n2n/sim/worlds"
)

func TestLoopback(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "loopback")
}

// patience bounds the wait for what has to come.
const patience = 2 * time.Minute

// rough is a scenario in which everything happens that a scenario can ask of a world.
const rough = `
name: rough
peers: 8
cycles: 9
protocols:
  - spray: {period: 1s}
  - broadcast
network:
  loss: 0.02
  retransmit: 50ms
  detection: 1m
phases:
  - join: {over: 3 cycles}
  - run: {cycles: 3, broadcasts: 1}
  - partition: {cycles: 2, fractions: [0.5, rest], broadcasts: 2}
  - run: {cycles: 2, broadcasts: 1}
  - crash: {fraction: 0.25}
  - run: {cycles: 2, broadcasts: 1}
`

var _ = Describe("a scenario over real connections", func() {
	It("has its partition, its crashes and its loss", func() {
		s, err := scenario.Decode("rough.yaml", []byte(rough), scenario.Options{})
		Expect(err).NotTo(HaveOccurred())
		Expect(s.Real()).To(Succeed())
		r, err := scenario.Run(context.Background(), s, scenario.RunOptions{World: func(s *scenario.Scenario) (worlds.World, error) {
			return loopback.New(loopback.Config{
				Loss: faults.Loss{Fraction: s.Network.Loss, Retransmit: s.Network.Retransmit}, Detection: s.Network.Detection,
			})
		}})
		Expect(err).NotTo(HaveOccurred())
		Expect(r.World).To(Equal("wrtc"))
		for _, cycle := range []int{4, 5} {
			Expect(r.Series[cycle].Metrics.Get("delivered_fraction")).To(BeNumerically("<=", 0.5), "cut off in cycle %d", cycle)
		}
		for _, cycle := range []int{3, 5, 7} {
			Expect(r.Series[cycle].Metrics.Get("weak_components")).To(Equal(1.0), "connections outlive what is shorter than detection")
		}
		Expect(r.Metrics.Get("alive")).To(Equal(6.0))
		Expect(r.Metrics.Get("delivered_fraction")).To(BeNumerically(">", 0.9), "what was held up arrives after the repair")
	})
})

// both are the worlds in which a claim has to hold.
func both(loss faults.Loss, detection time.Duration) []TableEntry {
	return []TableEntry{
		Entry("simulated", func() (worlds.World, error) {
			return worlds.Sim(sim.Config{Seed: 1, Network: sim.Network{
				Latency: sim.Latency{Mean: time.Millisecond}, Loss: loss.Fraction, Retransmit: loss.Retransmit, Detection: detection,
			}})
		}),
		Entry("over WebRTC", func() (worlds.World, error) {
			return loopback.New(loopback.Config{Loss: loss, Detection: detection})
		}),
	}
}

// pair is two peers of a world with an arc of each of some protocols.
type pair struct {
	worlds.World
	a, b worlds.Peer
	got  []any // what came to the protocols of b
	down bool  // b was told that a is
}

func newPair(make func() (worlds.World, error), run ...protocols.Protocol) *pair {
	GinkgoHelper()
	w, err := make()
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(func() { Expect(w.Close()).To(Succeed()) })
	p := &pair{World: w}
	start := func(number uint64) worlds.Peer {
		peer, err := w.Start(worlds.Start{Identity: w.Identity(number), Config: actors.DefaultConfig()})
		Expect(err).NotTo(HaveOccurred())
		for _, protocol := range run {
			Expect(peer.Spawn(protocol)).To(Succeed())
		}
		peer.Join("room")
		return peer
	}
	p.a, p.b = start(1), start(2)
	for _, peer := range []worlds.Peer{p.a, p.b} {
		p.until(func() bool { s, _ := peer.Snapshot(); return s.Linked })
	}
	for _, protocol := range run {
		p.b.Subscribe(protocol.Name, func(event any) {
			switch event.(type) {
			case messages.Received:
				p.got = append(p.got, event)
			case messages.PeerDown:
				p.down = true
			}
		})
		p.open(protocol.Name)
	}
	return p
}

// open opens an arc of a to b.
func (p *pair) open(protocol string) {
	GinkgoHelper()
	opened := false
	defer p.a.Subscribe(protocol, func(event any) { _, ok := event.(messages.ArcOpened); opened = opened || ok })()
	Expect(p.a.Command(protocol, messages.Open{Ticket: 1, Peer: p.b.ID()})).To(Succeed())
	p.until(func() bool { return opened && !p.Between(p.a.ID(), p.b.ID()).Busy })
}

// until lets time pass until done holds.
func (p *pair) until(done func() bool) {
	GinkgoHelper()
	for end := p.Elapsed() + patience; !done(); {
		Expect(p.Elapsed()).To(BeNumerically("<", end), "it takes too long")
		Expect(p.Run(context.Background(), time.Millisecond)).To(Succeed())
	}
}

func (p *pair) send(protocol string, n uint64) {
	GinkgoHelper()
	Expect(p.a.Command(protocol, messages.Send{To: p.b.ID(), Message: wrapperspb.UInt64(n)})).To(Succeed())
}

// numbers are those that came.
func (p *pair) numbers() []uint64 {
	var all []uint64
	for _, event := range p.got {
		all = append(all, event.(messages.Received).Message.(*wrapperspb.UInt64Value).GetValue())
	}
	return all
}

func protocol(name string, delivery protocols.Delivery) protocols.Protocol {
	return protocols.Protocol{Name: name, Message: &wrapperspb.UInt64Value{}, Delivery: delivery}
}

const messagesSent = 400

var _ = DescribeTableSubtree("a network that loses half of all", func(make func() (worlds.World, error)) {
	It("delivers the ordered class in order, if late", func() {
		p := newPair(make, protocol("ordered", protocols.Ordered))
		for n := range uint64(messagesSent / 10) {
			p.send("ordered", n)
		}
		p.until(func() bool { return len(p.got) == messagesSent/10 })
		Expect(slices.IsSorted(p.numbers())).To(BeTrue())
	})

	It("loses of the lossy class", func() {
		p := newPair(make, protocol("ordered", protocols.Ordered), protocol("lossy", protocols.Lossy))
		for n := range uint64(messagesSent) {
			p.send("lossy", n)
			Expect(p.Run(context.Background(), time.Millisecond)).To(Succeed()) // the first opens the channel
		}
		p.send("ordered", messagesSent) // which is later than all of them
		p.until(func() bool { return slices.Contains(p.numbers(), messagesSent) })
		Expect(len(p.got)).To(And(BeNumerically(">", messagesSent/5), BeNumerically("<", messagesSent*4/5)))
	})
}, both(faults.Loss{Fraction: 0.5, Retransmit: time.Millisecond}, 0))

var _ = DescribeTableSubtree("peers that are cut off", func(make func() (worlds.World, error)) {
	var p *pair
	BeforeEach(func() { p = newPair(make, protocol("chat", protocols.Ordered)) })

	It("get what was held when it is released, and notice nothing", func() {
		p.Faults().Hold(p.a.ID(), p.b.ID())
		p.send("chat", 1)
		p.until(func() bool { return p.Between(p.a.ID(), p.b.ID()).Busy })
		Expect(p.Run(context.Background(), 500*time.Millisecond)).To(Succeed())
		Expect(p.got).To(BeEmpty())
		Expect(p.down).To(BeFalse())
		p.Faults().Release(p.a.ID(), p.b.ID())
		p.until(func() bool { return len(p.got) == 1 })
	})

	It("notice a partition after the time of detection", func() {
		Expect(p.Faults().Partition([]messages.PeerID{p.a.ID()}, []messages.PeerID{p.b.ID()})).To(Succeed())
		Expect(p.Faults().Severed(p.b.ID(), p.a.ID())).To(BeTrue())
		p.until(func() bool { return p.down })
		p.Faults().Repair()
		p.open("chat")
	})

	It("do not see each other through the service when one is silent", func() {
		var noticed bool
		var failed error
		p.a.Subscribe("chat", func(event any) {
			switch e := event.(type) {
			case messages.PeerDown:
				noticed = true
			case messages.Failed:
				failed = e.Err
			}
		})
		p.Faults().Silence(p.b.ID())
		p.until(func() bool { return p.down && noticed })
		Expect(p.a.Command("chat", messages.Open{Ticket: 2, Peer: p.b.ID()})).To(Succeed())
		p.until(func() bool { return failed != nil })
		Expect(messages.CodeOf(failed)).To(Equal(messages.ErrTimeout))
	})

	It("know of an end whose last word was lost only later", func() {
		Expect(p.Faults().Partition([]messages.PeerID{p.a.ID()}, []messages.PeerID{p.b.ID()})).To(Succeed())
		p.a.Crash()
		p.until(func() bool { return p.Between(p.b.ID(), p.a.ID()).Orphaned })
		p.Faults().Repair()
		Expect(p.Between(p.b.ID(), p.a.ID()).Connected).To(BeFalse())
		p.until(func() bool { return p.down })
	})
}, both(faults.Loss{}, 400*time.Millisecond))

var _ = DescribeTableSubtree("the signaling service", func(make func() (worlds.World, error)) {
	It("is left, and its members come back after it was stopped", func() {
		p := newPair(make, protocol("chat", protocols.Ordered))
		Expect(p.StopServer()).To(Succeed())
		Expect(p.Members()).To(BeZero())
		Expect(p.StartServer()).To(Succeed())
		p.until(func() bool { return p.Members() == 2 })
		p.b.Leave()
		p.until(func() bool { return p.Members() == 1 })
	})
}, both(faults.Loss{}, 0))
