//go:build !js

package actors_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

// lab is a passive protocol.
var lab = protocols.Protocol{Name: "lab", Message: &wrapperspb.BytesValue{}}

// room is a number of named peers that run lab.
type room struct {
	*memory
	peers map[string]*member
	names map[messages.PeerID]string
}

type member struct {
	*actors.Peer
	lab     *actor.PID
	room    *memoryRoom
	events  []any
	tickets messages.Ticket
}

func newRoom(names ...string) *room {
	r := &room{memory: newMemory(), peers: map[string]*member{}, names: map[messages.PeerID]string{}}
	for _, name := range names {
		r.start(name)
	}
	return r
}

func quick() actors.Config {
	c := actors.DefaultConfig()
	c.Linger = time.Second
	return c
}

func (r *room) start(name string) *member { return r.startIn(name, r.world(name), quick()) }

func (r *room) startIn(name string, world actors.World, config actors.Config) *member {
	peer, err := actors.Start(r.system, world, config)
	Expect(err).NotTo(HaveOccurred())
	m := &member{Peer: peer, room: world.Rendezvous.(*memoryRoom)}
	r.peers[name], r.names[peer.ID()] = m, name
	peer.Subscribe("lab", func(e any) { m.events = append(m.events, e) })
	m.lab = r.spawn(name, lab)
	return m
}

func (r *room) spawn(name string, p protocols.Protocol) *actor.PID {
	pid, err := r.peers[name].Spawn(context.Background(), p)
	Expect(err).NotTo(HaveOccurred())
	return pid
}

func (r *room) id(name string) messages.PeerID { return r.peers[name].ID() }

// join lets all peers enter a room, in order.
func (r *room) join(names ...string) {
	for _, name := range names {
		_, err := r.peers[name].Join(context.Background(), "room")
		Expect(err).NotTo(HaveOccurred())
	}
}

func (r *room) alive(name string) bool {
	select {
	case <-r.peers[name].Done():
		return false
	default:
		return true
	}
}

// leave lets a peer leave, and asserts that it ends well.
func (r *room) leave(name string) {
	GinkgoHelper()
	r.peers[name].BeginLeave()
	r.run(time.Minute)
	Expect(r.alive(name)).To(BeFalse(), "%s has not ended", name)
	Expect(r.peers[name].Err()).NotTo(HaveOccurred())
}

// readd removes a peer's lab and adds it again; between may let time pass.
func (r *room) readd(name string, between func()) {
	GinkgoHelper()
	m := r.peers[name]
	removed := m.BeginRemove("lab")
	between()
	added := m.BeginSpawn(lab)
	r.run(0)
	Expect([]int{removed.Ended, added.Ended}).To(Equal([]int{1, 1}))
	Expect(errors.Join(removed.Err, added.Err)).NotTo(HaveOccurred())
	m.lab = added.Value
}

func atOnce() {}

// agree asserts that the views of two peers are two sides of the same arcs.
func (r *room) agree(a, b string) {
	GinkgoHelper()
	va, vb := r.snapshot(a).Views["lab"], r.snapshot(b).Views["lab"]
	Expect(va.Out.Count(r.id(b))).To(Equal(vb.In.Count(r.id(a))), "arcs from %s to %s", a, b)
	Expect(vb.Out.Count(r.id(a))).To(Equal(va.In.Count(r.id(b))), "arcs from %s to %s", b, a)
}

// bySize returns two names in the order of their PeerIDs.
func (r *room) bySize(a, b string) (smaller, larger string) {
	if r.id(b).Less(r.id(a)) {
		return b, a
	}
	return a, b
}

// do sends a command to a peer's lab, lets time pass, and returns the event that
// ended it.
func (r *room) do(name string, command func(messages.Ticket) any) any {
	t := r.ask(name, command)
	r.run(100 * time.Millisecond)
	return r.outcome(name, t)
}

func (r *room) ask(name string, command func(messages.Ticket) any) messages.Ticket {
	m := r.peers[name]
	m.tickets++
	r.system.Root.Send(m.lab, command(m.tickets))
	return m.tickets
}

