//go:build !js

package actors_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	. "github.com/onsi/gomega"
	"google.golang.org/protobuf/types/known/wrapperspb"
	"pgregory.net/rapid"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

// TestViewsCannotDrift runs random programs over a few peers that crash, leave
// and come back, and checks once nothing is in flight that both ends of every
// arc agree, that every request ended with exactly one event, that the events
// told the views, and that nothing is left over.
func TestViewsCannotDrift(t *testing.T) {
	words := []string{
		"wait", "wait", "wait", "wait long", "linger", "latency",
		"open", "open", "open via", "open via", "close", "lock", "unlock", "drop",
		"introduce", "introduce", "invite", "send",
		"readd", "cut", "leave", "crash", "restart",
	}
	rapid.Check(t, func(t *rapid.T) {
		p := newProgram(t, rapid.IntRange(2, 4).Draw(t, "peers"))
		p.take(words)
		p.run(2 * time.Minute)
		p.checkLeavers()
		p.checkRequests()
		for _, name := range p.living() {
			p.checkOtherEnds(name)
			p.checkEvents(name)
			p.checkNothingHeld(name)
		}
	})
}

// TestSeenViewsCannotDrift checks that the view of a protocol that another one
// sees is that protocol's own, whenever either is added or removed.
func TestSeenViewsCannotDrift(t *testing.T) {
	words := []string{"wait", "open", "open", "close", "drop", "watch", "readd", "cut"}
	rapid.Check(t, func(t *rapid.T) {
		p := newProgram(t, 3)
		p.take(words)
		p.run(30 * time.Second)
		for _, name := range p.living() {
			p.checkSeen(name)
		}
	})
}

// program is a random run over a few peers.
type program struct {
	*room
	t        *rapid.T
	names    []string
	lines    []string // the steps so far, for the reader of a failure
	requests []asked
	leaving  map[string]bool
	watches  map[string]*watch
}

// asked is a request of a peer's lab.
type asked struct {
	name   string
	member *member
	lab    *actor.PID // when asked; its requests are owed an end while it runs
	ticket messages.Ticket
}

// watch sees the arcs of lab and, when told anything, notes its view of them.
type watch struct{ view protocols.View }

func (w *watch) Handle(port protocols.Port, event any) {
	if _, ok := event.(messages.Told); ok {
		w.view = port.ViewOf("lab")
	}
}

func newProgram(t *rapid.T, peers int) *program {
	RegisterTestingT(t)
	names := []string{"a", "b", "c", "d"}[:peers]
	p := &program{room: newRoom(names...), t: t, names: names, leaving: map[string]bool{}, watches: map[string]*watch{}}
	p.join(names...)
	return p
}

// take takes random steps. Repeat lets rapid leave out single ones of those of
// a program that fails.
func (p *program) take(words []string) {
	word := rapid.SampledFrom(words)
	p.t.Repeat(map[string]func(*rapid.T){
		"step": func(t *rapid.T) { p.step(word.Draw(t, "word")) },
	})
}

// step takes one step: time passes, or something happens to peer a.
func (p *program) step(word string) {
	a, b, c := p.peer("a"), p.peer("b"), p.peer("c")
	switch word {
	case "wait":
		p.pass(0, 8)
		return
	case "wait long":
		p.pass(5000, 5000)
		return
	case "linger":
		p.pass(985, 1010)
		return
	case "latency":
		p.latency = p.milliseconds(1, 30)
		p.note("latency %v", p.latency)
		return
	}
	switch {
	case p.alive(a) && p.leaving[a]:
	case p.alive(a):
		p.act(word, a, b, c)
	case word == "restart":
		p.start(a)
	}
}

