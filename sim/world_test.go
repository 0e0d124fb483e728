package sim_test

import (
	"context"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
	"github.com/n2n-overlay/n2n/protocols/spray"
	"github.com/n2n-overlay/n2n/sim"
)

// crowd is a world of peers that run one protocol each and are in one room.
type crowd struct {
	*sim.World
	peers  []*actors.Peer
	pids   []*actor.PID
	events [][]any
}

func newCrowd(config sim.Config, n int, protocol protocols.Protocol) *crowd {
	w, err := sim.NewWorld(config)
	Expect(err).NotTo(HaveOccurred())
	c := &crowd{World: w, events: make([][]any, n)}
	for i := range n {
		c.start(config.Seed, i, protocol)
	}
	return c
}

func (c *crowd) start(seed uint64, i int, protocol protocols.Protocol) {
	peer, err := c.Start(sim.NewIdentity(seed, uint64(i)), actors.DefaultConfig())
	Expect(err).NotTo(HaveOccurred())
	peer.Subscribe(protocol.Name, func(e any) { c.events[i] = append(c.events[i], e) })
	pid, err := peer.Spawn(protocol)
	Expect(err).NotTo(HaveOccurred())
	if i < len(c.peers) {
		c.peers[i], c.pids[i] = peer, pid
	} else {
		c.peers, c.pids = append(c.peers, peer), append(c.pids, pid)
	}
	_, err = peer.Join(context.Background(), "room")
	Expect(err).NotTo(HaveOccurred())
}

func (c *crowd) id(i int) messages.PeerID { return c.peers[i].ID() }

func (c *crowd) run(d time.Duration) { Expect(c.Run(d)).To(Succeed()) }

func (c *crowd) view(i int, protocol string) protocols.View {
	s, err := c.peers[i].Snapshot(context.Background())
	Expect(err).NotTo(HaveOccurred())
	return s.Views[protocol]
}

func sprayed(period time.Duration) protocols.Protocol {
	config := spray.DefaultConfig()
	config.Period = period
	p, err := spray.New(config)
	Expect(err).NotTo(HaveOccurred())
	return p
}

var lab = protocols.Protocol{Name: "lab", Message: &wrapperspb.BytesValue{}}

func lan(seed uint64) sim.Config {
	return sim.Config{Seed: seed, Trace: true, Network: sim.Network{
		Latency: sim.Latency{Kind: "uniform", Min: 10 * time.Millisecond, Max: 50 * time.Millisecond},
	}}
}

