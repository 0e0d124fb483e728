package lab_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

// living lists the peers that have not ended.
func (w *observed) living() []*start {
	return slices.DeleteFunc(slices.Clone(w.starts), (*start).ended)
}

// snapshot asks a peer what it knows; false when it has ended.
func (s *start) snapshot() (actors.Snapshot, bool) {
	if s.ended() {
		return actors.Snapshot{}, false
	}
	snapshot, err := s.peer.Snapshot()
	return snapshot, err == nil
}

// checkNow says which rule is broken that holds at every moment.
func (w *observed) checkNow() error {
	now := w.Elapsed()
	for _, s := range w.living() {
		if snapshot, ok := s.snapshot(); ok {
			if err := s.checkNow(snapshot); err != nil {
				return fmt.Errorf("%s: %w", s.id.Short(), err)
			}
		}
	}
	if w.broken != "" {
		return errors.New(w.broken)
	}
	if late := w.Elapsed() - now; late > 0 {
		return fmt.Errorf("a snapshot took %v of virtual time", late)
	}
	return nil
}

func (s *start) checkNow(snapshot actors.Snapshot) error {
	if err := s.checkConnections(snapshot); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(snapshot.Views)) {
		if err := s.checkView(name, snapshot); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	for _, what := range slices.Sorted(maps.Keys(snapshot.Held)) {
		if n := snapshot.Held[what]; n < 0 {
			return fmt.Errorf("holds %d %s", n, what)
		}
	}
	for _, sum := range []string{"violations", "connections_violated", "connection_panics", "signals_false"} {
		if n := snapshot.Counters[sum]; n != 0 {
			return fmt.Errorf("counts %v %s", n, sum)
		}
	}
	return nil
}

// checkConnections checks that there is at most one living connection to each peer, none
// to the peer itself, and that all of them were reported.
func (s *start) checkConnections(snapshot actors.Snapshot) error {
	living := slices.Concat(snapshot.Connections, snapshot.Lingering)
	for _, peer := range slices.Concat(living, snapshot.Pending) {
		if peer == s.id {
			return fmt.Errorf("has a connection to itself")
		}
	}
	for _, peer := range slices.SortedFunc(maps.Keys(s.links), messages.PeerID.Compare) {
		if has := slices.Contains(living, peer); has != (s.links[peer].living == 1) {
			return fmt.Errorf("told of %d living connections to %s, has one: %v", s.links[peer].living, peer.Short(), has)
		}
		if l := s.links[peer]; l.opened > 2 || l.opened > 1 && !slices.Contains(snapshot.Pending, peer) {
			return fmt.Errorf("has %d open connections to %s", l.opened, peer.Short())
		}
	}
	return nil
}

// checkView checks that the view agrees with the events and is within its bounds, and that
// each arc is on a connection.
func (s *start) checkView(protocol string, snapshot actors.Snapshot) error {
	view, t := snapshot.Views[protocol], s.protocols[protocol]
	for dir, arcs := range map[messages.Direction]protocols.Arcs{messages.Out: view.Out, messages.In: view.In} {
		told := 0
		for arc := range arcs.All() {
			told += t.arcs(dir)[arc.Peer]
			switch {
			case arc.Locks < 0 || arc.Locks > arc.Count || dir == messages.In && arc.Locks > 0:
				return fmt.Errorf("%d locks on %d arcs %s to %s", arc.Locks, arc.Count, dir, arc.Peer.Short())
			case arc.Count < 1 || arc.Count > maxArcs:
				return fmt.Errorf("%d arcs %s to %s", arc.Count, dir, arc.Peer.Short())
			case !slices.Contains(snapshot.Connections, arc.Peer):
				return fmt.Errorf("%d arcs %s to %s without a connection", arc.Count, dir, arc.Peer.Short())
			case s.leaving: // its protocols have ended before their arcs
			case arc.Count != t.arcs(dir)[arc.Peer] || dir == messages.Out && arc.Locks != t.locks[arc.Peer]:
				return fmt.Errorf("%d arcs %s to %s with %d locks, was told of %d with %d",
					arc.Count, dir, arc.Peer.Short(), arc.Locks, t.arcs(dir)[arc.Peer], t.locks[arc.Peer])
			}
		}
		if told != sum(t.arcs(dir)) && !s.leaving {
			return fmt.Errorf("%d arcs %s are none", sum(t.arcs(dir))-told, dir)
		}
	}
	return nil
}

