package sim_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
	"github.com/n2n-overlay/n2n/protocols/protocoltest"
	"github.com/n2n-overlay/n2n/sim"
)

// probe is a handler that does what a test tells it, and notes what it gets.
type probe struct {
	got  []noted
	busy bool // it handles an event
}

// noted is an event, with what the Port said when it came.
type noted struct {
	event     any
	at        time.Time
	own, seen protocols.View
}

func (h *probe) Handle(port protocols.Port, event any) {
	if h.busy {
		panic("an event came within a call of the Port")
	}
	h.busy = true
	defer func() { h.busy = false }()
	if e, ok := event.(messages.Told); ok {
		e.Event.(func(protocols.Port))(port)
		return
	}
	h.got = append(h.got, noted{event, port.Now(), copied(port.View()), copied(port.ViewOf("p"))})
}

// copied is a View that later events do not change.
func copied(v protocols.View) (c protocols.View) {
	for a := range v.Out.All() {
		c.Out.Set(a)
	}
	for a := range v.In.All() {
		c.In.Set(a)
	}
	return c
}

// ended lists the events that carry a ticket.
func (h *probe) ended(t messages.Ticket) (all []noted) {
	for _, n := range h.got {
		if messages.TicketOf(n.event) == t {
			all = append(all, n)
		}
	}
	return all
}

// ported is a peer a whose probe has a Port, beside the peers b, c and d that run the
// same protocol. All its requests can succeed.
type ported interface {
	do(func(protocols.Port))
	// run lets requests end and time pass.
	run(d time.Duration)
	crash(peer string)
	// seen opens an arc of the protocol p from a to a peer.
	seen(peer string)
	emitted() []string
	counted(metric string) float64
	id(peer string) messages.PeerID
}

func probing(h *probe) protocols.Protocol {
	return protocols.Protocol{
		Name: "probe", Message: &wrapperspb.StringValue{}, Sees: []string{"p"},
		New: func() protocols.Handler { return h },
	}
}

// inWorld is a Port at a level of the simulated world.
type inWorld struct{ try }

func newInWorld(make func(sim.Network, actors.Config) (level, error)) func(*testing.T, *probe) ported {
	return func(t *testing.T, h *probe) ported {
		l, err := make(sim.Network{Latency: sim.Latency{Mean: 20 * time.Millisecond}}, actors.DefaultConfig())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(l.Close)
		w := inWorld{try{l, t}}
		for _, name := range []string{"b", "c", "d", "a"} { // a is the last to enter, and gets contacts
			of := &probe{}
			if name == "a" {
				of = h
			}
			w.add(name, probing(of), p)
		}
		return w
	}
}

func (w inWorld) do(what func(protocols.Port)) { w.tell("a", "probe", what) }
func (w inWorld) run(d time.Duration)          { w.wait(d) }
func (w inWorld) crash(peer string)            { w.level.crash(peer) }
func (w inWorld) id(peer string) messages.PeerID {
	return id(peer)
}

func (w inWorld) seen(peer string) {
	w.command("a", "p", messages.Open{Peer: id(peer)})
	w.wait(3 * time.Second)
	w.forget("a")
}

func (w inWorld) emitted() []string { return w.events("a") }

// onPort is the recording Port. The test decides how its requests end: well.
type onPort struct {
	*protocoltest.Port
}

func newOnPort(_ *testing.T, h *probe) ported {
	o := onPort{protocoltest.NewPort("a", probing(h), 1)}
	o.Deliver(messages.Started{})
	return o
}

func (o onPort) do(what func(protocols.Port))   { o.Deliver(messages.Told{Event: what}) }
func (o onPort) crash(peer string)              { o.Down(peer, messages.CauseCrashed) }
func (o onPort) seen(peer string)               { o.SeeArc("p", peer, messages.Out) }
func (o onPort) counted(metric string) float64  { return o.Metrics[metric] }
func (o onPort) id(peer string) messages.PeerID { return protocoltest.Peer(peer) }

func (o onPort) run(d time.Duration) {
	for _, r := range o.Pending() {
		if r.Op == messages.OpContacts {
			o.NameContacts("b", "c")
		} else {
			o.Succeed(r.Op, protocoltest.Name(r.Peer))
		}
	}
	o.Advance(d)
}

