package actors_test

import (
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

// verbose is a transport whose offers and answers are long.
type verbose struct{ actors.Transport }

func (v verbose) Connect(remote messages.PeerID, events func(actors.ConnEvent)) actors.Conn {
	return v.Transport.Connect(remote, func(e actors.ConnEvent) {
		if s, ok := e.(actors.ConnSignal); ok {
			e = actors.ConnSignal{SDP: s.SDP + strings.Repeat(" ", messages.MaxSDP)}
		}
		events(e)
	})
}

var _ = Describe("past its limit of", func() {
	var (
		r      *room
		narrow actors.Config
	)
	BeforeEach(func() {
		r, narrow = newRoom("a", "b", "c", "d"), quick()
		r.join("a", "b", "c", "d")
	})
	start := func() {
		r.startIn("x", r.world("x"), narrow)
		r.join("x")
	}
	counts := func(counter string, n float64) {
		GinkgoHelper()
		Expect(r.snapshot("x").Counters[counter]).To(Equal(n), counter)
	}
	open := func(to string) messages.Ticket {
		return r.ask("x", func(t messages.Ticket) any { return messages.Open{Ticket: t, Peer: r.id(to)} })
	}
	introduce := func() messages.Ticket {
		return r.ask("x", func(t messages.Ticket) any { return messages.Introduce{Ticket: t, From: r.id("a"), To: r.id("b")} })
	}
	// outcomes returns the codes of some requests of x; none for those that wait.
	outcomes := func(tickets ...messages.Ticket) (codes []messages.Code) {
		for _, t := range tickets {
			if e := r.outcome("x", t); e != nil {
				codes = append(codes, code(e))
			}
		}
		return codes
	}

	It("connections, a peer opens no more and answers no more", func() {
		narrow.MaxConnections = 2
		start()
		r.open("x", "a")
		r.open("x", "b")
		Expect(code(r.open("x", "c"))).To(Equal(messages.ErrFull))
		counts("connections_refused_full", 1)
		Expect(code(r.open("c", "x"))).To(Equal(messages.ErrFull))
		counts("connections_refused_full", 2)
		counts("offers_refused", 1)
		Expect(r.open("a", "x")).To(BeAssignableToTypeOf(messages.ArcOpened{}))
		r.leave("b")
		Expect(r.open("x", "c")).To(BeAssignableToTypeOf(messages.ArcOpened{}))
	})

	It("attempts, a peer begins no more", func() {
		narrow.MaxHalfOpen = 2
		start()
		r.latency = 50 * time.Millisecond
		tickets := []messages.Ticket{open("a"), open("b"), open("c")}
		r.run(time.Millisecond)
		Expect(outcomes(tickets...)).To(Equal([]messages.Code{messages.ErrFull}))
		counts("connections_refused_full", 1)
	})

	It("requests that wait, a peer takes no more", func() {
		narrow.MaxOpens = 2
		start()
		r.latency = 50 * time.Millisecond
		tickets := []messages.Ticket{open("a"), open("a"), open("a"), open("b")}
		r.run(time.Millisecond)
		Expect(outcomes(tickets...)).To(Equal([]messages.Code{messages.ErrFull, messages.ErrFull}))
		counts("opens_refused_full", 2)
	})

	It("introductions of its own, a peer begins no more", func() {
		narrow.MaxJobs = 1
		start()
		r.open("x", "a")
		r.open("x", "b")
		r.latency = 50 * time.Millisecond
		tickets := []messages.Ticket{introduce(), introduce()}
		r.run(time.Millisecond)
		Expect(outcomes(tickets...)).To(Equal([]messages.Code{messages.ErrFull}))
		counts("jobs_refused_full", 1)
		r.run(time.Second)
		Expect(r.outcome("x", tickets[0])).To(BeAssignableToTypeOf(messages.Introduced{}))
	})

	It("attempts that it relays, a peer refuses to relay more", func() {
		narrow.MaxRelays = 1
		start()
		for _, name := range []string{"a", "b", "c", "d"} {
			r.open("x", name)
		}
		via := func(from, to string) messages.Ticket {
			return r.ask(from, func(t messages.Ticket) any {
				return messages.Open{Ticket: t, Peer: r.id(to), Via: []messages.PeerID{r.id("x")}}
			})
		}
		first, second := via("a", "b"), via("c", "d")
		r.run(time.Second)
		Expect(r.outcome("a", first)).To(BeAssignableToTypeOf(messages.ArcOpened{}))
		Expect(code(r.outcome("c", second))).To(Equal(messages.ErrFull))
		counts("signals_refused", 1)
	})

	It("introductions that it serves, a peer serves no more", func() {
		narrow.MaxRelays = 1
		start()
		r.open("x", "a")
		r.open("a", "b")
		r.open("a", "c")
		first := r.ask("a", func(t messages.Ticket) any { return messages.Introduce{Ticket: t, From: r.id("x"), To: r.id("b")} })
		second := r.ask("a", func(t messages.Ticket) any { return messages.Introduce{Ticket: t, From: r.id("x"), To: r.id("c")} })
		r.run(time.Second)
		Expect(r.outcome("a", first)).To(BeAssignableToTypeOf(messages.Introduced{}))
		Expect(code(r.outcome("a", second))).To(Equal(messages.ErrFull))
		counts("introductions_refused", 1)
	})

	It("arcs, a peer opens no more", func() {
		narrow.MaxArcs = 2
		start()
		r.open("x", "a")
		r.open("x", "a")
		Expect(code(r.open("x", "a"))).To(Equal(messages.ErrFull))
		counts("failed_open", 1)
		Expect(r.snapshot("a").Views["lab"].In.Count(r.id("x"))).To(Equal(2))
	})

	It("an offer's size, a peer fails and keeps its connection to the relay", func() {
		start()
		r.startIn("y", func() actors.World {
			w := r.world("y")
			w.Transport = verbose{w.Transport}
			return w
		}(), quick())
		r.join("y")
		Expect(code(r.open("y", "a"))).To(Equal(messages.ErrTooBig))
		Expect(r.snapshot("y").Counters["signals_too_big"]).To(Equal(1.0))
		Expect(r.snapshot("y").Pending).To(BeEmpty())
		Expect(r.open("x", "y")).To(BeAssignableToTypeOf(messages.Failed{}), "nor can it answer")
		Expect(r.peers["y"].room.signals).To(Equal(1), "a refusal is all that left")
		Expect(r.snapshot("y").Counters["signals_too_big"]).To(Equal(2.0))
	})

	It("messages that wait for a channel, a peer takes no more", func() {
		narrow.MaxWaiting = 2
		start()
		p := protocols.Protocol{Name: "p", Message: &wrapperspb.BytesValue{}, Delivery: protocols.Lossy}
		var events []any
		s := scripted("p", &events, nil)
		s.Delivery = protocols.Lossy
		r.spawn("a", p)
		pid := r.spawn("x", s)
		r.open("x", "a")
		r.latency = 50 * time.Millisecond
		for t := range 4 {
			r.system.Root.Send(pid, messages.Send{Ticket: messages.Ticket(t + 1), To: r.id("a"), Message: wrapperspb.Bytes(nil)})
		}
		r.run(time.Second)
		var full []messages.Ticket
		for _, e := range events {
			if f, ok := e.(messages.Failed); ok {
				Expect(code(f)).To(Equal(messages.ErrFull))
				full = append(full, f.Ticket)
			}
		}
		Expect(full).To(Equal([]messages.Ticket{3, 4}))
		counts("failed_send", 2)
	})

	It("requests for contacts, a peer makes no more", func() {
		start()
		r.latency = 50 * time.Millisecond
		var tickets []messages.Ticket
		for range 66 {
			tickets = append(tickets, r.ask("x", func(t messages.Ticket) any { return messages.ContactsOf{Ticket: t, N: 1} }))
		}
		tickets = append(tickets, r.ask("x", func(t messages.Ticket) any { return messages.ContactsOf{Ticket: t, N: 65} }))
		r.run(time.Millisecond)
		Expect(outcomes(tickets...)).To(Equal([]messages.Code{messages.ErrFull, messages.ErrFull, messages.ErrTooBig}))
		counts("failed_contacts", 3)
	})
})
