package actors_test

import (
	"time"

	"github.com/asynkron/protoactor-go/actor"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

var _ = Describe("a protocol of a living peer", func() {
	var (
		r      *room
		events []any
	)
	BeforeEach(func() {
		r, events = newRoom("a", "b"), nil
		r.join("a", "b")
	})
	remove := func(name, protocol string) {
		GinkgoHelper()
		removed := r.peers[name].BeginRemove(protocol)
		r.run(0)
		Expect(removed.Ended).To(Equal(1))
		Expect(removed.Err).NotTo(HaveOccurred())
	}

	It("whose other end is removed gets ArcClosed for each arc, and so do those that see it", func() {
		watch := scripted("watch", &events, nil)
		watch.Sees = []string{"lab"}
		r.spawn("b", watch)
		r.open("a", "b")
		r.open("a", "b")
		r.open("b", "a")
		r.peers["b"].lastly()
		events = nil
		remove("a", "lab")
		r.run(time.Second)
		closed := []any{
			messages.ArcClosed{Peer: r.id("a"), Dir: messages.In, Cause: messages.CauseClosed},
			messages.ArcClosed{Peer: r.id("a"), Dir: messages.In, Cause: messages.CauseClosed},
			messages.ArcClosed{Peer: r.id("a"), Dir: messages.Out, Cause: messages.CauseRefused},
		}
		Expect(r.peers["b"].lastly()).To(ConsistOf(closed...))
		var seen []any
		for _, e := range events {
			seen = append(seen, e.(messages.Seen).Event)
		}
		Expect(seen).To(ConsistOf(closed...))
		Expect(r.views("b")).To(Equal("out in"))
		Expect(r.snapshot("a").Views).NotTo(HaveKey("lab"))
	})

	It("gets no event of its arcs once it is removed, only Stopped", func() {
		r.open("a", "b")
		r.open("b", "a")
		r.peers["a"].lastly()
		remove("a", "lab")
		r.run(time.Second)
		Expect(r.peers["a"].lastly()).To(Equal([]any{messages.Stopped{}}))
	})

	It("lets the connection linger when it was the last that used it, and another revives it", func() {
		r.spawn("a", protocols.Protocol{Name: "p"})
		r.spawn("b", protocols.Protocol{Name: "p"})
		r.open("a", "b")
		remove("a", "lab")
		Expect(r.snapshot("a").Lingering).To(Equal([]messages.PeerID{r.id("b")}))
		r.run(time.Second / 2)
		Expect(r.snapshot("b").Lingering).To(Equal([]messages.PeerID{r.id("a")}))
		added := r.peers["a"].BeginSpawn(protocols.Protocol{Name: "q"})
		r.spawn("b", protocols.Protocol{Name: "q"})
		r.run(time.Millisecond * 10)
		clear(r.frames)
		r.system.Root.Send(added.Value, messages.Open{Ticket: 1, Peer: r.id("b")})
		r.run(3 * time.Second)
		Expect(r.frames).To(Equal(map[string]int{"Arcs": 1}))
		Expect(r.snapshot("a").Connections).To(Equal([]messages.PeerID{r.id("b")}))
		remove("a", "q")
		r.run(3 * time.Second)
		Expect(r.snapshot("a").Lingering).To(BeEmpty())
		Expect(r.frames["CloseProposal"]).To(Equal(1))
		Expect(r.peers["b"].events).NotTo(ContainElement(BeAssignableToTypeOf(messages.PeerDown{})))
	})

	It("is told once of messages that find it gone, each time it is gone", func() {
		send := func(n int) {
			for range n {
				r.ask("a", func(t messages.Ticket) any {
					return messages.Send{Ticket: t, To: r.id("b"), Message: wrapperspb.Bytes(nil)}
				})
			}
		}
		r.spawn("a", protocols.Protocol{Name: "p"})
		r.spawn("b", protocols.Protocol{Name: "p"})
		r.open("a", "b")
		for i := range 2 {
			r.peers["a"].lastly()
			send(3) // in flight when their protocol goes
			r.readd("b", func() { r.run(2 * time.Millisecond) })
			r.run(100 * time.Millisecond)
			var told []any
			for _, e := range r.peers["a"].lastly() {
				if f, ok := e.(messages.Failed); ok {
					told = append(told, f)
				}
			}
			Expect(told).To(HaveLen(1))
			Expect(told[0]).To(And(HaveField("Op", messages.OpSend), HaveField("Peer", r.id("b"))))
			Expect(code(told[0])).To(Equal(messages.ErrNoProtocol))
			Expect(r.frames["NoProtocol"]).To(Equal(i + 1))
			Expect(r.snapshot("b").Counters["messages_without_protocol"]).To(Equal(float64(3 * (i + 1))))
		}
	})

	It("that is removed handles first what waited for it", func() {
		var pid *actor.PID
		pid = r.spawn("a", scripted("p", &events, func(_ protocols.Port, event any) {
			if event != (boom{}) {
				return
			}
			// It is busy while the peer removes it: its end and a message wait together.
			removed := r.peers["a"].BeginRemove("p")
			r.system.Root.Send(pid, "waits")
			for len(r.ready) > 0 {
				r.step()
			}
			Expect(removed.Ended).To(Equal(1))
		}))
		r.system.Root.Send(pid, boom{})
		r.run(time.Second)
		Expect(events).To(Equal([]any{messages.Started{}, boom{}, "waits", messages.Stopped{}}))
	})

	It("has until the deadline to take leave, and no longer", func() {
		r.open("b", "a")
		r.spawn("a", scripted("p", &events, nil)) // does not stop by itself
		start := r.now
		r.peers["a"].BeginLeave()
		r.run(1999 * time.Millisecond)
		Expect(r.alive("a")).To(BeTrue())
		Expect(r.snapshot("b").Connections).To(HaveLen(1))
		Expect(events[len(events)-1]).To(Equal(messages.Leaving{Deadline: start.Add(2 * time.Second)}))
		r.run(time.Second)
		Expect(r.alive("a")).To(BeFalse())
		Expect(r.peers["a"].Err()).NotTo(HaveOccurred())
		Expect(events[len(events)-1]).To(Equal(messages.Stopped{}))
		Expect(r.peers["b"].events).To(ContainElement(messages.PeerDown{Peer: r.id("a"), Out: 1, Cause: messages.CauseLeft}))
	})
})
