package template_test

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/n2n-overlay/n2n/examples/template"
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
	"github.com/n2n-overlay/n2n/protocols/protocoltest"
	"github.com/n2n-overlay/n2n/protocols/spray"
	"github.com/n2n-overlay/n2n/sim/simtest"
)

// overlay is Spray that moves no arcs once everybody is in.
func overlay() protocols.Protocol {
	config := spray.DefaultConfig()
	config.Period = 1000 * time.Hour
	p, err := spray.New(config)
	if err != nil {
		panic(err)
	}
	return p
}

// present is whom each peer was told to be present.
type present map[messages.PeerID]map[messages.PeerID]string

func (all present) note(peer messages.PeerID, _ string, event any) {
	if all[peer] == nil {
		all[peer] = map[messages.PeerID]string{}
	}
	switch e := event.(type) {
	case template.Present:
		all[peer][e.Peer] = e.Status
	case template.Gone:
		if _, was := all[peer][e.Peer]; !was {
			panic("gone, and was not present")
		}
		delete(all[peer], e.Peer)
	}
}

// complete is the property that each peer was told of its neighbours, and of
// nobody else.
func (all present) complete(o protocoltest.Overlay, _ string) error {
	for _, p := range o.Peers() {
		known := 0
		for neighbor := range o.View(p, "spray").Peers() {
			if _, ok := all[p][neighbor]; !ok {
				return fmt.Errorf("%s was not told of %s", protocoltest.Name(p), protocoltest.Name(neighbor))
			}
			known++
		}
		if n := len(all[p]); n != known {
			return fmt.Errorf("%s was told of %d peers, and has %d neighbours", protocoltest.Name(p), n, known)
		}
	}
	return nil
}

// On a network of handlers, under rapid: whatever the seed, and whoever
// crashes, everybody is told who is there.
func TestEverybodyKnowsTheNeighbours(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n, all := protocoltest.NewNetwork(rapid.Uint64().Draw(t, "seed")), present{}
		n.OnEmit = all.note
		size := rapid.IntRange(1, 15).Draw(t, "peers")
		for i := range size {
			n.Add(protocoltest.Peer(fmt.Sprintf("p%02d", i)), overlay(), protocol(nil))
			n.Run(time.Second)
		}
		n.Run(5 * time.Second)
		protocoltest.Always(t, n, 3*time.Second, time.Second, "template", all.complete)
		if size > 1 {
			n.Crash(n.Peers()[rapid.IntRange(0, size-1).Draw(t, "crashes")])
			n.Run(30 * time.Second)
			protocoltest.Always(t, n, 3*time.Second, time.Second, "template", all.complete)
		}
	})
}

// On real peers in the simulated world.
func TestFiftyPeersInTheSimulatedWorld(t *testing.T) {
	w := simtest.New(t, simtest.LAN(1), 50, overlay(), protocol(nil))
	w.Tell(w.ID(0), "template", template.SetStatus{Text: "first"})
	w.Run(10 * time.Second)
	for i := 10; i < 15; i++ {
		w.Crash(w.ID(i))
	}
	w.Run(time.Minute)

	all := present{}
	for _, p := range w.Peers() {
		for _, event := range w.Emitted(p, "template") {
			all.note(p, "template", event)
		}
	}
	if err := protocoltest.Holds(w, "spray", protocoltest.Agree, all.complete); err != nil {
		t.Error(err)
	}
	for neighbor := range w.View(w.ID(0), "spray").Peers() {
		if status := all[neighbor][w.ID(0)]; status != "first" {
			t.Errorf("a neighbour knows the first peer as %q", status)
		}
	}
}
