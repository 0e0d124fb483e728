package links

import (
	"math/rand/v2"
	"slices"
	"time"

	"github.com/n2n-overlay/n2n/actors/internal/tally"
	"github.com/n2n-overlay/n2n/messages"
)

// ways holds the ways by which we tried to reach a peer, after a relay was lost.
type ways struct {
	peer       messages.PeerID
	relays     []messages.PeerID // the first of each way
	rendezvous bool
	retries    int
	err        error // of the last attempt
	timer      Timer // runs until the next attempt; nil while one is under way
}

// Backoff is how long to wait before a retry: wait, doubled for each earlier retry,
// give or take a half.
func Backoff(wait time.Duration, retries int, r *rand.Rand) time.Duration {
	return time.Duration(float64(wait<<retries) * (0.5 + r.Float64()))
}

// relayLost tries other ways for the attempts whose answer would come through a
// lost neighbor.
func (t *Table) relayLost(relay messages.PeerID) {
	for _, l := range slices.Clone(t.attempting) {
		if a := l.attempt; a != nil && a.waits() && a.via() == relay {
			t.broke(l, messages.ErrNotNeighbor)
		}
	}
}

// waitsFor reports whether the answer to an offer of ours would come through a
// neighbor.
func (t *Table) waitsFor(relay messages.PeerID) bool {
	for _, l := range t.attempting {
		if l.attempt.waits() && l.attempt.via() == relay {
			return true
		}
	}
	return false
}

// wayRefused reports whether a refusal is about the way and not about the peer: a
// relay on it is gone, or a retry asked a neighbor or a rendezvous that does not
// know the peer. On the first way, a refusal by the last relay is about the peer
// itself.
func (t *Table) wayRefused(l *link, by messages.PeerID, code messages.Code) bool {
	route := l.attempt.Route
	i := slices.Index(route, by)
	switch {
	case l.ways != nil && l.ways.retries > 0:
		return code == messages.ErrNotNeighbor && i >= 0 || code == messages.ErrUnknownPeer && len(route) == 0
	default:
		return code == messages.ErrNotNeighbor && i >= 0 && i < len(route)-1
	}
}

// broke ends an attempt whose way broke, and tries another way after a while. That
// is the rendezvous, unless a neighbor introduced us, else a neighbor that may know
// the peer and says at once if it does not. The requests keep their deadlines.
func (t *Table) broke(l *link, err error) {
	a := l.attempt
	if l.ways == nil {
		l.ways = &ways{peer: l.peer}
	}
	w := l.ways
	w.err = err
	if len(a.Route) > 0 {
		w.relays = append(w.relays, a.via())
	}
	if _, ok := t.way(l); !ok || a.kept != nil || w.retries >= t.config.MaxRetries {
		t.abandon(l, err)
		return
	}
	t.takeBack(l)
	t.Tally.Add(tally.AttemptsFailed)
	w.timer = t.out.After(Backoff(t.config.RetryWait, w.retries, t.rand), w)
}

// due makes the next attempt, unless the peer has connected to us meanwhile.
func (w *ways) due(t *Table) {
	l := t.links[w.peer]
	if l == nil || l.ways != w {
		return
	}
	w.timer = nil
	if l.attempt != nil || l.living != nil {
		return
	}
	route, ok := t.way(l)
	err := w.err
	if ok {
		err = t.admit(l.peer)
	}
	if err != nil {
		t.failOpens(l, err)
		t.settle(l)
		return
	}
	w.retries++
	w.rendezvous = w.rendezvous || len(route) == 0
	t.Tally.Add(tally.Retries)
	t.dial(l, route)
}

// way draws a way that was not tried yet; an empty one is the rendezvous.
func (t *Table) way(l *link) (route []messages.PeerID, ok bool) {
	ours := func(o *pendingOpen) bool { return o.job == 0 }
	switch {
	case len(l.opens) == 0 || t.leaving:
		return nil, false
	case t.linked && !l.ways.rendezvous && slices.ContainsFunc(l.opens, ours):
		return nil, true
	}
	relays := slices.DeleteFunc(t.peers(), func(p messages.PeerID) bool {
		return p == l.peer || !t.links[p].ready() || slices.Contains(l.ways.relays, p)
	})
	if len(relays) == 0 {
		return nil, false
	}
	return []messages.PeerID{relays[t.rand.IntN(len(relays))]}, true
}

// between reports whether another way will be tried later.
func (w *ways) between() bool { return w != nil && w.timer != nil }

// forgetWays ends the retries of a peer that nothing waits for any more.
func (l *link) forgetWays() {
	if l.ways.between() {
		l.ways.timer.Stop()
	}
	l.ways = nil
}
