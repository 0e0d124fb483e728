package links

import (
	"github.com/n2n-overlay/n2n/messages"
)

// ledger counts the arcs of one protocol on one connection: this side holds out,
// the other side holds in. Each side tells the other its own count, not a
// difference.
type ledger struct {
	out, locks int    // held by us; 0 ≤ locks ≤ out
	outSeq     uint64 // of the newest Arcs we sent
	in         int    // held by the other side
	inSeq      uint64 // of the newest Arcs we took
}

// open adds an arc of ours, at most limit.
func (l *ledger) open(limit int) error {
	if l.out >= limit {
		return messages.ErrFull
	}
	l.out++
	l.outSeq++
	return nil
}

// close ends an arc of ours that is not locked.
func (l *ledger) close() error {
	switch {
	case l.out == 0:
		return messages.ErrNoArc
	case l.locks >= l.out:
		return messages.ErrLocked
	}
	l.out--
	l.outSeq++
	return nil
}

func (l *ledger) lock() error {
	switch {
	case l.out == 0:
		return messages.ErrNoArc
	case l.locks >= l.out:
		return messages.ErrLocked
	}
	l.locks++
	return nil
}

func (l *ledger) unlock() error {
	switch {
	case l.out == 0:
		return messages.ErrNoArc
	case l.locks == 0:
		return messages.ErrNotLocked
	}
	l.locks--
	return nil
}

// cut obeys a refusal: our arcs shrink to keep, locked ones too. It returns how
// many ended; none when the refusal is older than our newest Arcs.
func (l *ledger) cut(seq uint64, keep int) int {
	if seq != l.outSeq || keep >= l.out {
		return 0
	}
	ended := l.out - keep
	l.out = keep
	l.locks = min(l.locks, keep)
	return ended
}

// take notes the count that the other side told. It returns the change, and false
// when seq is not newer than the last one.
func (l *ledger) take(seq uint64, count int) (int, bool) {
	if seq <= l.inSeq {
		return 0, false
	}
	change := count - l.in
	l.in, l.inSeq = count, seq
	return change, true
}

// refuse ends all arcs that the other side holds. It returns how many ended.
func (l *ledger) refuse() int {
	ended := l.in
	l.in = 0
	return ended
}

func (l *ledger) used() bool { return l.out > 0 || l.in > 0 }
