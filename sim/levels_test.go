package sim_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
	"github.com/n2n-overlay/n2n/sim"
	"github.com/n2n-overlay/n2n/sim/arcs"
)

// level is a level of detail of the simulated world, as the contract of protocols.Port
// is tried on it. Peers are named by one letter, and sort as their names do.
type level interface {
	start(name string, run ...protocols.Protocol) error
	command(name, protocol string, command any)
	tell(name, protocol string, event any)
	crash(name string)
	leave(name string)
	retime(name string, requestTimeout, linger time.Duration) error
	run(d time.Duration) error
	Close()
	// events are what a peer's protocols got since the last call, a line each.
	events(name string) []string
	held(name string) map[string]int
	// counted is what the handlers of the protocol probe have counted.
	counted(metric string) float64

	Partition(groups ...[]messages.PeerID) error
	Repair()
	Silence(messages.PeerID)
	Speak(messages.PeerID)
	Hold(a, b messages.PeerID)
	Release(a, b messages.PeerID)
	StopServer()
	StartServer()
}

// identities of the peers a, b, c, …, which sort as their names do.
var identities = func() []sim.Identity {
	var all []sim.Identity
	for i := range uint64(12) {
		all = append(all, sim.NewIdentity(1, i))
	}
	slices.SortFunc(all, func(a, b sim.Identity) int { return a.ID().Compare(b.ID()) })
	return all
}()

func identity(name string) sim.Identity { return identities[name[0]-'a'] }
func id(name string) messages.PeerID    { return identity(name).ID() }

func nameOf(id messages.PeerID) string {
	for i, other := range identities {
		if other.ID() == id {
			return string(rune('a' + i))
		}
	}
	if id.IsZero() {
		return "nobody"
	}
	return "stranger"
}

// recorded are the lines of what each peer got.
type recorded map[string][]string

func (r recorded) events(name string) []string {
	lines := r[name]
	delete(r, name)
	return lines
}

func (r recorded) add(name, protocol string, event any) {
	if line := lineOf(event); line != "" {
		r[name] = append(r[name], protocol+": "+line)
	}
}

func lineOf(event any) string {
	ticket := ""
	if t := messages.TicketOf(event); t != 0 {
		ticket = fmt.Sprintf(" #%d", t)
	}
	via := func(id messages.PeerID) string {
		if id.IsZero() {
			return ""
		}
		return " via " + nameOf(id)
	}
	switch e := event.(type) {
	case messages.Started:
		return ""
	case messages.ArcOpened:
		return "arc_opened " + e.Dir.String() + " " + nameOf(e.Peer) + via(e.Via) + ticket
	case messages.ArcClosed:
		return "arc_closed " + e.Dir.String() + " " + nameOf(e.Peer) + " " + string(e.Cause) + ticket
	case messages.PeerDown:
		return fmt.Sprintf("peer_down %s out=%d in=%d %s", nameOf(e.Peer), e.Out, e.In, e.Cause)
	case messages.Introduced:
		return "introduced " + nameOf(e.From) + " " + nameOf(e.To) + ticket
	case messages.Locked:
		return "locked " + nameOf(e.Peer) + ticket
	case messages.Unlocked:
		return "unlocked " + nameOf(e.Peer) + ticket
	case messages.Contacts:
		names := []string{}
		for _, p := range e.Peers {
			names = append(names, nameOf(p))
		}
		slices.Sort(names)
		return "contacts [" + strings.Join(names, " ") + "]" + ticket
	case messages.Failed:
		return "failed " + string(e.Op) + " " + nameOf(e.Peer) + " " + string(messages.CodeOf(e.Err)) + ticket
	case messages.Received:
		if m, ok := e.Message.(*wrapperspb.StringValue); ok {
			return "received " + nameOf(e.From) + " " + m.GetValue()
		}
		return fmt.Sprintf("received %s %T", nameOf(e.From), e.Message)
	case messages.Told:
		return fmt.Sprintf("told %q %v", e.From, e.Event)
	case messages.Seen:
		return "seen " + e.Protocol + " " + lineOf(e.Event)
	case messages.Leaving:
		return "leaving"
	case messages.Congested:
		return "congested " + nameOf(e.Peer)
	case messages.Drained:
		return "drained " + nameOf(e.Peer)
	case messages.Stopped:
		return "stopped"
	default:
		return fmt.Sprintf("%v", e)
	}
}

