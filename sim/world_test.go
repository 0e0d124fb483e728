package sim_test

import (
	"context"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
	"github.com/n2n-overlay/n2n/protocols/spray"
	"github.com/n2n-overlay/n2n/sim"
	"github.com/n2n-overlay/n2n/sim/simtest"
)

func sprayed(period time.Duration) protocols.Protocol {
	config := spray.DefaultConfig()
	config.Period = period
	p, err := spray.New(config)
	Expect(err).NotTo(HaveOccurred())
	return p
}

var lab = protocols.Protocol{Name: "lab", Message: &wrapperspb.BytesValue{}}

var _ = Describe("a simulated world", func() {
	It("counts what arcs cost: another one a message, an introduction six", func() {
		c := simtest.New(GinkgoT(), simtest.LAN(1), 3, lab)
		ctx := context.Background()
		spent := func(what func() error) (frames, signals uint64) {
			before := c.Totals()
			Expect(what()).To(Succeed())
			c.Run(time.Second)
			after := c.Totals()
			return after.Frames - before.Frames, after.ServerSignals - before.ServerSignals
		}
		open := func(from, to int) func() error {
			return func() error { return c.Peer(c.ID(from)).Open(ctx, "lab", c.ID(to)) }
		}
		costs := func(frames, signals int) func(uint64, uint64) {
			return func(f, s uint64) {
				GinkgoHelper()
				Expect([]uint64{f, s}).To(Equal([]uint64{uint64(frames), uint64(signals)}), "frames between peers, signals through the server")
			}
		}
		const hellos, arc = 4, 1 // Hello and Proof both ways; the arc
		costs(hellos+arc, 2)(spent(open(0, 1)))
		costs(arc, 0)(spent(open(0, 1)))
		costs(arc, 0)(spent(open(1, 0)))
		costs(hellos+arc, 2)(spent(open(1, 2)))
		c.StopServer()
		introduce := func() error { return c.Peer(c.ID(1)).Introduce(ctx, "lab", c.ID(0), c.ID(2), messages.Views{}) }
		costs(6+hellos+arc, 0)(spent(introduce))
		costs(2+arc, 0)(spent(introduce)) // they are connected: the request and the outcome
	})

	hash := func(config sim.Config) string {
		c := simtest.New(GinkgoT(), config, 40, sprayed(10*time.Second))
		c.Run(2 * time.Minute)
		return c.TraceHash()
	}

	It("is the same for the same seed, also when everything is encoded", func() {
		first := hash(simtest.LAN(1))
		Expect(hash(simtest.LAN(1))).To(Equal(first))
		encoded := simtest.LAN(1)
		encoded.Encode = true
		Expect(hash(encoded)).To(Equal(first))
		Expect(hash(simtest.LAN(2))).NotTo(Equal(first))
	})

	It("is the same however a crowd of timers and messages is divided into steps", func() {
		one, two := simtest.New(GinkgoT(), simtest.LAN(1), 20, sprayed(5*time.Second)), simtest.New(GinkgoT(), simtest.LAN(1), 20, sprayed(5*time.Second))
		one.Run(time.Minute)
		for range 600 {
			two.Run(100 * time.Millisecond)
		}
		Expect(two.TraceHash()).To(Equal(one.TraceHash()))
	})

	It("loses messages of the lossy class and delays the others", func() {
		config := simtest.LAN(1)
		config.Network.Loss = 0.3
		for _, delivery := range []protocols.Delivery{protocols.Ordered, protocols.Lossy} {
			p := lab
			p.Delivery = delivery
			c := simtest.New(GinkgoT(), config, 2, p)
			send(c, messages.Open{Ticket: 1, Peer: c.ID(1)})
			c.Run(5 * time.Second)
			for i := range 1000 {
				send(c, messages.Send{To: c.ID(1), Message: wrapperspb.Bytes([]byte{byte(i)})})
				c.Run(10 * time.Millisecond)
			}
			c.Run(time.Minute)
			var got []byte
			for _, e := range c.Emitted(c.ID(1), "lab") {
				if r, ok := e.(messages.Received); ok {
					got = append(got, r.Message.(*wrapperspb.BytesValue).GetValue()...)
				}
			}
			if delivery == protocols.Lossy {
				Expect(len(got)).To(And(BeNumerically(">", 600), BeNumerically("<", 800)))
				continue
			}
			Expect(got).To(HaveLen(1000))
			for i, b := range got {
				Expect(b).To(Equal(byte(i)))
			}
		}
	})

	Describe("whose peers are cut off", func() {
		var c *simtest.World
		BeforeEach(func() {
			c = simtest.New(GinkgoT(), simtest.LAN(1), 3, lab)
			send(c, messages.Open{Ticket: 1, Peer: c.ID(1)})
			c.Run(5 * time.Second)
		})

		It("holds and releases messages, unnoticed", func() {
			c.Hold(c.ID(0), c.ID(1))
			send(c, messages.Open{Ticket: 2, Peer: c.ID(1)})
			c.Run(time.Hour)
			Expect(c.View(c.ID(0), "lab").Out.Count(c.ID(1))).To(Equal(2))
			Expect(c.View(c.ID(1), "lab").In.Count(c.ID(0))).To(Equal(1))
			c.Release(c.ID(0), c.ID(1))
			c.Run(time.Second)
			Expect(c.View(c.ID(1), "lab").In.Count(c.ID(0))).To(Equal(2))
		})

		It("goes on after a short partition, and loses the connection in a long one", func() {
			Expect(c.Partition([]messages.PeerID{c.ID(0)}, []messages.PeerID{c.ID(1), c.ID(2)})).To(Succeed())
			c.Run(10 * time.Second)
			c.Repair()
			c.Run(time.Minute)
			Expect(c.View(c.ID(0), "lab").Out.Len()).To(Equal(1))
			Expect(c.Partition([]messages.PeerID{c.ID(0)}, []messages.PeerID{c.ID(1), c.ID(2)})).To(Succeed())
			c.Run(20 * time.Second)
			down := messages.PeerDown{Peer: c.ID(1), Out: 1, Cause: messages.CauseCrashed}
			Expect(c.Emitted(c.ID(0), "lab")).To(ContainElement(down))
			Expect(c.View(c.ID(1), "lab").In.Len()).To(BeZero())
			send(c, messages.Open{Ticket: 3, Peer: c.ID(1)})
			c.Run(20 * time.Second)
			Expect(c.Emitted(c.ID(0), "lab")).To(ContainElement(HaveField("Op", messages.OpOpen)))
			c.Repair()
			send(c, messages.Open{Ticket: 4, Peer: c.ID(1)})
			c.Run(20 * time.Second)
			Expect(c.View(c.ID(1), "lab").In.Len()).To(Equal(1))
		})

		It("notices a silent peer, and takes it back", func() {
			c.Silence(c.ID(1))
			c.Run(20 * time.Second)
			Expect(c.View(c.ID(0), "lab").Out.Len()).To(BeZero())
			c.Speak(c.ID(1))
			send(c, messages.Open{Ticket: 2, Peer: c.ID(1)})
			c.Run(20 * time.Second)
			Expect(c.View(c.ID(0), "lab").Out.Len()).To(Equal(1))
		})

		It("knows a restarted peer from the one before", func() {
			old := c.ID(1)
			c.Crash(old)
			c.Run(time.Second)
			Expect(c.Restart(old).ID()).To(Equal(old))
			send(c, messages.Open{Ticket: 2, Peer: old})
			c.Run(20 * time.Second)
			Expect(c.View(c.ID(1), "lab").In.Len()).To(Equal(1))
		})

		It("connects nobody new without its server, but through neighbours", func() {
			c.StopServer()
			send(c, messages.Open{Ticket: 2, Peer: c.ID(2)})
			c.Run(20 * time.Second)
			Expect(c.View(c.ID(0), "lab").Out.Len()).To(Equal(1))
			c.StartServer()
			send(c, messages.Open{Ticket: 3, Peer: c.ID(2)})
			c.Run(20 * time.Second)
			Expect(c.View(c.ID(0), "lab").Out.Len()).To(Equal(2))
		})
	})

	It("lets no time pass for a question to a peer that has ended meanwhile", func() {
		c := simtest.New(GinkgoT(), simtest.LAN(1), 2, lab)
		now := c.Elapsed()
		peer := c.Peer(c.ID(0))
		peer.Crash()
		_, err := peer.Snapshot(context.Background())
		Expect(err).To(MatchError(messages.ErrClosed))
		Expect(c.Elapsed()).To(Equal(now))
	})

	It("stops at a panic that no restart mends", func() {
		c := simtest.New(GinkgoT(), simtest.LAN(1), 1, protocols.Protocol{Name: "p", New: func() protocols.Handler { return panics{} }})
		Expect(c.Peer(c.ID(0)).Tell("p", "boom")).To(Succeed())
		Expect(c.World.Run(time.Second)).To(MatchError(ContainSubstring("boom")))
	})

	It("refuses a network that makes no sense", func() {
		for _, network := range []sim.Network{
			{Loss: 1},
			{Loss: -1},
			{SetupFailure: 2},
			{Bandwidth: -1},
			{Latency: sim.Latency{Kind: "gaussian"}},
			{Latency: sim.Latency{Kind: "uniform", Min: 2, Max: 1}},
		} {
			_, err := sim.NewWorld(sim.Config{Network: network})
			Expect(err).To(MatchError(ContainSubstring("network: ")))
		}
	})
})

// send gives a command to the protocol of the first peer.
func send(c *simtest.World, command any) { c.Command(c.ID(0), "lab", command) }

type panics struct{}

func (panics) Handle(_ protocols.Port, event any) {
	if told, ok := event.(messages.Told); ok {
		panic(told.Event)
	}
}