func (r *room) outcome(name string, t messages.Ticket) any {
	var found []any
	for _, e := range r.peers[name].events {
		if messages.TicketOf(e) == t {
			found = append(found, e)
		}
	}
	Expect(len(found)).To(BeNumerically("<=", 1), "events that end ticket %d of %s: %v", t, name, found)
	if len(found) == 0 {
		return nil
	}
	return found[0]
}

func (r *room) open(a, b string, via ...string) any {
	return r.do(a, func(t messages.Ticket) any {
		c := messages.Open{Ticket: t, Peer: r.id(b)}
		for _, v := range via {
			c.Via = append(c.Via, r.id(v))
		}
		return c
	})
}

func (r *room) introduce(b, a, c string, views ...messages.Views) any {
	return r.do(b, func(t messages.Ticket) any {
		i := messages.Introduce{Ticket: t, From: r.id(a), To: r.id(c)}
		if len(views) > 0 {
			i.Views = views[0]
		}
		return i
	})
}

func (r *room) snapshot(name string) actors.Snapshot {
	s, err := r.peers[name].Snapshot(context.Background())
	Expect(err).NotTo(HaveOccurred())
	return s
}

// views renders the arcs of a peer's lab, as in "out b:2 in c:1 locks b:1".
func (r *room) views(name string) string {
	v := r.snapshot(name).Views["lab"]
	text := "out"
	for a := range v.Out.All() {
		text += fmt.Sprintf(" %s:%d", r.names[a.Peer], a.Count)
	}
	text += " in"
	for a := range v.In.All() {
		text += fmt.Sprintf(" %s:%d", r.names[a.Peer], a.Count)
	}
	for a := range v.Out.All() {
		if a.Locks > 0 {
			text += fmt.Sprintf(" locks %s:%d", r.names[a.Peer], a.Locks)
		}
	}
	return text
}

// lastly returns the events since the last call.
func (m *member) lastly() []any {
	e := m.events
	m.events = nil
	return e
}

func code(e any) messages.Code {
	f, ok := e.(messages.Failed)
	Expect(ok).To(BeTrue(), "not a failure: %#v", e)
	return messages.CodeOf(f.Err)
}