// act lets something happen to a living peer a, most often a request.
func (p *program) act(word, a, b, c string) {
	to, via := p.id(b), p.id(c)
	switch word {
	case "open":
		p.ask(func(t messages.Ticket) any { return messages.Open{Ticket: t, Peer: to} }, a, "opens to", b)
	case "open via":
		p.ask(func(t messages.Ticket) any { return messages.Open{Ticket: t, Peer: to, Via: []messages.PeerID{via}} }, a, "opens to", b, "via", c)
	case "close":
		p.ask(func(t messages.Ticket) any { return messages.Close{Ticket: t, Peer: to} }, a, "closes to", b)
	case "lock":
		p.ask(func(t messages.Ticket) any { return messages.Lock{Ticket: t, Peer: to} }, a, "locks", b)
	case "unlock":
		p.ask(func(t messages.Ticket) any { return messages.Unlock{Ticket: t, Peer: to} }, a, "unlocks", b)
	case "drop":
		p.ask(func(t messages.Ticket) any { return messages.Drop{Ticket: t, Peer: to} }, a, "drops", b)
	case "introduce":
		p.ask(func(t messages.Ticket) any { return messages.Introduce{Ticket: t, From: to, To: via} }, a, "introduces", b, "to", c)
	case "invite":
		p.ask(func(t messages.Ticket) any { return messages.Invite{Ticket: t, Peer: to} }, a, "invites", b)
	case "send":
		p.note("%s sends to %s", a, b)
		p.system.Root.Send(p.peers[a].lab, messages.Send{To: to, Message: wrapperspb.Bytes(nil)})
	case "readd":
		p.note("%s removes lab", a)
		p.readd(a, func() { p.pass(0, 3) })
		p.note("%s added lab", a)
	case "watch":
		p.watch(a)
	case "cut":
		p.cut(a, b)
	case "leave":
		p.note("%s leaves", a)
		p.peers[a].BeginLeave()
		p.leaving[a] = true
	case "crash":
		p.crash(a)
	case "restart":
		p.crash(a)
		p.start(a)
	}
}

func (p *program) peer(label string) string { return rapid.SampledFrom(p.names).Draw(p.t, label) }

func (p *program) milliseconds(from, to int) time.Duration {
	return time.Duration(rapid.IntRange(from, to).Draw(p.t, "ms")) * time.Millisecond
}

func (p *program) pass(from, to int) {
	d := p.milliseconds(from, to)
	p.note("%v pass", d)
	p.run(d)
}

func (p *program) note(format string, args ...any) {
	p.lines = append(p.lines, fmt.Sprintf("%9v  ", p.now.Sub(time.Unix(0, 0)))+fmt.Sprintf(format, args...))
}

func (p *program) fail(format string, args ...any) {
	p.t.Helper()
	p.t.Fatalf("%s, after:\n%s", fmt.Sprintf(format, args...), strings.Join(p.lines, "\n"))
}

func (p *program) ask(command func(messages.Ticket) any, words ...string) {
	name := words[0]
	ticket := p.room.ask(name, command)
	p.requests = append(p.requests, asked{name, p.peers[name], p.peers[name].lab, ticket})
	p.note("%s (ticket %d)", strings.Join(words, " "), ticket)
}

func (p *program) start(name string) {
	p.note("%s starts", name)
	delete(p.leaving, name)
	delete(p.watches, name)
	p.room.start(name)
	p.join(name)
}

func (p *program) crash(name string) {
	p.note("%s crashes", name)
	p.peers[name].Crash()
	p.run(0)
	if p.alive(name) {
		p.fail("%s lives after its crash", name)
	}
}

func (p *program) cut(a, b string) {
	if c := p.conn(a, b); c != nil && !c.closed {
		p.note("the connection of %s to %s is cut", a, b)
		c.Close(false)
	}
}

// watch adds a watch to a peer, or removes it.
func (p *program) watch(name string) {
	if p.watches[name] != nil {
		p.note("%s removes its watch", name)
		delete(p.watches, name)
		p.peers[name].BeginRemove("watch")
		return
	}
	p.note("%s adds a watch", name)
	w := &watch{}
	p.watches[name] = w
	p.peers[name].BeginSpawn(protocols.Protocol{Name: "watch", Sees: []string{"lab"}, New: func() protocols.Handler { return w }})
}

func (p *program) living() []string {
	return slices.DeleteFunc(slices.Clone(p.names), func(name string) bool { return !p.alive(name) })
}

// checkLeavers asserts that who leaves is gone, and not by a crash.
func (p *program) checkLeavers() {
	for _, name := range p.names {
		if !p.leaving[name] {
			continue
		}
		if p.alive(name) {
			p.fail("%s has not left", name)
		}
		if err := p.peers[name].Err(); err != nil {
			p.fail("%s did not leave but crash: %v", name, err)
		}
	}
}

// checkRequests asserts that each request ended once, or not at all where its
// protocol or peer ended before.
func (p *program) checkRequests() {
	for _, r := range p.requests {
		n := 0
		for _, e := range r.member.events {
			if messages.TicketOf(e) == r.ticket {
				n++
			}
		}
		owed := p.peers[r.name] == r.member && p.alive(r.name) && r.member.lab == r.lab
		if n > 1 || owed && n == 0 {
			p.fail("ticket %d of %s ended %d times", r.ticket, r.name, n)
		}
	}
}

