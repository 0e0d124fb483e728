package scenario_test

import (
	"math/rand/v2"
	"runtime"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/n2n-overlay/n2n/catalog"
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
	"github.com/n2n-overlay/n2n/sim"
	"github.com/n2n-overlay/n2n/sim/scenario"
)

// start is when every simulated world begins.
var start = sim.Epoch

var _ = Describe("the same scenario and seed", func() {
	DescribeTable("give the same run, whatever runs it", func(name string, sets ...string) {
		first := run(load(name, 40, 4, sets...))
		Expect(first.TraceHash).To(HaveLen(64))
		for _, processors := range []int{1, 2, 4} {
			before := runtime.GOMAXPROCS(processors)
			again := run(load(name, 40, 4, sets...))
			runtime.GOMAXPROCS(before)
			Expect(again.TraceHash).To(Equal(first.TraceHash), "GOMAXPROCS=%d", processors)
			Expect(again.Series).To(Equal(first.Series))
			Expect(again.Metrics).To(Equal(first.Metrics))
			Expect([]uint64{again.Events, again.ActorMessages}).To(Equal([]uint64{first.Events, first.ActorMessages}))
		}
		workers := load(name, 40, 4, sets...)
		workers.Workers = 2
		again := run(workers)
		Expect(again.TraceHash).To(Equal(first.TraceHash), "two workers")
		Expect(again.Series).To(Equal(first.Series))
		Expect([]uint64{again.Events, again.ActorMessages}).To(Equal([]uint64{first.Events, first.ActorMessages}))
	},
		Entry("steady", "steady"),
		Entry("flash-crowd", "flash-crowd"),
		Entry("churn in a bad network", "churn", "rate=0.1", "loss=0.05", "setup_failure=0.05", "unreachable=0.1", "bandwidth=100000"),
		Entry("crash", "crash", "latency=uniform 1ms 200ms"),
		Entry("churn of T-Man", "churn", "protocol=tman", "rate=0.1"),
		Entry("churn of HyParView and Plumtree", "churn", "protocol=hyparview", "hyparview.active=4", "broadcaster=plumtree", "rate=0.1", "loss=0.05", "setup_failure=0.05"),
		Entry("partition that is noticed", "partition", "detection=15s"),
	)

	It("give another run with another seed", func() {
		hashes := map[string]bool{}
		for seed := range uint64(3) {
			s, err := scenario.Load(scenario.Options{Scenario: "steady", Peers: 20, Cycles: 2, Seed: &seed})
			Expect(err).NotTo(HaveOccurred())
			hashes[run(s).TraceHash] = true
		}
		Expect(hashes).To(HaveLen(3))
	})
})

// What must not happen in an actor or handler: the same scenario and seed then
// give different runs, which the test above would see.
var _ = Describe("a handler", func() {
	hashes := func(next func(protocols.Port) uint64) map[string]bool {
		GinkgoHelper()
		seen := map[string]bool{}
		for range 4 {
			s := loadWith("steady", 20, 2, nil, kind("chat", func() protocols.Handler {
				return handler(func(port protocols.Port, event any) {
					chat(port, event, func() uint64 { return next(port) })
				})
			}))
			seen[run(s).TraceHash] = true
		}
		return seen
	}
	zero := func(protocols.Port) uint64 { return 0 }

	It("that is pure gives the same run each time", func() {
		Expect(hashes(func(port protocols.Port) uint64 { return port.Rand().Uint64() ^ uint64(port.Now().UnixNano()) })).To(HaveLen(1))
	})
	It("that brings in wall time is found out", func() {
		Expect(hashes(func(protocols.Port) uint64 { return uint64(time.Now().UnixNano()) })).NotTo(HaveLen(1))
	})
	It("that brings in global randomness is found out", func() {
		Expect(hashes(func(protocols.Port) uint64 { return rand.Uint64() })).NotTo(HaveLen(1))
	})
	It("that brings in the order of a map is found out", func() {
		Expect(hashes(func(protocols.Port) uint64 {
			for n := range map[uint64]bool{1: true, 2: true, 3: true, 4: true, 5: true} {
				return n
			}
			return 0
		})).NotTo(HaveLen(1))
	})
	It("that sends in the order of a map is found out, though its messages are the same", func() {
		seen := map[string]bool{}
		for range 4 {
			s := loadWith("steady", 20, 2, nil, kind("chat", func() protocols.Handler {
				return handler(func(port protocols.Port, event any) {
					if _, ok := event.(tickle); !ok {
						chat(port, event, func() uint64 { return zero(port) })
						return
					}
					port.After(time.Second, tickle{})
					peers := map[messages.PeerID]bool{}
					for peer := range port.ViewOf("spray").Peers() {
						peers[peer] = true
					}
					for peer := range peers {
						port.Send(peer, wrapperspb.UInt64(0))
					}
				})
			}))
			seen[run(s).TraceHash] = true
		}
		Expect(seen).NotTo(HaveLen(1))
	})
})

// tickle is the timer of a chat.
type tickle struct{}

// chat is a protocol that sends a number to all neighbors every second.
func chat(port protocols.Port, event any, number func() uint64) {
	switch event.(type) {
	case messages.Started:
		port.After(time.Second, tickle{})
	case tickle:
		port.After(time.Second, tickle{})
		for peer := range port.ViewOf("spray").Peers() {
			port.Send(peer, wrapperspb.UInt64(number()))
		}
	case messages.Leaving:
		port.Stop()
	}
}

// handler is a function as a Handler.
type handler func(port protocols.Port, event any)

func (h handler) Handle(port protocols.Port, event any) { h(port, event) }

// kind makes a protocol that runs over Spray.
func kind(name string, handlers func() protocols.Handler) catalog.Kind {
	return catalog.Kind{Name: name, New: func(string, catalog.Options) (catalog.Made, error) {
		return catalog.Made{Protocol: protocols.Protocol{
			Name: name, Message: &wrapperspb.UInt64Value{}, Sees: []string{"spray"}, New: handlers,
		}}, nil
	}}
}

// loadWith loads a scenario that ships, with one more protocol on every peer.
func loadWith(name string, peers, cycles int, sets []string, more catalog.Kind) *scenario.Scenario {
	GinkgoHelper()
	s, err := scenario.Load(scenario.Options{Scenario: name, Peers: peers, Cycles: cycles, Sets: sets})
	Expect(err).NotTo(HaveOccurred())
	made, err := more.New("spray", nil)
	Expect(err).NotTo(HaveOccurred())
	s.Protocols = append(s.Protocols, scenario.Instance{Kind: more, Made: made})
	return s
}