func (o onPort) emitted() (lines []string) {
	for _, e := range o.Emitted {
		lines = append(lines, fmt.Sprint("probe: ", e))
	}
	return lines
}

// portClaims are what protocols.Port promises to a handler, each a script.
var portClaims = map[string]func(t *testing.T, x ported, h *probe){
	"tickets are unique, and each request ends with one event that carries its own": func(t *testing.T, x ported, h *probe) {
		b, c := x.id("b"), x.id("c")
		requests := []struct {
			op  messages.Op
			ask func(protocols.Port) messages.Ticket
		}{
			{messages.OpOpen, func(p protocols.Port) messages.Ticket { return p.Open(b) }},
			{messages.OpOpen, func(p protocols.Port) messages.Ticket { return p.Open(c) }},
			{messages.OpLock, func(p protocols.Port) messages.Ticket { return p.Lock(b) }},
			{messages.OpUnlock, func(p protocols.Port) messages.Ticket { return p.Unlock(b) }},
			{messages.OpInvite, func(p protocols.Port) messages.Ticket { return p.Invite(b) }},
			{messages.OpIntroduce, func(p protocols.Port) messages.Ticket { return p.Introduce(b, c) }},
			{messages.OpDrop, func(p protocols.Port) messages.Ticket { return p.Drop(b) }},
			{messages.OpClose, func(p protocols.Port) messages.Ticket { return p.Close(b) }},
			{messages.OpContacts, func(p protocols.Port) messages.Ticket { return p.Contacts(2) }},
		}
		tickets := make([]messages.Ticket, len(requests))
		for i, r := range requests {
			x.do(func(p protocols.Port) { tickets[i] = r.ask(p) })
			x.run(4 * time.Second)
		}
		var sent messages.Ticket
		x.do(func(p protocols.Port) { sent = p.Send(c, text("hello")) })
		x.run(4 * time.Second)
		if n := len(h.ended(sent)); n > 0 {
			t.Errorf("a message that was sent has %d events, want none", n)
		}
		for i, ticket := range append(tickets, sent) {
			if ticket == 0 || slices.Contains(tickets[:i], ticket) {
				t.Errorf("the tickets are %v and %d, all must be different and none 0", tickets, sent)
			}
		}
		for i, r := range requests {
			ends := h.ended(tickets[i])
			if len(ends) != 1 {
				t.Errorf("%s ended with %d events, want one", r.op, len(ends))
				continue
			}
			if failed, ok := ends[0].event.(messages.Failed); ok {
				t.Errorf("%s failed: %v", r.op, failed.Err)
			}
		}
	},
	"the view has changed when the event comes": func(t *testing.T, x ported, h *probe) {
		b := x.id("b")
		for _, step := range []struct {
			ask        func(protocols.Port) messages.Ticket
			out, locks int
		}{
			{func(p protocols.Port) messages.Ticket { return p.Open(b) }, 1, 0},
			{func(p protocols.Port) messages.Ticket { return p.Open(b) }, 2, 0},
			{func(p protocols.Port) messages.Ticket { return p.Lock(b) }, 2, 1},
			{func(p protocols.Port) messages.Ticket { return p.Close(b) }, 1, 1},
			{func(p protocols.Port) messages.Ticket { return p.Unlock(b) }, 1, 0},
			{func(p protocols.Port) messages.Ticket { return p.Close(b) }, 0, 0},
		} {
			var ticket messages.Ticket
			x.do(func(p protocols.Port) { ticket = step.ask(p) })
			x.run(3 * time.Second)
			for _, n := range h.ended(ticket) {
				if arc := n.own.Out.Get(b); arc.Count != step.out || arc.Locks != step.locks {
					t.Errorf("at %T there were %d arcs with %d locks, want %d with %d", n.event, arc.Count, arc.Locks, step.out, step.locks)
				}
			}
		}
	},
	"a lost connection is told of first, then the end of each arc": func(t *testing.T, x ported, h *probe) {
		b := x.id("b")
		for range 2 {
			x.do(func(p protocols.Port) { p.Open(b) })
			x.run(3 * time.Second)
		}
		h.got = nil
		x.crash("b")
		x.run(3 * time.Second)
		var kinds []string
		for _, n := range h.got {
			kinds = append(kinds, fmt.Sprintf("%T %d", n.event, n.own.Out.Count(b)))
		}
		if want := []string{"messages.PeerDown 2", "messages.ArcClosed 1", "messages.ArcClosed 0"}; !slices.Equal(kinds, want) {
			t.Errorf("the events, with the arcs that were left: %q, want %q", kinds, want)
		}
		if down, ok := h.got[0].event.(messages.PeerDown); ok && (down.Out != 2 || down.In != 0 || down.Cause != messages.CauseCrashed) {
			t.Errorf("%+v, want 2 arcs out and none in, crashed", down)
		}
	},
	"views list peers in the order of their PeerIDs": func(t *testing.T, x ported, h *probe) {
		for _, name := range []string{"d", "b", "c"} {
			x.do(func(p protocols.Port) { p.Open(x.id(name)) })
			x.run(3 * time.Second)
		}
		want := []messages.PeerID{x.id("b"), x.id("c"), x.id("d")}
		x.do(func(p protocols.Port) {
			var arcs []messages.PeerID
			for a := range p.View().Out.All() {
				arcs = append(arcs, a.Peer)
			}
			if peers := slices.Collect(p.View().Peers()); !slices.Equal(peers, want) || !slices.Equal(arcs, want) {
				t.Errorf("peers %v and arcs %v, want %v", peers, arcs, want)
			}
		})
	},
	"arcs of a protocol that it sees are in its view when they are told": func(t *testing.T, x ported, h *probe) {
		x.seen("b")
		for _, n := range h.got {
			if _, ok := n.event.(messages.Seen); ok {
				if n.seen.Out.Count(x.id("b")) != 1 || n.own.Out.Len() != 0 {
					t.Errorf("at Seen the view of p was %v and its own %v", n.seen, n.own)
				}
				return
			}
		}
		t.Error("the arc was not told")
	},
	"timers come in their order, unless they are stopped": func(t *testing.T, x ported, h *probe) {
		var first, stopped protocols.Timer
		var began time.Time
		x.do(func(p protocols.Port) {
			began = p.Now()
			first = p.After(2*time.Second, "two")
			p.After(2*time.Second, "two again")
			stopped = p.After(time.Second, "stopped")
			p.After(time.Second, "one")
			p.After(-time.Second, "at once")
			if !stopped.Stop() || stopped.Stop() {
				t.Error("Stop says whether the event was still to come")
			}
		})
		x.run(3 * time.Second)
		x.do(func(protocols.Port) {
			if first.Stop() {
				t.Error("Stop stopped an event that has come")
			}
		})
		var got []string
		for _, n := range h.got {
			if name, ok := n.event.(string); ok {
				got = append(got, fmt.Sprint(name, " ", n.at.Sub(began)))
			}
		}
		if want := []string{"at once 0s", "one 1s", "two 2s", "two again 2s"}; !slices.Equal(got, want) {
			t.Errorf("timers %q, want %q", got, want)
		}
	},
	"what it emits is heard in order, and what it counts is summed": func(t *testing.T, x ported, h *probe) {
		x.do(func(p protocols.Port) {
			p.Emit("one")
			p.Count("things", 1)
			p.Emit("two")
			p.Count("things", 0.5)
		})
		x.run(time.Second)
		if got, want := x.emitted(), []string{"probe: one", "probe: two"}; !slices.Equal(got, want) {
			t.Errorf("emitted %q, want %q", got, want)
		}
		if got := x.counted("things"); got != 1.5 {
			t.Errorf("counted %v things, want 1.5", got)
		}
	},
	"it knows its own peer, and has one stream of random numbers": func(t *testing.T, x ported, h *probe) {
		x.do(func(p protocols.Port) {
			if p.Self() != x.id("a") {
				t.Errorf("Self is %v", p.Self())
			}
			if first := p.Rand(); p.Rand() != first {
				t.Error("Rand is another stream at each call")
			}
		})
	},
}

// TestPort tests what a handler sees, at each level of the simulated world and on the
// Port that records.
func TestPort(t *testing.T) {
	ports := map[string]func(*testing.T, *probe) ported{"recording": newOnPort}
	for _, l := range levels {
		ports[l.name] = newInWorld(l.make)
	}
	for name, make := range ports {
		t.Run(name, func(t *testing.T) {
			for claim, script := range portClaims {
				t.Run(claim, func(t *testing.T) {
					h := &probe{}
					script(t, make(t, h), h)
				})
			}
		})
	}
}