var _ = Describe("a room of peers", func() {
	var r *room
	BeforeEach(func() {
		r = newRoom("a", "b", "c")
		r.join("a", "b")
	})

	It("opens an arc through the rendezvous, then without any signal", func() {
		Expect(r.open("a", "b")).To(BeAssignableToTypeOf(messages.ArcOpened{}))
		Expect(r.views("a")).To(Equal("out b:1 in"))
		Expect(r.views("b")).To(Equal("out in a:1"))
		Expect(r.peers["a"].room.signals + r.peers["b"].room.signals).To(Equal(2))
		clear(r.frames)
		Expect(r.open("a", "b")).To(BeAssignableToTypeOf(messages.ArcOpened{}))
		Expect(r.open("b", "a")).To(BeAssignableToTypeOf(messages.ArcOpened{}))
		Expect(r.views("a")).To(Equal("out b:2 in b:1"))
		Expect(r.frames).To(Equal(map[string]int{"Arcs": 2}))
		Expect(r.peers["a"].room.signals + r.peers["b"].room.signals).To(Equal(2))
	})

	It("introduces two neighbours in six messages", func() {
		r.open("a", "b")
		r.join("c")
		r.open("b", "c")
		r.peers["a"].room.Leave()
		r.peers["b"].room.Leave()
		r.peers["c"].room.Leave()
		r.run(time.Second / 10)
		clear(r.frames)
		Expect(r.introduce("b", "a", "c")).To(Equal(messages.Introduced{Ticket: 2, From: r.id("a"), To: r.id("c")}))
		Expect(r.views("a")).To(Equal("out b:1 c:1 in"))
		Expect(r.views("c")).To(Equal("out in a:1 b:1"))
		Expect(r.frames).To(Equal(map[string]int{"Introduction": 1, "Signal": 4, "Outcome": 1, "Hello": 2, "Proof": 2, "Arcs": 1}))
		Expect(r.snapshot("b").Counters["neighbour_signals"]).To(Equal(2.0))
	})

	It("requires the views that an introduction names", func() {
		r.open("a", "b")
		r.join("c")
		r.open("b", "c")
		Expect(code(r.introduce("b", "a", "c", messages.Views{From: messages.OutView}))).To(Equal(messages.ErrNotInView))
		Expect(code(r.introduce("b", "a", "c", messages.Views{From: messages.InView, To: messages.InView}))).To(Equal(messages.ErrNotInView))
		Expect(r.introduce("b", "a", "c", messages.Views{From: messages.InView, To: messages.OutView})).To(BeAssignableToTypeOf(messages.Introduced{}))
	})

	It("invites a neighbour to open an arc", func() {
		r.open("a", "b")
		e := r.do("a", func(t messages.Ticket) any { return messages.Invite{Ticket: t, Peer: r.id("b")} })
		Expect(e).To(Equal(messages.ArcOpened{Ticket: 2, Peer: r.id("b"), Dir: messages.In}))
		Expect(r.views("a")).To(Equal("out b:1 in b:1"))
	})

	It("gives typed errors and changes nothing", func() {
		Expect(code(r.open("a", "a"))).To(Equal(messages.ErrSelf))
		Expect(code(r.open("c", "a"))).To(Equal(messages.ErrUnknownPeer))
		Expect(code(r.open("a", "c"))).To(Equal(messages.ErrUnknownPeer))
		Expect(code(r.open("a", "c", "b"))).To(Equal(messages.ErrUnknownPeer))
		Expect(code(r.open("c", "a", "b"))).To(Equal(messages.ErrNotNeighbor))
		Expect(code(r.introduce("a", "b", "c"))).To(Equal(messages.ErrNotNeighbor))
		Expect(code(r.do("a", func(t messages.Ticket) any { return messages.Close{Ticket: t, Peer: r.id("b")} }))).To(Equal(messages.ErrNoArc))
		Expect(code(r.do("a", func(t messages.Ticket) any {
			return messages.Send{Ticket: t, To: r.id("b"), Message: wrapperspb.Bytes(nil)}
		}))).To(Equal(messages.ErrNotNeighbor))
		r.open("a", "b")
		Expect(code(r.do("a", func(t messages.Ticket) any { return messages.Unlock{Ticket: t, Peer: r.id("b")} }))).To(Equal(messages.ErrNotLocked))
		r.do("a", func(t messages.Ticket) any { return messages.Lock{Ticket: t, Peer: r.id("b")} })
		Expect(r.views("a")).To(Equal("out b:1 in locks b:1"))
		Expect(code(r.do("a", func(t messages.Ticket) any { return messages.Lock{Ticket: t, Peer: r.id("b")} }))).To(Equal(messages.ErrLocked))
		Expect(code(r.do("a", func(t messages.Ticket) any { return messages.Close{Ticket: t, Peer: r.id("b")} }))).To(Equal(messages.ErrLocked))
		Expect(r.do("b", func(t messages.Ticket) any { return messages.Drop{Ticket: t, Peer: r.id("a")} })).To(Equal(messages.ArcClosed{Ticket: 1, Peer: r.id("a"), Dir: messages.In, Cause: messages.CauseDropped}))
		Expect(r.views("a")).To(Equal("out in"))
		Expect(r.peers["a"].lastly()).To(ContainElement(messages.ArcClosed{Peer: r.id("b"), Dir: messages.Out, Cause: messages.CauseDropped}))
	})

	It("lets an open stand that crosses a drop of older arcs", func() {
		r.open("a", "b")
		open := r.ask("a", func(t messages.Ticket) any { return messages.Open{Ticket: t, Peer: r.id("b")} })
		drop := r.ask("b", func(t messages.Ticket) any { return messages.Drop{Ticket: t, Peer: r.id("a")} })
		r.run(time.Second)
		Expect(r.outcome("a", open)).To(BeAssignableToTypeOf(messages.ArcOpened{}))
		Expect(r.outcome("b", drop)).To(BeAssignableToTypeOf(messages.ArcClosed{}))
		Expect(r.views("a")).To(Equal("out b:2 in"))
		r.agree("a", "b")
	})

	It("sends messages whichever way the arcs point", func() {
		r.open("a", "b")
		r.do("b", func(t messages.Ticket) any {
			return messages.Send{Ticket: t, To: r.id("a"), Message: wrapperspb.Bytes([]byte("hello"))}
		})
		Expect(r.peers["a"].events).To(ContainElement(WithTransform(func(e any) string {
			if m, ok := e.(messages.Received); ok {
				return r.names[m.From] + " " + string(m.Message.(*wrapperspb.BytesValue).GetValue())
			}
			return ""
		}, Equal("b hello"))))
	})

	It("resolves two offers that cross into one connection", func() {
		ta := r.ask("a", func(t messages.Ticket) any { return messages.Open{Ticket: t, Peer: r.id("b")} })
		tb := r.ask("b", func(t messages.Ticket) any { return messages.Open{Ticket: t, Peer: r.id("a")} })
		r.run(time.Second / 2)
		Expect(r.outcome("a", ta)).To(BeAssignableToTypeOf(messages.ArcOpened{}))
		Expect(r.outcome("b", tb)).To(BeAssignableToTypeOf(messages.ArcOpened{}))
		Expect(r.views("a")).To(Equal("out b:1 in b:1"))
		Expect(r.snapshot("a").Counters["connections_authenticated"]).To(Equal(1.0))
		Expect(r.snapshot("b").Counters["connections_authenticated"]).To(Equal(1.0))
		Expect(r.snapshot("a").Counters["glares"] + r.snapshot("b").Counters["glares"]).To(Equal(2.0))
	})

	It("lets a connection linger, revives it, and closes it when both agree", func() {
		r.open("a", "b")
		shut := func(t messages.Ticket) any { return messages.Close{Ticket: t, Peer: r.id("b")} }
		r.do("a", shut)
		Expect(r.snapshot("a").Lingering).To(Equal([]messages.PeerID{r.id("b")}))
		clear(r.frames)
		r.open("a", "b")
		Expect(r.frames).To(Equal(map[string]int{"Arcs": 1}))
		r.run(3 * time.Second)
		Expect(r.snapshot("a").Connections).To(HaveLen(1))
		r.do("a", shut)
		r.run(3 * time.Second)
		Expect(r.snapshot("a").Lingering).To(BeEmpty())
		Expect(r.snapshot("b").Lingering).To(BeEmpty())
		for _, e := range append(r.peers["a"].events, r.peers["b"].events...) {
			Expect(e).NotTo(BeAssignableToTypeOf(messages.PeerDown{}))
		}
	})

	It("tells who left from who crashed", func() {
		r.join("c")
		r.open("a", "b")
		r.open("a", "b")
		r.open("c", "b")
		r.peers["a"].lastly()
		Expect(r.peers["b"].Leave(context.Background())).To(Succeed())
		r.run(time.Second)
		lost := messages.ArcClosed{Peer: r.id("b"), Dir: messages.Out, Cause: messages.CauseLeft}
		Expect(r.peers["a"].lastly()).To(Equal([]any{messages.PeerDown{Peer: r.id("b"), Out: 2, Cause: messages.CauseLeft}, lost, lost}))
		r.open("a", "c")
		r.peers["a"].lastly()
		r.peers["c"].Crash()
		r.run(time.Second)
		Expect(r.peers["a"].lastly()).To(ContainElement(messages.PeerDown{Peer: r.id("c"), Out: 1, Cause: messages.CauseCrashed}))
		Expect(r.peers["c"].Err()).To(HaveOccurred())
		Expect(r.peers["b"].Err()).NotTo(HaveOccurred())
	})

	It("ends every request before its deadline when the other side is silent", func() {
		r.silent[r.id("b")] = true
		t := r.ask("a", func(t messages.Ticket) any { return messages.Open{Ticket: t, Peer: r.id("b")} })
		r.run(20 * time.Second)
		Expect(code(r.outcome("a", t))).To(Equal(messages.ErrTimeout))
		s := r.snapshot("a")
		Expect(s.Pending).To(BeEmpty())
		Expect(s.Connections).To(BeEmpty())
	})

	It("refuses somebody in the middle", func() {
		r.fingerprint = func(_ *memoryConn, remote []byte) []byte { return []byte("certificate of the one in the middle") }
		e := r.open("a", "b")
		Expect(code(e)).NotTo(BeEmpty())
		Expect(r.snapshot("a").Counters["connections_authenticated"]).To(BeZero())
		Expect(r.snapshot("b").Counters["connections_violated"] + r.snapshot("a").Counters["connections_violated"]).To(BeNumerically(">", 0))
		Expect(r.frames["Arcs"] + r.frames["envelope"]).To(BeZero())
	})
})
