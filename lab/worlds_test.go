package lab_test

import (
	"context"
	"fmt"
	"io"
	"maps"
	"strings"
	"sync"
	"testing"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/lab"
	"github.com/n2n-overlay/n2n/sim/arcs"
	"github.com/n2n-overlay/n2n/sim/worlds"
)

// everything a peer does, with no two dials that cross: then the wire messages
// of a real world are determined as well.
const everything = `
peers a b c d
join a room
join b room
introduce b b a
add a gossip
add b gossip
connect b a as gossip
connect b a
connect b c x2
introduce b a c out out
introduce b c a
invite a b
introduce b a d
connect d b as chat
introduce b d a as chat
introduce a d c as files
send a b hello
send d a hi as chat
lock b c
disconnect b
drop c b
remove c chat
connect a c as chat
add c chat
connect a c as chat
silence d
restart d
connect d a
leave d
connect a c
crash c
set linger 300ms
disconnect a
disconnect b
remove a gossip
remove b gossip
wait 1s
views
`

// TestSameInBothWorlds compares the actors that ran and the messages that
// crossed the wire for one script.
func TestSameInBothWorlds(t *testing.T) {
	simActors, simWire, simText := record(t, simulated(t))
	realActors, realWire, realText := record(t, overWebRTC(t))
	if simText != realText {
		t.Errorf("the results differ:\nsim:\n%s\nwrtc:\n%s", simText, realText)
	}
	if !maps.Equal(simActors, realActors) {
		t.Errorf("the actors differ:\nsim:  %v\nwrtc: %v", simActors, realActors)
	}
	if !maps.Equal(simWire, realWire) {
		t.Errorf("the wire messages differ:\nsim:  %v\nwrtc: %v", simWire, realWire)
	}
	for _, kind := range []string{
		"*actors.peer", "*actors.neighborhood", "*actors.n2n", "*actors.rendezvous", "*actors.connection", "*actors.protocolActor",
	} {
		if simActors[kind] == 0 {
			t.Errorf("no %s ran", kind)
		}
	}
	for _, kind := range []string{
		"direct Offer", "direct Answer", "service Offer", "service Answer", "ordered Offer", "ordered Answer",
		"ordered Hello", "ordered Proof", "ordered Arcs", "ordered ArcsRefused", "ordered Introduction", "ordered Outcome",
		"ordered Protocols", "ordered BytesValue", "ordered CloseProposal", "ordered CloseAnswer", "ordered Leave",
	} {
		if simWire[kind] == 0 {
			t.Errorf("no %s was sent", kind)
		}
	}
	t.Logf("actors: %v", simActors)
	t.Logf("wire: %v", simWire)
}

// record runs the script and counts the actors by their Go type, and what was
// sent by kind: on connections, directly and through the signaling service.
func record(t *testing.T, w worlds.World) (ran, wire map[string]int, text string) {
	t.Helper()
	script, err := lab.Parse("everything", strings.NewReader(everything))
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	ran = map[string]int{}
	counted := count(w)
	counted.fit = func(world actors.World) actors.World {
		plain := world.Mailbox
		if plain == nil {
			plain = actor.Unbounded()
		}
		world.Mailbox = func() actor.Mailbox {
			return &watched{Mailbox: plain(), seen: func(kind string) {
				mu.Lock()
				defer mu.Unlock()
				ran[kind]++
			}}
		}
		return world
	}
	l := lab.New(counted)
	var out strings.Builder
	if err := l.Run(context.Background(), script, lab.Output{Out: io.Writer(&out)}); err != nil {
		t.Fatal(err)
	}
	wire = counted.wires()
	mu.Lock()
	ran = maps.Clone(ran)
	mu.Unlock()
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	return ran, wire, out.String()
}

// watched is an actor's mailbox that tells the actor's type: it is registered
// once, with the context of the actor that was made for it.
type watched struct {
	actor.Mailbox
	seen func(kind string)
}

func (w *watched) RegisterHandlers(invoker actor.MessageInvoker, dispatcher actor.Dispatcher) {
	w.seen(fmt.Sprintf("%T", invoker.(interface{ Actor() actor.Actor }).Actor()))
	w.Mailbox.RegisterHandlers(invoker, dispatcher)
}

func TestALabNeedsOneWorker(t *testing.T) {
	w, err := worlds.Arcs(arcs.Config{Workers: 2})
	if err != nil {
		t.Fatal(err)
	}
	l := lab.New(w)
	defer l.Close()
	statements, err := lab.Parse("script", strings.NewReader("peers a b"))
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Prepare(statements); err != nil {
		t.Fatal(err)
	}
	results, err := l.Do(context.Background(), statements[0])
	if want := "a hall needs a world of one worker, this one has 2"; !strings.Contains(fmt.Sprint(results, err), want) {
		t.Errorf("results %v, error %v, want %q", results, err, want)
	}
}