var _ = Describe("a simulated world", func() {
	It("counts what arcs cost: another one a message, an introduction six", func() {
		c := newCrowd(lan(1), 3, lab)
		ctx := context.Background()
		spent := func(what func() error) (frames, signals uint64) {
			before := c.Totals()
			Expect(what()).To(Succeed())
			c.run(time.Second)
			after := c.Totals()
			return after.Frames - before.Frames, after.ServerSignals - before.ServerSignals
		}
		open := func(from, to int) func() error {
			return func() error { return c.peers[from].Open(ctx, "lab", c.id(to)) }
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
		introduce := func() error { return c.peers[1].Introduce(ctx, "lab", c.id(0), c.id(2), messages.Views{}) }
		costs(6+hellos+arc, 0)(spent(introduce))
		costs(2+arc, 0)(spent(introduce)) // they are connected: the request and the outcome
	})

	hash := func(config sim.Config) string {
		c := newCrowd(config, 40, sprayed(10*time.Second))
		c.run(2 * time.Minute)
		return c.TraceHash()
	}

	It("is the same for the same seed, also when everything is encoded", func() {
		first := hash(lan(1))
		Expect(hash(lan(1))).To(Equal(first))
		encoded := lan(1)
		encoded.Encode = true
		Expect(hash(encoded)).To(Equal(first))
		Expect(hash(lan(2))).NotTo(Equal(first))
	})

	It("is the same however a crowd of timers and messages is divided into steps", func() {
		one, two := newCrowd(lan(1), 20, sprayed(5*time.Second)), newCrowd(lan(1), 20, sprayed(5*time.Second))
		one.run(time.Minute)
		for range 600 {
			two.run(100 * time.Millisecond)
		}
		Expect(two.TraceHash()).To(Equal(one.TraceHash()))
	})

	It("loses messages of the lossy class and delays the others", func() {
		config := lan(1)
		config.Network.Loss = 0.3
		for _, delivery := range []protocols.Delivery{protocols.Ordered, protocols.Lossy} {
			p := lab
			p.Delivery = delivery
			c := newCrowd(config, 2, p)
			c.send(messages.Open{Ticket: 1, Peer: c.id(1)})
			c.run(5 * time.Second)
			for i := range 1000 {
				c.send(messages.Send{To: c.id(1), Message: wrapperspb.Bytes([]byte{byte(i)})})
				c.run(10 * time.Millisecond)
			}
			c.run(time.Minute)
			var got []byte
			for _, e := range c.events[1] {
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
		var c *crowd
		BeforeEach(func() {
			c = newCrowd(lan(1), 3, lab)
			c.send(messages.Open{Ticket: 1, Peer: c.id(1)})
			c.run(5 * time.Second)
		})

		It("holds and releases messages, unnoticed", func() {
			c.Hold(c.id(0), c.id(1))
			c.send(messages.Open{Ticket: 2, Peer: c.id(1)})
			c.run(time.Hour)
			Expect(c.view(0, "lab").Out.Count(c.id(1))).To(Equal(2))
			Expect(c.view(1, "lab").In.Count(c.id(0))).To(Equal(1))
			c.Release(c.id(0), c.id(1))
			c.run(time.Second)
			Expect(c.view(1, "lab").In.Count(c.id(0))).To(Equal(2))
		})

		It("goes on after a short partition, and loses the connection in a long one", func() {
			Expect(c.Partition([]messages.PeerID{c.id(0)}, []messages.PeerID{c.id(1), c.id(2)})).To(Succeed())
			c.run(10 * time.Second)
			c.Repair()
			c.run(time.Minute)
			Expect(c.view(0, "lab").Out.Len()).To(Equal(1))
			Expect(c.Partition([]messages.PeerID{c.id(0)}, []messages.PeerID{c.id(1), c.id(2)})).To(Succeed())
			c.run(20 * time.Second)
			down := messages.PeerDown{Peer: c.id(1), Out: 1, Cause: messages.CauseCrashed}
			Expect(c.events[0]).To(ContainElement(down))
			Expect(c.view(1, "lab").In.Len()).To(BeZero())
			c.send(messages.Open{Ticket: 3, Peer: c.id(1)})
			c.run(20 * time.Second)
			Expect(c.events[0]).To(ContainElement(HaveField("Op", messages.OpOpen)))
			c.Repair()
			c.send(messages.Open{Ticket: 4, Peer: c.id(1)})
			c.run(20 * time.Second)
			Expect(c.view(1, "lab").In.Len()).To(Equal(1))
		})

		It("notices a silent peer, and takes it back", func() {
			c.Silence(c.id(1))
			c.run(20 * time.Second)
			Expect(c.view(0, "lab").Out.Len()).To(BeZero())
			c.Speak(c.id(1))
			c.send(messages.Open{Ticket: 2, Peer: c.id(1)})
			c.run(20 * time.Second)
			Expect(c.view(0, "lab").Out.Len()).To(Equal(1))
		})

		It("knows a restarted peer from the one before", func() {
			c.peers[1].Crash()
			c.run(time.Second)
			old := c.id(1)
			c.start(1, 1, lab)
			Expect(c.id(1)).To(Equal(old))
			c.send(messages.Open{Ticket: 2, Peer: old})
			c.run(20 * time.Second)
			Expect(c.view(1, "lab").In.Len()).To(Equal(1))
		})

		It("connects nobody new without its server, but through neighbours", func() {
			c.StopServer()
			c.send(messages.Open{Ticket: 2, Peer: c.id(2)})
			c.run(20 * time.Second)
			Expect(c.view(0, "lab").Out.Len()).To(Equal(1))
			c.StartServer()
			c.send(messages.Open{Ticket: 3, Peer: c.id(2)})
			c.run(20 * time.Second)
			Expect(c.view(0, "lab").Out.Len()).To(Equal(2))
		})
	})

	It("lets no time pass for a question to a peer that has ended meanwhile", func() {
		c := newCrowd(lan(1), 2, lab)
		now := c.Elapsed()
		c.peers[0].Crash()
		_, err := c.peers[0].Snapshot(context.Background())
		Expect(err).To(MatchError(messages.ErrClosed))
		Expect(c.Elapsed()).To(Equal(now))
	})

	It("stops at a panic that no restart mends", func() {
		c := newCrowd(lan(1), 1, protocols.Protocol{Name: "p", New: func() protocols.Handler { return panics{} }})
		c.peers[0].Tell("p", "boom")
		Expect(c.Run(time.Second)).To(MatchError(ContainSubstring("boom")))
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
func (c *crowd) send(command any) { c.Command(c.pids[0], command) }

type panics struct{}

func (panics) Handle(_ protocols.Port, event any) {
	if told, ok := event.(messages.Told); ok {
		panic(told.Event)
	}
}