// checkOtherEnds asserts that the arcs of a peer are those that the others know.
func (p *program) checkOtherEnds(a string) {
	own := p.snapshot(a).Views["lab"]
	for _, b := range p.names {
		var other protocols.View
		if p.alive(b) {
			other = p.snapshot(b).Views["lab"]
		}
		if out, in := own.Out.Count(p.id(b)), other.In.Count(p.id(a)); out != in {
			p.fail("%s holds %d arcs to %s, which knows of %d", a, out, b, in)
		}
		if out, in := other.Out.Count(p.id(a)), own.In.Count(p.id(b)); out != in {
			p.fail("%s knows of %d arcs from %s, which holds %d", a, in, b, out)
		}
	}
}

// checkEvents asserts that a peer's events told of its arcs.
func (p *program) checkEvents(name string) {
	var told told
	for _, e := range p.peers[name].events {
		if err := told.take(e); err != nil {
			p.fail("%s was told wrongly: %v", name, err)
		}
	}
	view := p.snapshot(name).Views["lab"]
	for _, other := range p.names {
		id := p.id(other)
		if out, in := view.Out.Count(id), view.In.Count(id); told.out[id] != out || told.in[id] != in {
			p.fail("%s was told of %d arcs to %s and %d from it, and has %d and %d", name, told.out[id], other, told.in[id], out, in)
		}
	}
}

// told is the arcs of a protocol as its events tell them.
type told struct {
	out, in map[messages.PeerID]int
	due     []any // must come next, after a PeerDown
}

// take takes the next event, and says what is wrong with it.
func (v *told) take(event any) error {
	switch event.(type) {
	case messages.Started, messages.Stopped:
		v.out, v.in, v.due = map[messages.PeerID]int{}, map[messages.PeerID]int{}, nil
	}
	if len(v.due) > 0 {
		if event != v.due[0] {
			return fmt.Errorf("%#v in place of %#v", event, v.due[0])
		}
		v.due = v.due[1:]
	}
	switch e := event.(type) {
	case messages.ArcOpened:
		v.arcs(e.Dir)[e.Peer]++
	case messages.ArcClosed:
		v.arcs(e.Dir)[e.Peer]--
		if v.arcs(e.Dir)[e.Peer] < 0 {
			return fmt.Errorf("%#v of no arc", e)
		}
	case messages.PeerDown:
		if e.Out+e.In == 0 || e.Out != v.out[e.Peer] || e.In != v.in[e.Peer] {
			return fmt.Errorf("%#v of %d arcs to and %d from it", e, v.out[e.Peer], v.in[e.Peer])
		}
		v.due = slices.Concat(
			slices.Repeat([]any{messages.ArcClosed{Peer: e.Peer, Dir: messages.Out, Cause: e.Cause}}, e.Out),
			slices.Repeat([]any{messages.ArcClosed{Peer: e.Peer, Dir: messages.In, Cause: e.Cause}}, e.In),
		)
	}
	return nil
}

func (v *told) arcs(dir messages.Direction) map[messages.PeerID]int {
	if dir == messages.Out {
		return v.out
	}
	return v.in
}

// checkNothingHeld asserts that a peer at rest keeps nothing, and saw nothing
// that no correct peer does.
func (p *program) checkNothingHeld(name string) {
	s := p.snapshot(name)
	if len(s.Pending) > 0 || len(s.Lingering) > 0 {
		p.fail("%s has %d attempts and %d connections that linger", name, len(s.Pending), len(s.Lingering))
	}
	if len(s.Held) == 0 {
		p.fail("%s does not say what it holds", name)
	}
	for what, n := range s.Held {
		if n != 0 {
			p.fail("%s holds %d %s", name, n, what)
		}
	}
	for _, sum := range []string{"violations", "connections_violated", "connection_panics"} {
		if n := s.Counters[sum]; n != 0 {
			p.fail("%s counts %v %s", name, n, sum)
		}
	}
}

// checkSeen asserts that a peer's watch sees the arcs that lab has.
func (p *program) checkSeen(name string) {
	w := p.watches[name]
	if w == nil {
		return
	}
	Expect(p.peers[name].Tell("watch", "look")).To(Succeed())
	p.run(0)
	view := p.snapshot(name).Views["lab"]
	for _, other := range p.names {
		id := p.id(other)
		if out, in := w.view.Out.Count(id), w.view.In.Count(id); out != view.Out.Count(id) || in != view.In.Count(id) {
			p.fail("the watch of %s sees %d arcs to %s and %d from it, there are %d and %d", name, out, other, in, view.Out.Count(id), view.In.Count(id))
		}
	}
}
