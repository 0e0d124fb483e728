package simtest_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
	"github.com/n2n-overlay/n2n/protocols/protocoltest"
	"github.com/n2n-overlay/n2n/sim"
	"github.com/n2n-overlay/n2n/sim/simtest"
)

// chain opens an arc to its contact, emits what it is told, and counts it; told
// "panic", it does.
type chain struct{}

func (chain) Handle(port protocols.Port, event any) {
	switch e := event.(type) {
	case messages.Started:
		port.After(time.Second, "enter")
	case string:
		port.Contacts(1)
	case messages.Contacts:
		for _, p := range e.Peers {
			port.Open(p)
		}
	case messages.Told:
		if e.Event == "panic" {
			panic("told to")
		}
		port.Emit(e.Event)
		port.Count("told", 1)
	case messages.Leaving:
		port.Stop()
	}
}

var chained = protocols.Protocol{Name: "chain", New: func() protocols.Handler { return chain{} }}

// A world of any seed is connected, and both ends of its arcs agree; peers end,
// enter and start again.
func TestPeersEnterEndAndStartAgain(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.IntRange(3, 8).Draw(t, "peers")
		w := simtest.New(t, simtest.LAN(rapid.Uint64().Draw(t, "seed")), size, chained)
		w.Run(5 * time.Second)
		if err := protocoltest.Holds(w, "chain", protocoltest.NoSelf, protocoltest.Connected, protocoltest.Agree); err != nil {
			t.Fatal(err)
		}
		last := w.ID(size - 1)
		w.Tell(last, "chain", 1)
		w.Crash(last)
		w.Run(30 * time.Second)
		if n := len(w.Peers()); n != size-1 {
			t.Fatalf("%d peers live", n)
		}
		if v := w.View(last, "chain"); v.Out.Len() != 0 {
			t.Fatalf("a peer that has ended holds arcs")
		}
		w.Restart(last)
		w.Leave(w.ID(size - 2))
		newcomer := w.Enter().ID()
		w.Run(30 * time.Second)
		if v := w.View(newcomer, "chain"); v.Out.Len() != 1 {
			t.Fatalf("the newcomer holds %d arcs", v.Out.Len())
		}
		w.Tell(last, "chain", 2)
		if got := fmt.Sprint(w.Emitted(last, "chain"), w.Count("chain.told"), len(w.Peers())); got != fmt.Sprint([]any{1, 2}, 1, size) {
			t.Fatalf("emitted, counted by the living, living: %s", got)
		}
		if err := protocoltest.Holds(w, "chain", protocoltest.Agree); err != nil {
			t.Fatal(err)
		}
		if !slices.IsSortedFunc(w.Peers(), messages.PeerID.Compare) {
			t.Fatalf("not in order: %v", w.Peers())
		}
	})
}

// What breaks in the world ends the test.
func TestAPanicFailsTheTest(t *testing.T) {
	told := &failing{TB: t}
	w := simtest.New(told, simtest.LAN(1), 2, chained)
	w.Tell(w.ID(1), "chain", "panic")
	if !strings.Contains(told.said, "seed 1") || !strings.Contains(told.said, "told to") {
		t.Errorf("it says %q", told.said)
	}
}

// The world goes on when a handler panics at its end; the test does not.
func TestAnErrorThatIsLoggedFailsTheTest(t *testing.T) {
	told := &failing{TB: t}
	w := simtest.New(told, simtest.LAN(1), 2, protocols.Protocol{Name: "ends", New: func() protocols.Handler { return ends{} }})
	w.Leave(w.ID(0))
	w.Run(time.Second)
	if !strings.Contains(told.said, "handler panicked on Stopped") {
		t.Errorf("it says %q", told.said)
	}
}

type ends struct{}

func (ends) Handle(port protocols.Port, event any) {
	switch event.(type) {
	case messages.Leaving:
		port.Stop()
	case messages.Stopped:
		panic("at the end")
	}
}

func TestAWorldThatMakesNoSense(t *testing.T) {
	defer func() {
		if reason := recover(); reason != "simtest: network: Loss is 1, must be below: nothing would ever arrive" {
			t.Errorf("it says %q", reason)
		}
	}()
	simtest.New(&fatal{TB: t}, sim.Config{Network: sim.Network{Loss: 1}}, 1)
}

// failing keeps what it is told, and goes on; fatal panics with it.
type (
	failing struct {
		testing.TB
		said string
	}
	fatal struct{ testing.TB }
)

func (f *failing) Fatalf(format string, args ...any) { f.said += fmt.Sprintf(format, args...) }

func (*fatal) Fatalf(format string, args ...any) { panic(fmt.Sprintf(format, args...)) }
