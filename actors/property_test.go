package actors_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"google.golang.org/protobuf/types/known/wrapperspb"
	"pgregory.net/rapid"

	"github.com/n2n-overlay/n2n/messages"
)

// TestViewsCannotDrift runs random programs of requests, crashes and leaves over
// a few peers, and checks at quiescence that both ends of every arc agree, that
// every request ended with exactly one event, and that nothing is left over.
func TestViewsCannotDrift(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		RegisterTestingT(t)
		names := []string{"a", "b", "c", "d"}[:rapid.IntRange(2, 4).Draw(t, "peers")]
		r := newRoom(names...)
		r.join(names...)
		asked := map[string]int{}
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			step(t, r, names, asked)
		}
		r.run(2 * time.Minute)
		for name, n := range asked {
			if !alive(r, name) {
				continue
			}
			for ticket := range n {
				if r.outcome(name, messages.Ticket(ticket+1)) == nil {
					t.Fatalf("request %d of %s did not end", ticket+1, name)
				}
			}
		}
		quiet(t, r, names)
	})
}

func alive(r *room, name string) bool {
	select {
	case <-r.peers[name].Done():
		return false
	default:
		return true
	}
}

func step(t *rapid.T, r *room, names []string, asked map[string]int) {
	name := rapid.SampledFrom(names)
	a, b, c := name.Draw(t, "a"), name.Draw(t, "b"), name.Draw(t, "c")
	kind := rapid.IntRange(0, 40).Draw(t, "kind")
	switch {
	case kind >= 38:
		r.run(5 * time.Second)
		return
	case kind >= 30:
		r.run(time.Duration(rapid.IntRange(0, 8).Draw(t, "ms")) * time.Millisecond)
		return
	case !alive(r, a):
		return
	case kind == 29:
		t.Logf("crash %s", a)
		r.peers[a].Crash()
		r.run(0)
		if alive(r, a) {
			t.Fatalf("%s lives after its crash", a)
		}
		return
	case kind == 28:
		t.Logf("leave %s", a)
		Expect(r.peers[a].Leave(context.Background())).To(Succeed())
		return
	}
	var command func(messages.Ticket) any
	switch kind % 7 {
	case 0, 1:
		var via []messages.PeerID
		if kind%2 == 0 {
			via = []messages.PeerID{r.id(c)}
		}
		command = func(t messages.Ticket) any { return messages.Open{Ticket: t, Peer: r.id(b), Via: via} }
	case 2:
		command = func(t messages.Ticket) any { return messages.Close{Ticket: t, Peer: r.id(b)} }
	case 3:
		command = func(t messages.Ticket) any { return messages.Lock{Ticket: t, Peer: r.id(b)} }
		if kind > 14 {
			command = func(t messages.Ticket) any { return messages.Unlock{Ticket: t, Peer: r.id(b)} }
		}
	case 4:
		command = func(t messages.Ticket) any { return messages.Drop{Ticket: t, Peer: r.id(b)} }
	case 5:
		command = func(t messages.Ticket) any { return messages.Introduce{Ticket: t, From: r.id(b), To: r.id(c)} }
	case 6:
		command = func(t messages.Ticket) any { return messages.Invite{Ticket: t, Peer: r.id(b)} }
		if kind > 20 {
			r.system.Root.Send(r.peers[a].lab, messages.Send{To: r.id(b), Message: wrapperspb.Bytes(nil)})
			return
		}
	}
	asked[a]++
	t.Logf("%s: %+v", a, command(messages.Ticket(asked[a])))
	r.ask(a, command)
}

// quiet asserts what must be true when nothing is in flight.
func quiet(t *rapid.T, r *room, names []string) {
	for _, a := range names {
		if !alive(r, a) {
			continue
		}
		sa := r.snapshot(a)
		if len(sa.Pending) > 0 || len(sa.Lingering) > 0 {
			t.Fatalf("%s: pending %v, lingering %v", a, sa.Pending, sa.Lingering)
		}
		for _, b := range names {
			out, in := sa.Views["lab"].Out.Count(r.id(b)), 0
			if alive(r, b) {
				in = r.snapshot(b).Views["lab"].In.Count(r.id(a))
			}
			if out != in {
				t.Fatalf("%s holds %d arcs to %s, which knows of %d", a, out, b, in)
			}
		}
		if left := fmt.Sprint(sa.Counters["violations"], sa.Counters["connections_violated"]); left != "0 0" {
			t.Fatalf("%s saw violations: %v", a, sa.Counters)
		}
	}
}
