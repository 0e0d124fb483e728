package lab

import (
	"slices"

	"github.com/n2n-overlay/n2n/messages"
)

// The verbs about whole peers, and about the network between them.

func (t *task) doPeers() error {
	if err := t.identities.enroll(t.Peers); err != nil {
		return brokenError{err}
	}
	for _, name := range t.Peers {
		identity := t.identities.of[name]
		m := &member{
			name: name, id: identity.ID(), identity: identity,
			passive: map[string]bool{}, outcomes: map[messages.Ticket]any{},
		}
		t.members[name], t.names[m.id] = m, name
		if err := t.start(m); err != nil {
			return brokenError{err}
		}
	}
	return nil
}

// doLeave ends when the peer has ended and its neighbours know.
func (t *task) doLeave() error {
	m := t.peer(0)
	if !m.alive() {
		return messages.ErrClosed
	}
	m.Leave()
	t.snapshot(m) // so that it begins before the next line does
	if !t.until(t.deadline()+slack, func() bool { return !m.alive() }) {
		return messages.ErrTimeout
	}
	t.othersKnow(m)
	return nil
}

func (t *task) doCrash() error {
	m := t.peer(0)
	if !m.alive() {
		return messages.ErrClosed
	}
	t.crash(m)
	t.othersKnow(m)
	return nil
}

func (t *task) crash(m *member) {
	m.Crash()
	t.snapshot(m) // so that it happens before the next line does
	t.until(slack, func() bool { return !m.alive() })
}

func (t *task) doSilence() error {
	m := t.peer(0)
	if !m.alive() {
		return messages.ErrClosed
	}
	t.world.Faults().Silence(m.id)
	return nil
}

// doRestart starts a peer again. A peer that runs crashes first; if it was
// silenced, nobody hears of that.
func (t *task) doRestart() error {
	m := t.peer(0)
	for m.alive() { // again, if another line has restarted it meanwhile
		t.crash(m)
		t.othersKnow(m)
	}
	t.world.Faults().Speak(m.id)
	t.lobby.Release()
	if err := t.start(m); err != nil {
		return brokenError{err}
	}
	return nil
}

func (t *task) doPartition() error {
	groups := make([][]messages.PeerID, len(t.Groups))
	for i, group := range t.Groups {
		for _, name := range group {
			groups[i] = append(groups[i], t.members[name].id)
		}
	}
	err := t.world.Faults().Partition(groups...)
	t.lobby.Release() // an earlier partition has ended
	return err
}

func (t *task) doRepair() error {
	var pairs [][2]*member
	all := t.living()
	for i, a := range all {
		for _, b := range all[i+1:] {
			if t.cut(a, b) {
				pairs = append(pairs, [2]*member{a, b})
			}
		}
	}
	t.world.Faults().Repair()
	t.lobby.Release()
	t.bothKnow(pairs...)
	return nil
}

func (t *task) doHold() error {
	a, b := t.peer(0), t.peer(1)
	t.world.Faults().Hold(a.id, b.id)
	return nil
}

func (t *task) doRelease() error {
	a, b := t.peer(0), t.peer(1)
	t.world.Faults().Release(a.id, b.id)
	t.lobby.Release()
	t.bothKnow([2]*member{a, b})
	for _, m := range []*member{a, b} {
		if !m.alive() {
			t.othersKnow(m)
		}
	}
	return nil
}

func (t *task) doServer() error {
	if !t.Up {
		t.lobby.Unlink()
		if err := t.world.StopServer(); err != nil {
			return brokenError{err}
		}
		return nil
	}
	if err := t.world.StartServer(); err != nil {
		return brokenError{err}
	}
	if !t.until(t.deadline()+slack, func() bool { return !t.lobby.Unlinked() }) {
		return messages.ErrTimeout
	}
	return nil
}

// bothKnow waits, at most for the deadline, until the two ends of each pair agree
// on their arcs and connections, and nothing is under way between them. It does not
// wait for a pair that is cut off.
func (t *task) bothKnow(pairs ...[2]*member) {
	pairs = slices.DeleteFunc(pairs, func(p [2]*member) bool { return p[0] == p[1] })
	for _, p := range pairs {
		t.until(t.deadline(), func() bool { return t.agree(p[0], p[1]) })
	}
	for _, p := range pairs {
		t.settle(p[0], p[1])
	}
}

// giveUp waits until two peers have no attempt at a connection left. Each end ends
// its own, at a moment of its own.
func (t *task) giveUp(a, b *member) {
	t.until(t.deadline(), func() bool {
		at, _ := t.snapshot(a)
		bt, _ := t.snapshot(b)
		return !slices.Contains(at.Pending, b.id) && !slices.Contains(bt.Pending, a.id)
	})
}

// allKnow is bothKnow for a peer and all others.
func (t *task) allKnow(m *member) {
	var pairs [][2]*member
	for _, other := range t.living() {
		pairs = append(pairs, [2]*member{m, other})
	}
	t.bothKnow(pairs...)
}

// agree reports whether nothing between two peers is left to wait for.
func (t *task) agree(a, b *member) bool {
	if !a.alive() || !b.alive() || t.cut(a, b) {
		return true
	}
	if t.world.Between(a.id, b.id).Busy {
		return false
	}
	t.settle(a, b)
	at, _ := t.snapshot(a)
	bt, _ := t.snapshot(b)
	if t.world.Between(a.id, b.id).Busy || slices.Contains(at.Pending, b.id) || slices.Contains(bt.Pending, a.id) ||
		slices.Contains(at.Connections, b.id) != slices.Contains(bt.Connections, a.id) ||
		slices.Contains(at.Lingering, b.id) != slices.Contains(bt.Lingering, a.id) {
		return false
	}
	for name, view := range at.Views {
		other := bt.Views[name]
		if view.Out.Count(b.id) != other.In.Count(a.id) || view.In.Count(b.id) != other.Out.Count(a.id) {
			return false
		}
	}
	for name, view := range bt.Views {
		if _, both := at.Views[name]; !both && view.Has(a.id) {
			return false
		}
	}
	return true
}

// othersKnow waits, at most for the deadline, until all know that a peer has ended:
// the signaling service, and each peer that can hear of it.
func (t *task) othersKnow(ended *member) {
	others := t.living()
	for _, m := range others {
		t.until(t.deadline(), func() bool {
			if !m.alive() || t.cut(m, ended) {
				return true
			}
			if t.world.Between(m.id, ended.id).Connected {
				return false
			}
			t.settle(m)
			s, _ := t.snapshot(m)
			return !slices.Contains(s.Connections, ended.id) && !slices.Contains(s.Lingering, ended.id)
		})
	}
	t.until(t.deadline(), func() bool { return t.world.Members() == t.lobby.Linked() })
	t.settle(others...)
}
