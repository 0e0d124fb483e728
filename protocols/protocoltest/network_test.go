package protocoltest_test

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
	"github.com/n2n-overlay/n2n/protocols/protocoltest"
)

// puppet obeys the test, and logs the events that it gets.
type puppet struct{ log *[]string }

func (p puppet) Handle(port protocols.Port, event any) {
	switch e := event.(type) {
	case messages.Told:
		e.Event.(func(protocols.Port))(port)
	case messages.Failed:
		*p.log = append(*p.log, fmt.Sprintf("%s: %s %s", protocoltest.Name(port.Self()), e.Op, string(messages.CodeOf(e.Err))))
	case messages.Leaving:
		port.Stop()
	default:
		*p.log = append(*p.log, fmt.Sprintf("%s: %T", protocoltest.Name(port.Self()), event))
	}
}

// TestNetworkKeepsTheRulesOfArcs runs requests one by one, and finds their results
// in the log.
func TestNetworkKeepsTheRulesOfArcs(t *testing.T) {
	a, b, c := protocoltest.Peer("a"), protocoltest.Peer("b"), protocoltest.Peer("c")
	var log []string
	n := protocoltest.NewNetwork(1)
	for _, p := range []messages.PeerID{a, b, c} {
		n.Add(p, protocols.Protocol{Name: "puppet", New: func() protocols.Handler { return puppet{&log} }})
	}
	for i, step := range []struct {
		at     messages.PeerID
		do     func(protocols.Port)
		want   string
		ab, cb int // arcs afterwards
	}{
		{a, func(p protocols.Port) { p.Open(a) }, "[a: open self]", 0, 0},
		{a, func(p protocols.Port) { p.Open(b) }, "[a: messages.ArcOpened b: messages.ArcOpened]", 1, 0},
		{a, func(p protocols.Port) { p.Lock(b) }, "[a: messages.Locked]", 1, 0},
		{a, func(p protocols.Port) { p.Lock(b) }, "[a: lock locked]", 1, 0},
		{a, func(p protocols.Port) { p.Close(b) }, "[a: close locked]", 1, 0},
		{a, func(p protocols.Port) { p.Introduce(b, c) }, "[a: introduce not_neighbour]", 1, 0},
		{a, func(p protocols.Port) { p.Invite(c) }, "[a: invite not_neighbour]", 1, 0},
		{b, func(p protocols.Port) { p.Open(c) }, "[b: messages.ArcOpened c: messages.ArcOpened]", 1, 0},
		{b, func(p protocols.Port) { p.Invite(c) }, "[c: messages.ArcOpened b: messages.ArcOpened]", 1, 1},
		{b, func(p protocols.Port) { p.Introduce(c, a) }, "[c: messages.ArcOpened b: messages.Introduced a: messages.ArcOpened]", 1, 1},
		{b, func(p protocols.Port) { p.Drop(a) }, "[b: messages.ArcClosed a: messages.ArcClosed]", 0, 1},
		{a, func(p protocols.Port) { p.Unlock(b) }, "[a: unlock no_arc]", 0, 1},
		{a, func(p protocols.Port) { p.Close(b) }, "[a: close no_arc]", 0, 1},
	} {
		n.Settle()
		log = nil
		n.Tell(step.at, "puppet", step.do)
		n.Settle()
		if got := fmt.Sprint(log); got != step.want {
			t.Errorf("step %d: %s, want %s", i, got, step.want)
		}
		if ab, cb := n.View(a, "puppet").Out.Count(b), n.View(c, "puppet").Out.Count(b); ab != step.ab || cb != step.cb {
			t.Errorf("step %d: %d arcs a→b, want %d; %d arcs c→b, want %d", i, ab, step.ab, cb, step.cb)
		}
		if err := n.Check("puppet", true); err != nil {
			t.Errorf("step %d: %v", i, err)
		}
	}
	log = nil
	n.Leave(c)
	n.Run(time.Second)
	// Each peer hears of it in its own time.
	slices.SortStableFunc(log, func(x, y string) int { return cmp.Compare(x[0], y[0]) })
	want := "[a: messages.PeerDown a: messages.ArcClosed b: messages.PeerDown b: messages.ArcClosed b: messages.ArcClosed c: messages.Stopped]"
	if got := fmt.Sprint(log); got != want {
		t.Errorf("c left: %s, want %s", got, want)
	}
	log = nil
	n.Crash(b)
	n.Tell(a, "puppet", func(p protocols.Port) { p.Open(b); p.Open(c) })
	n.Run(20 * time.Second)
	// The rendezvous says that c has left.
	want = "[b: messages.Stopped a: messages.ArcOpened a: open unknown_peer a: messages.PeerDown a: messages.ArcClosed]"
	if got := fmt.Sprint(log); got != want {
		t.Errorf("a opened arcs to peers that are gone: %s, want %s", got, want)
	}
	if n.View(a, "puppet").Out.Len() != 0 {
		t.Errorf("a still holds arcs to peers that are gone")
	}
}

// panics panics when it is told to.
type panics struct{}

func (panics) Handle(_ protocols.Port, event any) {
	if e, ok := event.(messages.Told); ok {
		panic(e.Event)
	}
}

func TestPanicOfAHandlerSaysWhere(t *testing.T) {
	n := protocoltest.NewNetwork(7)
	a := protocoltest.Peer("a")
	n.Add(a, protocols.Protocol{Name: "panics", New: func() protocols.Handler { return panics{} }})
	defer func() {
		said := fmt.Sprint(recover())
		for _, part := range []string{"seed 7", "protocol panics", "boom", "network_test.go", "panics.Handle"} {
			if !strings.Contains(said, part) {
				t.Errorf("the panic says %q, want %q in it", said, part)
			}
		}
	}()
	n.Tell(a, "panics", "boom")
}

func TestNetworkStartsACrashedPeerAgain(t *testing.T) {
	a, b := protocoltest.Peer("a"), protocoltest.Peer("b")
	var log []string
	n := protocoltest.NewNetwork(1)
	p := protocols.Protocol{Name: "puppet", New: func() protocols.Handler { return puppet{&log} }}
	n.Add(a, p)
	n.Add(b, p)
	n.Run(time.Second)
	n.Crash(b)
	n.Run(time.Second)
	n.Add(b, p)
	n.Run(time.Second)
	n.Silence(a)
	log = nil
	n.Tell(b, "puppet", func(p protocols.Port) { p.Open(a) })
	n.Settle()
	if got, want := fmt.Sprint(log), "[b: messages.ArcOpened]"; got != want {
		t.Errorf("b came back and opened an arc to a, which is silent: %s, want %s", got, want)
	}
	if n.View(a, "puppet").In.Count(b) != 1 {
		t.Errorf("the runtime of a, which is silent, knows of no arc: %v", n.View(a, "puppet"))
	}
}
