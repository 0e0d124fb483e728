package protocoltest_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
	"github.com/n2n-overlay/n2n/protocols/protocoltest"
)

// drawn is an overlay written as text: "a>b" is an arc that both ends know, "a>b?"
// one that only a knows, "?a>b" one that only b knows, and "a>b!" one that is
// locked.
type drawn map[messages.PeerID]*protocols.View

func draw(peers string, arcs ...string) drawn {
	o := drawn{}
	for _, name := range strings.Fields(peers) {
		o[protocoltest.Peer(name)] = &protocols.View{}
	}
	add := func(arcs *protocols.Arcs, peer messages.PeerID, locks int) {
		a := arcs.Get(peer)
		arcs.Set(protocols.Arc{Peer: peer, Count: a.Count + 1, Locks: a.Locks + locks})
	}
	for _, arc := range arcs {
		from, to, _ := strings.Cut(arc, ">")
		to, locked := strings.CutSuffix(to, "!")
		to, outOnly := strings.CutSuffix(to, "?")
		from, inOnly := strings.CutPrefix(from, "?")
		locks := 0
		if locked {
			locks = 1
		}
		x, y := protocoltest.Peer(from), protocoltest.Peer(to)
		if !inOnly {
			add(&o[x].Out, y, locks)
		}
		if o[y] != nil && !outOnly {
			add(&o[y].In, x, 0)
		}
	}
	return o
}

func (o drawn) Peers() []messages.PeerID {
	var all protocols.Arcs // in PeerID order
	for p := range o {
		all.Set(protocols.Arc{Peer: p, Count: 1})
	}
	return all.Occurrences()
}

func (o drawn) View(peer messages.PeerID, _ string) protocols.View { return *o[peer] }

func (o drawn) Run(time.Duration) {}

// Each property holds in one overlay and fails in another. Its error names the peer
// that breaks it.
func TestProperties(t *testing.T) {
	for name, c := range map[string]struct {
		property protocoltest.Property
		kept     drawn
		broken   drawn
		says     string
	}{
		"no self":       {protocoltest.NoSelf, draw("a b", "a>b"), draw("a b", "b>b"), "b has an arc to itself"},
		"no duplicates": {protocoltest.NoDuplicates, draw("a b", "a>b", "b>a"), draw("a b", "a>b", "a>b"), "a holds 2 arcs to b"},
		"too many":      {protocoltest.Outviews(1, 2), draw("a b", "a>b", "a>b", "b>a"), draw("a b", "a>b", "b>a", "b>a", "b>a"), "b holds 3 arcs"},
		"too few":       {protocoltest.Outviews(1, 2), draw("a b", "a>b", "b>a"), draw("a b", "a>b"), "b holds 0 arcs"},
		"unlocked":      {protocoltest.Unlocked, draw("a b", "a>b"), draw("a b", "a>b", "a>b!"), "a has 1 locks"},
		"agree, out":    {protocoltest.Agree, draw("a b", "a>b", "b>a", "a>dead"), draw("a b", "a>b", "a>b?"), "a holds 2 arcs to b, which knows of 1"},
		"agree, in":     {protocoltest.Agree, draw("a b"), draw("a b", "?a>b"), "a holds 0 arcs to b, which knows of 1"},
		"symmetric":     {protocoltest.Symmetric, draw("a b c", "a>b", "b>a"), draw("a b c", "a>b", "b>a", "c>b"), "between b and c point one way only"},
		"connected":     {protocoltest.Connected, draw("a b c", "a>b", "c>b"), draw("a b c d", "a>b", "c>d"), "the 4 living peers are in 2 pieces"},
		"over the dead": {protocoltest.Connected, draw("a"), draw("a b", "a>dead", "b>dead"), "in 2 pieces"},
	} {
		if err := protocoltest.Holds(c.kept, "lab", c.property); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if err := protocoltest.Holds(c.broken, "lab", c.property); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v; want %s", name, err, c.says)
		}
	}
}

// pairs is a Network whose handlers break a rule after some time.
type pairs struct{ first messages.PeerID }

func (h pairs) Handle(port protocols.Port, event any) {
	switch event.(type) {
	case messages.Started:
		port.After(time.Second, "again")
	case string:
		if port.Self() != h.first {
			port.Open(h.first)
		}
		port.After(time.Second, "again")
	}
}

// Always says when a property first fails. It accepts a rapid.T.
func TestAlways(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := protocoltest.NewNetwork(rapid.Uint64().Draw(t, "seed"))
		a := protocoltest.Peer("a")
		for _, name := range []string{"a", "b"} {
			n.Add(protocoltest.Peer(name), protocols.Protocol{Name: "pairs", New: func() protocols.Handler { return pairs{a} }})
		}
		protocoltest.Always(t, n, 1500*time.Millisecond, 100*time.Millisecond, "pairs", protocoltest.NoSelf, protocoltest.NoDuplicates)
		said := &said{TB: t}
		protocoltest.Always(said, n, 2*time.Second, 100*time.Millisecond, "pairs", protocoltest.NoSelf, protocoltest.NoDuplicates)
		if len(said.lines) == 0 || !strings.Contains(said.lines[0], "pairs: b holds 2 arcs to a") {
			t.Fatalf("it says %q", said.lines)
		}
	})
}

// said records the output of a failed test, and goes on.
type said struct {
	rapid.TB
	lines []string
}

func (s *said) Fatalf(format string, args ...any) {
	s.lines = append(s.lines, fmt.Sprintf(format, args...))
}
