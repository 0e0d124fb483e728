package sim_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
	"github.com/n2n-overlay/n2n/protocols/broadcast"
	"github.com/n2n-overlay/n2n/protocols/cyclon"
	"github.com/n2n-overlay/n2n/protocols/fullmesh"
	"github.com/n2n-overlay/n2n/protocols/hyparview"
	"github.com/n2n-overlay/n2n/protocols/protocoltest"
	"github.com/n2n-overlay/n2n/protocols/spray"
	"github.com/n2n-overlay/n2n/sim/simtest"
)

// talk is what some peers publish, in turn.
type talk struct {
	*simtest.World
	published int
	past      map[string][]string // what the publisher of a payload had delivered
}

func (k *talk) say(rounds int, groups ...[]messages.PeerID) {
	for range rounds {
		for _, group := range groups {
			peer, payload := group[k.published%len(group)], fmt.Sprint(k.published)
			k.past[payload] = k.heard(peer)
			k.Tell(peer, "broadcast", broadcast.Publish{Payload: []byte(payload)})
			k.published++
		}
		k.Run(4 * time.Second)
	}
}

// heard lists what a peer has delivered, in order.
func (k *talk) heard(peer messages.PeerID) (all []string) {
	for _, e := range k.Emitted(peer, "broadcast") {
		if d, ok := e.(broadcast.Delivered); ok {
			all = append(all, string(d.Payload))
		}
	}
	return all
}

// check checks that a peer has delivered each message once, after all that came before it.
func (k *talk) check(t *testing.T, peer messages.PeerID) {
	t.Helper()
	delivered := map[string]bool{}
	for _, payload := range k.heard(peer) {
		if delivered[payload] {
			t.Errorf("%v delivered %s twice", peer, payload)
		}
		delivered[payload] = true
		for _, before := range k.past[payload] {
			if !delivered[before] {
				t.Errorf("%v delivered %s before %s", peer, payload, before)
			}
		}
	}
	if len(delivered) != k.published {
		t.Errorf("%v delivered %d of %d", peer, len(delivered), k.published)
	}
}

// Peers are cut off from the others for 80 s, and both talk on. In the end each
// has got all that was said, in order and once, though nothing but the protocols
// did anything about it. Where the connections were lost, the overlay has to find
// together again by itself: one that was cut off alone enters anew, and the members
// of a full mesh are named by the rendezvous. Other groups find together if their
// connections outlive it.
func TestPartition(t *testing.T) {
	type overlay func() (protocols.Protocol, error)
	var (
		full   = overlay(func() (protocols.Protocol, error) { return fullmesh.New(fullmesh.DefaultConfig()) })
		hyPar  = overlay(func() (protocols.Protocol, error) { return hyparview.New(hyparview.DefaultConfig()) })
		cycles = overlay(func() (protocols.Protocol, error) { return cyclon.New(cyclon.DefaultConfig()) })
		sprays = overlay(func() (protocols.Protocol, error) { return spray.New(spray.DefaultConfig()) })
	)
	for _, c := range []struct {
		name      string
		overlay   overlay
		detection time.Duration
		cut       int // how many peers are cut off from the others
	}{
		{"fullmesh", full, 15 * time.Second, 10},
		{"fullmesh", full, 15 * time.Second, 1},
		{"hyparview", hyPar, 15 * time.Second, 1},
		{"hyparview", hyPar, 15 * time.Second, 3},
		{"cyclon", cycles, 15 * time.Second, 1},
		{"spray", sprays, 15 * time.Second, 1},
		{"hyparview", hyPar, 5 * time.Minute, 10},
		{"cyclon", cycles, 5 * time.Minute, 10},
		{"spray", sprays, 5 * time.Minute, 10},
	} {
		t.Run(fmt.Sprintf("%s, %d, %v", c.name, c.cut, c.detection), func(t *testing.T) {
			overlay, err := c.overlay()
			if err != nil {
				t.Fatal(err)
			}
			config := broadcast.DefaultConfig()
			config.Over = c.name
			flooding, err := broadcast.New(config)
			if err != nil {
				t.Fatal(err)
			}
			world := simtest.LAN(1)
			world.Network.Detection = c.detection
			w := simtest.New(t, world, 20, overlay, flooding)
			w.Run(2 * time.Minute)

			var all []messages.PeerID
			for i := range 20 {
				all = append(all, w.ID(i))
			}
			k := &talk{World: w, past: map[string][]string{}}
			k.say(20, all)
			if err := w.Partition(all[c.cut:], all[:c.cut]); err != nil {
				t.Fatal(err)
			}
			k.say(20, all[c.cut:], all[:c.cut])
			for _, peer := range all {
				if n := len(k.heard(peer)); n > 20+20 {
					t.Fatalf("%v delivered %d: it is not cut off", peer, n)
				}
			}
			w.Repair()
			w.Run(2 * time.Minute)
			k.say(20, all)
			w.Run(time.Minute)
			for _, peer := range all {
				k.check(t, peer)
			}
			if gaps := w.Count("broadcast.gaps"); gaps > 0 {
				t.Errorf("%v messages were given up", gaps)
			}
			if err := protocoltest.Connected(w, c.name); err != nil {
				t.Error(err)
			}
		})
	}
}
