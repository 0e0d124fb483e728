package actors

import (
	"math/rand/v2"
	"slices"
	"time"

	"github.com/n2n-overlay/n2n/messages"
)

// ways is what was tried to get signals to a peer that requests wait for, after
// a relay on the way went away.
type ways struct {
	relays     []messages.PeerID // the first of each way
	rendezvous bool
	retries    int
	err        error // of the last attempt
	timer      Timer // runs until the next attempt; nil while one is under way
}

type retryDue struct {
	peer messages.PeerID
	ways *ways
}

// backoff is how long to wait before a retry: wait, doubled with each before it,
// give or take a half.
func backoff(wait time.Duration, retries int, r *rand.Rand) time.Duration {
	return time.Duration(float64(wait<<retries) * (0.5 + r.Float64()))
}

// relayLost looks for attempts whose answer was to come through a neighbor that
// is gone.
func (n *neighborhood) relayLost(relay messages.PeerID) {
	for _, peer := range n.peers() {
		l := n.links[peer]
		if l == nil {
			continue
		}
		if a := l.attempt; a != nil && a.waits() && a.via() == relay {
			n.broke(l, messages.ErrNotNeighbor)
		}
	}
}

// waitsFor reports whether the answer to an offer of ours is to come through a
// neighbor.
func (n *neighborhood) waitsFor(relay messages.PeerID) bool {
	for _, l := range n.links {
		if l.attempt != nil && l.attempt.waits() && l.attempt.via() == relay {
			return true
		}
	}
	return false
}

// wayRefused reports whether a refusal is about the way that was taken: a relay
// went away, which its neighbor misses, or a retry found nobody who knows the
// peer. The last relay of the way that was asked for misses the peer itself.
func (n *neighborhood) wayRefused(l *link, by messages.PeerID, code messages.Code) bool {
	route := l.attempt.route
	i := slices.Index(route, by)
	switch {
	case l.ways != nil && l.ways.retries > 0:
		return code == messages.ErrNotNeighbor && i >= 0 || code == messages.ErrUnknownPeer && len(route) == 0
	default:
		return code == messages.ErrNotNeighbor && i >= 0 && i < len(route)-1
	}
}

// broke ends an attempt whose way broke, and tries another way after a while: the
// rendezvous, unless a neighbor made us ask; else a neighbor that may know the
// peer too, and says at once if it does not. The requests keep their deadlines.
func (n *neighborhood) broke(l *link, err error) {
	a := l.attempt
	if l.ways == nil {
		l.ways = &ways{}
	}
	w := l.ways
	w.err = err
	if len(a.route) > 0 {
		w.relays = append(w.relays, a.via())
	}
	if _, ok := n.way(l); !ok || a.kept != nil || w.retries >= n.config.MaxRetries {
		n.abandon(l, err)
		return
	}
	l.attempt = nil
	n.discard(a)
	n.tally.add(countAttemptsFailed)
	w.timer = n.after(n.inbox, backoff(n.config.RetryWait, w.retries, n.rand), retryDue{l.peer, w})
}

// retry makes the next attempt, unless the peer came along by itself.
func (n *neighborhood) retry(m retryDue) {
	l := n.links[m.peer]
	if l == nil || l.ways != m.ways {
		return
	}
	w := l.ways
	w.timer = nil
	if l.attempt != nil || l.living != nil {
		return
	}
	route, ok := n.way(l)
	err := w.err
	if ok {
		err = n.room(l.peer)
	}
	if err != nil {
		n.failOpens(l, err)
		n.settle(l)
		return
	}
	w.retries++
	w.rendezvous = w.rendezvous || len(route) == 0
	n.tally.add(countRetries)
	n.dial(l, route, n.protocols[l.opens[0].number].name)
}

// way draws a way to a peer that was not tried; an empty one is the rendezvous.
func (n *neighborhood) way(l *link) (route []messages.PeerID, ok bool) {
	ours := func(o *pendingOpen) bool { return o.job == 0 }
	switch {
	case len(l.opens) == 0 || n.leaving:
		return nil, false
	case n.linked && !l.ways.rendezvous && slices.ContainsFunc(l.opens, ours):
		return nil, true
	}
	relays := slices.DeleteFunc(n.peers(), func(p messages.PeerID) bool {
		return p == l.peer || !n.links[p].ready() || slices.Contains(l.ways.relays, p)
	})
	if len(relays) == 0 {
		return nil, false
	}
	return []messages.PeerID{relays[n.rand.IntN(len(relays))]}, true
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