// withActors is the level of the actors.
type withActors struct {
	*sim.World
	recorded
	config actors.Config
	peers  map[string]*actors.Peer
	pids   map[string]*actor.PID
}

func newWithActors(workers int) func(sim.Network, actors.Config) (level, error) {
	return func(network sim.Network, config actors.Config) (level, error) {
		w, err := sim.NewWorld(sim.Config{Seed: 1, Network: network, Workers: workers})
		return &withActors{World: w, recorded: recorded{}, config: config, peers: map[string]*actors.Peer{}, pids: map[string]*actor.PID{}}, err
	}
}

var atOnce = func() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}()

func (l *withActors) start(name string, run ...protocols.Protocol) error {
	p, err := l.Start(identity(name), l.config)
	if err != nil {
		return err
	}
	l.peers[name] = p
	tell := l.Telling(p.ID())
	for _, protocol := range run {
		p.Subscribe(protocol.Name, func(e any) { tell(func() { l.add(name, protocol.Name, e) }) })
		if l.pids[name+protocol.Name], err = p.Spawn(context.Background(), protocol); err != nil {
			return err
		}
	}
	_, _ = p.Join(atOnce, "room")
	return nil
}

func (l *withActors) command(name, protocol string, command any) {
	l.Command(l.pids[name+protocol], command)
}

func (l *withActors) tell(name, protocol string, event any) {
	_ = l.peers[name].Tell(protocol, event)
	_ = l.Run(0)
}

func (l *withActors) crash(name string) { l.peers[name].Crash(); _ = l.Run(0) }
func (l *withActors) leave(name string) { _ = l.peers[name].Leave(atOnce); _ = l.Run(0) }
func (l *withActors) retime(name string, requestTimeout, linger time.Duration) error {
	return l.peers[name].Retime(requestTimeout, linger)
}
func (l *withActors) run(d time.Duration) error { return l.Run(d) }

func (l *withActors) held(name string) map[string]int {
	s, err := l.peers[name].Snapshot(context.Background())
	if err != nil {
		return nil
	}
	return s.Held
}

func (l *withActors) counted(metric string) (sum float64) {
	for _, p := range l.peers {
		if s, err := p.Snapshot(context.Background()); err == nil {
			sum += s.Counters["probe."+metric]
		}
	}
	return sum
}

// withArcs is the level of arcs.
type withArcs struct {
	*arcs.World
	recorded
	config actors.Config
	peers  map[string]*arcs.Peer
}

func newWithArcs(workers int) func(sim.Network, actors.Config) (level, error) {
	return func(network sim.Network, config actors.Config) (level, error) {
		w, err := arcs.New(arcs.Config{Seed: 1, Network: network, Workers: workers})
		if err != nil {
			return nil, err
		}
		l := &withArcs{World: w, recorded: recorded{}, config: config, peers: map[string]*arcs.Peer{}}
		return l, nil
	}
}

func (l *withArcs) start(name string, run ...protocols.Protocol) error {
	p, err := l.Start(id(name), &l.config)
	if err != nil {
		return err
	}
	l.peers[name] = p
	for _, protocol := range run {
		if _, err := p.Subscribe(protocol.Name, func(e any) { l.add(name, protocol.Name, e) }); err != nil {
			return err
		}
		if err := p.Spawn(&protocol); err != nil {
			return err
		}
	}
	p.Enter("room")
	return nil
}

func (l *withArcs) command(name, protocol string, command any) {
	_ = l.peers[name].Command(protocol, command)
}

func (l *withArcs) tell(name, protocol string, event any) { _ = l.peers[name].Tell(protocol, event) }
func (l *withArcs) crash(name string)                     { l.peers[name].Crash() }
func (l *withArcs) leave(name string)                     { l.peers[name].Leave() }
func (l *withArcs) retime(name string, requestTimeout, linger time.Duration) error {
	return l.peers[name].Retime(requestTimeout, linger)
}
func (l *withArcs) run(d time.Duration) error       { return l.Run(d) }
func (l *withArcs) held(name string) map[string]int { return l.peers[name].Held() }
func (l *withArcs) counted(metric string) float64   { return l.Counters()["probe."+metric] }