func sum(arcs map[messages.PeerID]int) int {
	n := 0
	for _, count := range arcs {
		n += count
	}
	return n
}

// checkAtRest says what does not agree, or was left over, once nothing is in
// flight and all faults are over.
func (w *observed) checkAtRest() error {
	snapshots := map[messages.PeerID]actors.Snapshot{}
	for _, s := range w.living() {
		if s.leaving {
			return fmt.Errorf("%s has not left", s.id.Short())
		}
		snapshots[s.id], _ = s.snapshot()
	}
	for _, s := range w.starts {
		if s.leaving && s.ended() && s.peer.Err() != nil {
			return fmt.Errorf("%s did not leave but crash: %w", s.id.Short(), s.peer.Err())
		}
		if err := s.checkLeftOver(snapshots[s.id]); err != nil {
			return fmt.Errorf("%s: %w", s.id.Short(), err)
		}
	}
	for _, a := range slices.SortedFunc(maps.Keys(snapshots), messages.PeerID.Compare) {
		for _, b := range slices.SortedFunc(maps.Keys(snapshots), messages.PeerID.Compare) {
			if err := agree(snapshots[a], snapshots[b]); err != nil {
				return err
			}
		}
	}
	for _, a := range w.asks {
		switch {
		case len(a.ends) > 0 || a.lost || a.of.ended():
		case a.text == nil:
			return fmt.Errorf("%s: %+v never ended", a.of.id.Short(), a.command)
		case !a.text.arrived && w.calm() && !w.removed:
			return fmt.Errorf("%s: %+v never arrived", a.of.id.Short(), a.command)
		}
	}
	return nil
}

// checkLeftOver checks that the peer holds only the connections that arcs use, each with
// one connection of the transport.
func (s *start) checkLeftOver(snapshot actors.Snapshot) error {
	if s.timers != 0 {
		return fmt.Errorf("%d timers wait", s.timers)
	}
	if !s.ended() && len(snapshot.Held) == 0 {
		return fmt.Errorf("does not say what it holds")
	}
	if s.ended() {
		snapshot = actors.Snapshot{} // of a later start
	}
	for _, what := range slices.Sorted(maps.Keys(snapshot.Held)) {
		if n := snapshot.Held[what]; n != 0 {
			return fmt.Errorf("holds %d %s", n, what)
		}
	}
	if len(snapshot.Pending)+len(snapshot.Lingering) > 0 {
		return fmt.Errorf("has %d attempts and %d connections that linger", len(snapshot.Pending), len(snapshot.Lingering))
	}
	for _, peer := range slices.SortedFunc(maps.Keys(s.conns), messages.PeerID.Compare) {
		want := 0
		if slices.Contains(snapshot.Connections, peer) {
			want = 1
		}
		if n := s.conns[peer]; n != want {
			return fmt.Errorf("has %d connections to %s, uses %d", n, peer.Short(), want)
		}
	}
	return nil
}

// agree says where two peers do not agree on the arcs from one to the other, or
// on their connection. A peer that has ended has none.
func agree(a, b actors.Snapshot) error {
	for _, name := range modelProtocols {
		if out, in := a.Views[name].Out.Count(b.ID), b.Views[name].In.Count(a.ID); out != in {
			return fmt.Errorf("%s: %s holds %d arcs to %s, which knows of %d", name, a.ID.Short(), out, b.ID.Short(), in)
		}
	}
	if slices.Contains(a.Connections, b.ID) != slices.Contains(b.Connections, a.ID) {
		return fmt.Errorf("only one of %s and %s has a connection to the other", a.ID.Short(), b.ID.Short())
	}
	return nil
}
