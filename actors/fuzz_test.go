package actors_test

import (
	"encoding/binary"
	"maps"
	"slices"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

// A script of a hostile neighbour is any bytes: one that says on which channel,
// two for the length of a frame, and the frame. Any other channel than the three
// is time that passes, the length in milliseconds.

func appendFrame(script []byte, class protocols.Delivery, frame []byte) []byte {
	script = binary.BigEndian.AppendUint16(append(script, byte(class)), uint16(len(frame)))
	return append(script, frame...)
}

func appendPause(script []byte, milliseconds uint16) []byte {
	return binary.BigEndian.AppendUint16(append(script, protocols.Classes), milliseconds)
}

// play lets the smaller neighbour do what a script says, for as long as its
// connection lasts.
func (t *trial) play(script []byte) {
	for steps := 0; len(script) >= 3 && steps < 256; steps++ {
		class, n := script[0], int(binary.BigEndian.Uint16(script[1:]))
		script = script[3:]
		if class >= protocols.Classes {
			t.run(time.Duration(n) * time.Millisecond)
			continue
		}
		frame := script[:min(n, len(script))]
		script = script[len(frame):]
		if c := t.conn(t.smaller, t.victim); c != nil {
			c.deliver(protocols.Delivery(class), slices.Clone(frame))
		}
	}
}

// FuzzIntake checks that nothing an authenticated neighbour sends ends a peer,
// harms its other connections, leaves anything held, or lets views drift.
func FuzzIntake(f *testing.F) {
	RegisterTestingT(f)
	seed := newTrial()
	var all []byte
	for _, row := range slices.Concat(badMessages, badSignals) {
		if row.prepare != nil {
			continue
		}
		var frame []byte
		for _, e := range row.envelopes(seed) {
			frame, _ = messages.AppendEnvelope(frame, e)
		}
		f.Add(appendFrame(nil, row.class, frame))
		if !row.ends {
			all = appendPause(appendFrame(all, row.class, frame), 20)
		}
	}
	f.Add(all)
	for _, kind := range slices.Sorted(maps.Keys(anyOf)) {
		frame, _ := messages.AppendEnvelope(nil, control(anyOf[kind](seed)))
		f.Add(appendFrame(appendPause(appendFrame(nil, protocols.Ordered, frame), 11_000), protocols.Ordered, frame))
	}
	arcs := func(script []byte, count uint32, seq uint64) []byte {
		frame, _ := messages.AppendEnvelope(nil, control(&messages.Arcs{Protocol: 1, Count: count, Seq: seq}))
		return appendFrame(script, protocols.Ordered, frame)
	}
	f.Add(arcs(nil, 65535, 2))
	f.Add(arcs(arcs(arcs(nil, 65535, 2), 0, 3), 256, 1<<63))
	f.Add(appendFrame(nil, protocols.Lossy, []byte("no frame at all")))

	f.Fuzz(func(tt *testing.T, script []byte) {
		RegisterTestingT(tt)
		t := newTrial()
		t.play(script)
		t.run(2 * time.Minute)
		Expect(t.alive(t.victim)).To(BeTrue(), "the peer has ended")
		s := t.snapshot(t.victim)
		Expect(s.Counters["connection_panics"]).To(BeZero())
		Expect(s.Pending).To(BeEmpty())
		for kind, held := range s.Held {
			Expect(held).To(BeZero(), "%s held", kind)
		}
		for _, v := range s.Views {
			for a := range v.In.All() {
				Expect(a.Count).To(And(BeNumerically(">", 0), BeNumerically("<=", actors.DefaultConfig().MaxArcs)))
			}
			for a := range v.Out.All() {
				Expect(a.Count).To(And(BeNumerically(">", 0), BeNumerically("<=", actors.DefaultConfig().MaxArcs)))
				Expect(a.Locks).To(And(BeNumerically(">=", 0), BeNumerically("<=", a.Count)))
			}
		}
		for _, other := range []string{t.larger, t.friend} {
			Expect(s.Connections).To(ContainElement(t.id(other)))
			t.agree(t.victim, other)
		}
		events := protocols.View{}
		for _, e := range t.peers[t.victim].events {
			switch e := e.(type) {
			case messages.ArcOpened:
				change(&events, e.Peer, e.Dir, 1)
			case messages.ArcClosed:
				change(&events, e.Peer, e.Dir, -1)
			}
		}
		for name := range t.peers {
			Expect(events.Out.Count(t.id(name))).To(Equal(s.Views["lab"].Out.Count(t.id(name))), "arcs to %s as told", name)
			Expect(events.In.Count(t.id(name))).To(Equal(s.Views["lab"].In.Count(t.id(name))), "arcs from %s as told", name)
		}
	})
}

// change adds arcs to one direction of a view.
func change(view *protocols.View, peer messages.PeerID, dir messages.Direction, by int) {
	arcs := &view.In
	if dir == messages.Out {
		arcs = &view.Out
	}
	arcs.Set(protocols.Arc{Peer: peer, Count: arcs.Count(peer) + by})
}