var levels = []struct {
	name string
	make func(sim.Network, actors.Config) (level, error)
}{
	{"actors", newWithActors(1)},
	{"actors of two workers", newWithActors(2)},
	{"arcs", newWithArcs(1)},
	{"arcs of two workers", newWithArcs(2)},
}

// Passive protocols: all that a handler would get is told, and all that it could ask
// for is asked in its name.
var (
	p       = protocols.Protocol{Name: "p", Message: &wrapperspb.StringValue{}}
	refuses = protocols.Protocol{Name: "q", Message: &wrapperspb.StringValue{}, Delivery: protocols.Lossy, Introductions: protocols.Refuse}
	sees    = protocols.Protocol{Name: "s", Sees: []string{"p"}}
)

// try is a script's way to a level.
type try struct {
	level
	t *testing.T
}

func (x try) wait(d time.Duration) {
	x.t.Helper()
	if err := x.run(d); err != nil {
		x.t.Fatal(err)
	}
}

// want fails unless a peer got these lines since the last look.
func (x try) want(name string, lines ...string) {
	x.t.Helper()
	if got := x.events(name); !slices.Equal(got, lines) {
		x.t.Errorf("%s got\n  %s\nwant\n  %s", name, strings.Join(got, "\n  "), strings.Join(lines, "\n  "))
	}
}

// forget passes over what the peers got.
func (x try) forget(names ...string) {
	for _, n := range names {
		x.events(n)
	}
}

// connected starts peers, and lets each open an arc of p to the next.
func (x try) connected(names ...string) {
	x.t.Helper()
	for _, n := range names {
		x.add(n, p)
	}
	for i := range len(names) - 1 {
		x.command(names[i], "p", messages.Open{Ticket: 1, Peer: id(names[i+1])})
		x.wait(3 * time.Second)
	}
	x.forget(names...)
}

func (x try) add(name string, run ...protocols.Protocol) {
	x.t.Helper()
	if err := x.start(name, run...); err != nil {
		x.t.Fatal(err)
	}
	x.wait(time.Second)
}

func text(s string) proto.Message { return wrapperspb.String(s) }

// contract is what protocols.Port promises, each claim a script.
var contract = map[string]func(try){
	"open ends in an arc at both ends": func(x try) {
		x.add("a", p)
		x.add("b", p)
		x.command("a", "p", messages.Open{Ticket: 7, Peer: id("b")})
		x.wait(3 * time.Second)
		x.want("a", "p: arc_opened out b #7")
		x.want("b", "p: arc_opened in a")
	},
	"a second arc is there at once": func(x try) {
		x.connected("a", "b")
		x.command("a", "p", messages.Open{Ticket: 2, Peer: id("b")})
		x.want("a", "p: arc_opened out b #2")
		x.wait(time.Second)
		x.want("b", "p: arc_opened in a")
	},
	"the other end can open on the same connection": func(x try) {
		x.connected("a", "b")
		x.command("b", "p", messages.Open{Ticket: 2, Peer: id("a")})
		x.want("b", "p: arc_opened out a #2")
		x.wait(time.Second)
		x.want("a", "p: arc_opened in b")
	},
	"an open that cannot be fails": func(x try) {
		x.connected("a", "b")
		x.command("a", "p", messages.Open{Ticket: 2, Peer: id("a")})
		x.command("a", "p", messages.Open{Ticket: 3})
		x.command("a", "p", messages.Open{Ticket: 4, Peer: id("c"), Via: []messages.PeerID{id("c")}})
		x.command("a", "p", messages.Open{Ticket: 5, Peer: id("c"), Via: make([]messages.PeerID, 9)})
		x.want("a", "p: failed open a self #2", "p: failed open nobody unknown_peer #3", "p: failed open c unknown_peer #4", "p: failed open c too_big #5")
		x.command("a", "p", messages.Open{Ticket: 6, Peer: id("c")})
		x.command("a", "p", messages.Open{Ticket: 7, Peer: id("d"), Via: []messages.PeerID{id("b")}})
		x.wait(3 * time.Second)
		got := x.events("a")
		slices.Sort(got)
		if !slices.Equal(got, []string{"p: failed open c unknown_peer #6", "p: failed open d not_neighbour #7"}) {
			x.t.Error(got)
		}
	},
	"without a service nobody is known": func(x try) {
		x.connected("a", "b")
		x.add("c", p)
		x.StopServer()
		x.command("a", "p", messages.Open{Ticket: 2, Peer: id("c")})
		x.wait(11 * time.Second)
		x.want("a", "p: failed open c unknown_peer #2")
	},
	"an open to a protocol that does not run there fails": func(x try) {
		x.add("a", p)
		x.add("b", refuses)
		x.command("a", "p", messages.Open{Ticket: 2, Peer: id("b")})
		x.wait(3 * time.Second)
		x.want("a", "p: failed open b no_protocol #2")
	},
	"close, lock and unlock": func(x try) {
		x.connected("a", "b")
		x.command("a", "p", messages.Lock{Ticket: 2, Peer: id("b")})
		x.command("a", "p", messages.Lock{Ticket: 3, Peer: id("b")})
		x.command("a", "p", messages.Close{Ticket: 4, Peer: id("b")})
		x.command("a", "p", messages.Unlock{Ticket: 5, Peer: id("b")})
		x.command("a", "p", messages.Unlock{Ticket: 6, Peer: id("b")})
		x.command("a", "p", messages.Close{Ticket: 7, Peer: id("b")})
		x.command("a", "p", messages.Close{Ticket: 8, Peer: id("b")})
		x.command("a", "p", messages.Lock{Ticket: 9, Peer: id("c")})
		x.want("a", "p: locked b #2", "p: failed lock b locked #3", "p: failed close b locked #4", "p: unlocked b #5",
			"p: failed unlock b not_locked #6", "p: arc_closed out b closed #7", "p: failed close b no_arc #8", "p: failed lock c no_arc #9")
		x.wait(time.Second)
		x.want("b", "p: arc_closed in a closed")
	},
	"drop ends locked arcs too": func(x try) {
		x.connected("a", "b")
		x.command("a", "p", messages.Open{Peer: id("b")})
		x.command("a", "p", messages.Lock{Peer: id("b")})
		x.wait(time.Second)
		x.forget("a", "b")
		x.command("b", "p", messages.Drop{Ticket: 2, Peer: id("a")})
		x.command("b", "p", messages.Drop{Ticket: 3, Peer: id("a")})
		x.want("b", "p: arc_closed in a dropped", "p: arc_closed in a dropped #2", "p: failed drop a no_arc #3")
		x.wait(time.Second)
		x.want("a", "p: arc_closed out b dropped", "p: arc_closed out b dropped")
	},
	"an introduction ends at all three": func(x try) {
		x.connected("a", "b", "c")
		x.command("b", "p", messages.Introduce{Ticket: 2, From: id("a"), To: id("c"), Views: messages.Views{From: messages.InView, To: messages.OutView}})
		x.wait(4 * time.Second)
		x.want("a", "p: arc_opened out c via b")
		x.want("b", "p: introduced a c #2")
		x.want("c", "p: arc_opened in a via b")
		x.command("b", "p", messages.Introduce{Ticket: 3, From: id("a"), To: id("c")})
		x.wait(time.Second)
		x.want("a", "p: arc_opened out c via b")
		x.want("b", "p: introduced a c #3")
		x.want("c", "p: arc_opened in a")
	},
	"an introduction that cannot be fails": func(x try) {
		x.connected("a", "b", "c")
		x.add("d", p)
		x.command("b", "p", messages.Introduce{Ticket: 2, From: id("a"), To: id("a")})
		x.command("b", "p", messages.Introduce{Ticket: 3, From: id("a"), To: id("d")})
		x.command("b", "p", messages.Introduce{Ticket: 4, From: id("d"), To: id("a")})
		x.command("b", "p", messages.Introduce{Ticket: 5, From: id("a"), To: id("c"), Views: messages.Views{From: messages.OutView}})
		x.command("b", "p", messages.Introduce{Ticket: 6, From: id("a"), To: id("c"), Views: messages.Views{To: messages.InView}})
		x.command("b", "p", messages.Invite{Ticket: 7, Peer: id("d")})
		x.want("b", "p: failed introduce a self #2", "p: failed introduce d not_neighbour #3", "p: failed introduce d not_neighbour #4",
			"p: failed introduce a not_in_view #5", "p: failed introduce c not_in_view #6", "p: failed invite d not_neighbour #7")
	},
	"a protocol may refuse introductions": func(x try) {
		for _, n := range []string{"a", "b", "c"} {
			x.add(n, refuses)
		}
		x.command("b", "q", messages.Open{Peer: id("a")})
		x.command("b", "q", messages.Open{Peer: id("c")})
		x.wait(3 * time.Second)
		x.forget("a", "b", "c")
		x.command("b", "q", messages.Introduce{Ticket: 2, From: id("a"), To: id("c")})
		x.command("b", "q", messages.Invite{Ticket: 3, Peer: id("c")})
		x.wait(time.Second)
		x.want("a")
		x.want("b", "q: failed introduce a refused #2", "q: failed invite c refused #3")
	},
	"an invitation is answered by the arc": func(x try) {
		x.connected("a", "b")
		x.command("b", "p", messages.Invite{Ticket: 2, Peer: id("a")})
		x.command("a", "p", messages.Invite{Ticket: 3, Peer: id("b")})
		x.wait(time.Second)
		x.want("a", "p: arc_opened out b", "p: arc_opened in b #3")
		x.want("b", "p: arc_opened out a", "p: arc_opened in a #2")
	},
	"contacts entered before": func(x try) {
		x.add("a", p)
		x.command("a", "p", messages.ContactsOf{Ticket: 1, N: 3})
		x.wait(time.Second)
		x.add("b", p)
		x.add("c", p)
		x.command("a", "p", messages.ContactsOf{Ticket: 2, N: 3})
		x.command("c", "p", messages.ContactsOf{Ticket: 2, N: 3})
		x.command("b", "p", messages.ContactsOf{Ticket: 2, N: 0})
		x.command("b", "p", messages.ContactsOf{Ticket: 3, N: 65})
		x.wait(time.Second)
		x.want("a", "p: contacts [] #1", "p: contacts [b c] #2")
		x.want("b", "p: failed contacts nobody too_big #2", "p: failed contacts nobody too_big #3")
		x.want("c", "p: contacts [a b] #2")
	},
	"contacts of a service that is silent time out": func(x try) {
		x.add("a", p)
		x.StopServer()
		x.command("a", "p", messages.ContactsOf{Ticket: 1, N: 3})
		x.wait(9 * time.Second)
		x.want("a")
		x.wait(2 * time.Second)
		x.want("a", "p: failed contacts nobody timeout #1")
	},
	"a service that is back is asked for contacts again": func(x try) {
		x.add("b", p)
		x.add("a", p)
		x.StopServer()
		x.command("a", "p", messages.ContactsOf{Ticket: 1, N: 3})
		x.wait(5 * time.Second)
		x.want("a")
		x.StartServer()
		x.wait(time.Second)
		x.want("a", "p: contacts [b] #1")
	},
	"messages arrive in order, whichever way the arcs point": func(x try) {
		x.connected("a", "b")
		for _, s := range []string{"one", "two", "three"} {
			x.command("a", "p", messages.Send{To: id("b"), Message: text(s)})
		}
		x.command("b", "p", messages.Send{To: id("a"), Message: text("four")})
		x.wait(time.Second)
		x.want("a", "p: received b four")
		x.want("b", "p: received a one", "p: received a two", "p: received a three")
	},
	"a message that cannot be sent fails": func(x try) {
		x.connected("a", "b")
		x.add("c", refuses)
		x.command("a", "p", messages.Send{Ticket: 2, To: id("c"), Message: text("x")})
		x.command("a", "p", messages.Send{Ticket: 3, To: id("a"), Message: text("x")})
		x.command("a", "p", messages.Send{Ticket: 4, To: id("b"), Message: wrapperspb.Bool(true)})
		x.command("a", "p", messages.Send{Ticket: 5, To: id("b")})
		x.command("a", "p", messages.Send{Ticket: 6, To: id("b"), Message: text(strings.Repeat("x", messages.MaxMessage+1))})
		x.want("a", "p: failed send c not_neighbour #2", "p: failed send a self #3", "p: failed send b no_protocol #4", "p: failed send b no_protocol #5", "p: failed send b too_big #6")
	},
	"who leaves says so": func(x try) {
		x.connected("a", "b")
		x.command("b", "p", messages.Open{Peer: id("a")})
		x.wait(time.Second)
		x.forget("a", "b")
		x.leave("b")
		x.wait(3 * time.Second)
		x.want("a", "p: peer_down b out=1 in=1 left", "p: arc_closed out b left", "p: arc_closed in b left")
		x.want("b", "p: stopped")
	},
	"a crash is noticed": func(x try) {
		x.connected("a", "b")
		x.crash("b")
		x.wait(3 * time.Second)
		x.want("a", "p: peer_down b out=1 in=0 crashed", "p: arc_closed out b crashed")
		x.command("a", "p", messages.Send{Ticket: 2, To: id("b"), Message: text("x")})
		x.want("a", "p: failed send b not_neighbour #2")
	},
	"silence is noticed in time": func(x try) {
		x.connected("a", "b")
		x.Silence(id("b"))
		x.wait(14 * time.Second)
		x.want("a")
		x.wait(2 * time.Second)
		x.want("a", "p: peer_down b out=1 in=0 crashed", "p: arc_closed out b crashed")
	},
	"an open to a peer that does not answer times out": func(x try) {
		x.add("a", p)
		x.add("b", p)
		x.Silence(id("b"))
		x.command("a", "p", messages.Open{Ticket: 2, Peer: id("b")})
		x.wait(9900 * time.Millisecond)
		x.want("a")
		x.wait(200 * time.Millisecond)
		x.want("a", "p: failed open b timeout #2")
	},
	"a short partition only delays": func(x try) {
		x.connected("a", "b")
		_ = x.Partition([]messages.PeerID{id("a")}, []messages.PeerID{id("b")})
		x.command("a", "p", messages.Send{To: id("b"), Message: text("one")})
		x.command("a", "p", messages.Send{To: id("b"), Message: text("two")})
		x.wait(5 * time.Second)
		x.want("b")
		x.Repair()
		x.wait(time.Second)
		x.want("b", "p: received a one", "p: received a two")
		x.want("a")
	},
	"a long partition ends the connection at both ends": func(x try) {
		x.connected("a", "b")
		_ = x.Partition([]messages.PeerID{id("a")}, []messages.PeerID{id("b")})
		x.wait(20 * time.Second)
		x.want("a", "p: peer_down b out=1 in=0 crashed", "p: arc_closed out b crashed")
		x.want("b", "p: peer_down a out=0 in=1 crashed", "p: arc_closed in a crashed")
	},
	"a partition is noticed on a connection that comes to life meanwhile": func(x try) {
		for _, n := range []string{"a", "b", "c"} {
			x.add(n, p)
		}
		setup := 0 * time.Millisecond
		x.command("a", "p", messages.Open{Ticket: 2, Peer: id("c")})
		for ; len(x.events("a")) == 0; setup += time.Millisecond {
			x.wait(time.Millisecond)
		}
		x.command("a", "p", messages.Open{Ticket: 3, Peer: id("b")})
		x.wait(setup - 5*time.Millisecond) // the last message of the set-up is under way
		_ = x.Partition([]messages.PeerID{id("a")}, []messages.PeerID{id("b")})
		x.wait(20 * time.Second)
		x.want("a", "p: arc_opened out b #3", "p: peer_down b out=1 in=0 crashed", "p: arc_closed out b crashed")
		x.want("b")
	},
	"an attempt through a partition ends at its deadline": func(x try) {
		x.connected("a", "b", "c")
		_ = x.Partition([]messages.PeerID{id("a")}, []messages.PeerID{id("c")})
		x.command("b", "p", messages.Introduce{Ticket: 2, From: id("a"), To: id("c")})
		x.wait(9 * time.Second)
		x.want("b")
		x.wait(1100 * time.Millisecond)
		x.want("b", "p: failed introduce a timeout #2")
		if n := x.held("a")["attempts"]; n != 0 {
			x.t.Errorf("%d attempts are left", n)
		}
	},
	"who leaves behind a partition has crashed for the others": func(x try) {
		x.connected("a", "b")
		_ = x.Partition([]messages.PeerID{id("a")}, []messages.PeerID{id("b")})
		x.leave("b")
		x.wait(3 * time.Second)
		x.Repair()
		x.wait(3 * time.Second)
		x.want("a")
		x.wait(12 * time.Second)
		x.want("a", "p: peer_down b out=1 in=0 crashed", "p: arc_closed out b crashed")
	},
	"a peer that hangs up behind a partition has crashed for the other": func(x try) {
		x.connected("a", "b")
		linger := actors.DefaultConfig().Linger
		x.command("a", "p", messages.Close{Ticket: 2, Peer: id("b")})
		x.wait(linger - 2*time.Second)
		x.want("a", "p: arc_closed out b closed #2")
		x.want("b", "p: arc_closed in a closed")
		_ = x.Partition([]messages.PeerID{id("a")}, []messages.PeerID{id("b")})
		x.wait(10 * time.Second) // a asks to close, and hears nothing
		x.Repair()
		x.command("b", "p", messages.Open{Ticket: 3, Peer: id("a")})
		x.wait(time.Second)
		x.want("b", "p: arc_opened out a #3")
		x.wait(5 * time.Second)
		x.want("b", "p: peer_down a out=1 in=0 crashed", "p: arc_closed out a crashed")
		x.want("a")
	},
	"other times hold for what begins later, and for that peer alone": func(x try) {
		for _, n := range []string{"a", "b", "c"} {
			x.add(n, p)
		}
		x.Silence(id("b"))
		x.command("a", "p", messages.Open{Ticket: 2, Peer: id("b")})
		x.command("c", "p", messages.Open{Ticket: 2, Peer: id("b")})
		x.wait(time.Second)
		if err := x.retime("a", 0, time.Second); err == nil {
			x.t.Error("a deadline of 0 was taken")
		}
		if err := x.retime("a", 3*time.Second, time.Hour); err != nil {
			x.t.Fatal(err)
		}
		x.wait(8 * time.Second)
		x.want("a")
		x.wait(2 * time.Second)
		x.want("a", "p: failed open b timeout #2")
		x.want("c", "p: failed open b timeout #2")
		x.command("a", "p", messages.Open{Ticket: 3, Peer: id("b")})
		x.command("c", "p", messages.Open{Ticket: 3, Peer: id("b")})
		x.wait(4 * time.Second)
		x.want("a", "p: failed open b timeout #3")
		x.want("c")
	},
	"who leaves before it knows that the connection lives says so": func(x try) {
		x.add("a", p)
		x.add("b", p)
		x.command("a", "p", messages.Open{Ticket: 2, Peer: id("b")})
		x.command("b", "p", messages.Open{Ticket: 2, Peer: id("a")})
		var got []string
		for i := 0; len(got) == 0 && i < 2000; i++ {
			x.wait(time.Millisecond)
			got = x.events("b")
		}
		x.leave("a")
		x.wait(3 * time.Second)
		got = append(got, x.events("b")...)
		if len(got) < 3 || got[0] != "p: arc_opened out a #2" || !slices.Contains(got, "p: arc_closed out a left") {
			x.t.Errorf("b got %q", got)
		}
	},
	"who is held notices nothing": func(x try) {
		x.connected("a", "b")
		x.Hold(id("a"), id("b"))
		x.command("a", "p", messages.Send{To: id("b"), Message: text("one")})
		x.wait(time.Minute)
		x.want("a")
		x.want("b")
		x.Release(id("a"), id("b"))
		x.wait(time.Second)
		x.want("b", "p: received a one")
	},
	"crossing opens end in one connection": func(x try) {
		x.add("a", p)
		x.add("b", p)
		x.command("a", "p", messages.Open{Ticket: 1, Peer: id("b")})
		x.command("b", "p", messages.Open{Ticket: 1, Peer: id("a")})
		x.wait(5 * time.Second)
		a, b := x.events("a"), x.events("b")
		slices.Sort(a)
		slices.Sort(b)
		if !slices.Equal(a, []string{"p: arc_opened in b", "p: arc_opened out b #1"}) || !slices.Equal(b, []string{"p: arc_opened in a", "p: arc_opened out a #1"}) {
			x.t.Error(a, b)
		}
	},
	"a connection that nobody uses ends without a word": func(x try) {
		x.connected("a", "b")
		x.command("a", "p", messages.Close{Peer: id("b")})
		x.wait(59 * time.Second)
		x.forget("a", "b")
		x.command("a", "p", messages.Send{To: id("b"), Message: text("still there")})
		x.wait(500 * time.Millisecond)
		x.want("b", "p: received a still there")
		x.wait(3 * time.Second)
		x.command("a", "p", messages.Send{Ticket: 2, To: id("b"), Message: text("x")})
		x.want("a", "p: failed send b not_neighbour #2")
		x.want("b")
	},
	"a lingering connection is revived": func(x try) {
		x.connected("a", "b")
		x.command("a", "p", messages.Close{Peer: id("b")})
		x.wait(50 * time.Second)
		x.forget("a", "b")
		x.command("b", "p", messages.Open{Ticket: 2, Peer: id("a")})
		x.want("b", "p: arc_opened out a #2")
		x.wait(time.Minute)
		x.want("a", "p: arc_opened in b")
		x.want("b")
	},
	"an open that meets a proposal to close waits for its answer": func(x try) {
		x.connected("a", "b")
		x.command("a", "p", messages.Close{Peer: id("b")})
		x.wait(60010 * time.Millisecond) // a has proposed
		x.forget("a", "b")
		x.command("a", "p", messages.Open{Ticket: 2, Peer: id("b")})
		x.want("a")
		x.wait(3 * time.Second)
		x.want("a", "p: arc_opened out b #2")
		x.want("b", "p: arc_opened in a")
	},
	"a protocol sees the arcs of another": func(x try) {
		x.add("a", p, sees)
		x.add("b", p)
		x.command("a", "p", messages.Open{Peer: id("b")})
		x.wait(3 * time.Second)
		x.command("a", "p", messages.Close{Peer: id("b")})
		x.wait(time.Second)
		x.want("a", "p: arc_opened out b", "s: seen p arc_opened out b", "p: arc_closed out b closed", "s: seen p arc_closed out b closed")
	},
	"protocols tell each other": func(x try) {
		x.add("a", p, sees)
		x.command("a", "s", messages.Tell{Protocol: "p", Event: "hello"})
		x.command("a", "s", messages.Tell{Protocol: "nobody", Event: "hello"})
		x.tell("a", "s", "you")
		x.wait(0)
		x.want("a", `p: told "s" hello`, `s: told "" you`)
	},
	"a protocol that ends closes its arcs": func(x try) {
		x.connected("a", "b")
		x.command("b", "p", messages.Open{Peer: id("a")})
		x.wait(time.Second)
		x.forget("a", "b")
		x.command("b", "p", messages.Stop{})
		x.wait(time.Second)
		x.want("b", "p: stopped")
		x.want("a", "p: arc_closed in b closed", "p: arc_closed out b refused")
		x.command("a", "p", messages.Open{Ticket: 3, Peer: id("b")})
		x.want("a", "p: failed open b no_protocol #3")
	},
}

func TestContract(t *testing.T) {
	network := sim.Network{Latency: sim.Latency{Mean: 20 * time.Millisecond}}
	for _, l := range levels {
		t.Run(l.name, func(t *testing.T) {
			for claim, script := range contract {
				t.Run(claim, func(t *testing.T) {
					level, err := l.make(network, actors.DefaultConfig())
					if err != nil {
						t.Fatal(err)
					}
					t.Cleanup(level.Close)
					x := try{level, t}
					script(x)
				})
			}
		})
	}
}
