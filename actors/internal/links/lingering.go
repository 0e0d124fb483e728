package links

import (
	"time"

	"github.com/n2n-overlay/n2n/actors/internal/tally"
	"github.com/n2n-overlay/n2n/messages"
)

// closeAnswerTimeout is how long a connection may take to end after both sides
// agreed to it.
const closeAnswerTimeout = 5 * time.Second

type (
	lingered     struct{ link ID }
	closeOverdue struct{ link ID }
)

// settle lets a connection linger if nobody uses it, stops that if it is used
// again, and forgets an empty link.
func (t *Table) settle(l *link) {
	if len(l.opens) == 0 {
		l.forgetWays()
	}
	if l.idle() {
		delete(t.links, l.peer)
		return
	}
	k := l.living
	if k == nil || k.closing {
		return
	}
	switch used := k.used() || k.holds > 0 || len(l.opens) > 0; {
	case used:
		k.stopLinger()
	case k.linger == nil:
		k.linger = t.out.After(t.config.Linger(), lingered{k.id})
	}
}

func (k *live) stopLinger() {
	if k.linger != nil {
		k.linger.Stop()
		k.linger = nil
	}
}

// Hold adds to the jobs that need connections. It names connections, not peers: a
// job that needed an ended connection does not hold the next one to the same peer.
// The n2n actor may know before the Table that a connection lives.
func (t *Table) Hold(links [2]ID, by int) {
	for _, id := range links {
		l := t.links[id.Peer]
		switch {
		case l == nil:
		case l.living != nil && l.living.id == id:
			l.living.holds += by
			t.settle(l)
		case l.attempt != nil && l.attempt.id == id:
			l.attempt.holds += by
		}
	}
}

// due proposes to close a connection that was not used for long. Only the
// smaller PeerID proposes; its opens wait for the answer.
func (d lingered) due(t *Table) {
	l := t.links[d.link.Peer]
	if l == nil || l.living == nil || l.living.id != d.link || l.living.linger == nil || !t.self.Less(l.peer) || l.living.proposed {
		return
	}
	l.living.proposed = true
	t.out.Send(d.link, &messages.CloseProposal{Seen: l.living.seen})
	l.living.overdue = t.out.After(closeAnswerTimeout, closeOverdue(d))
}

// proposal answers the other side's proposal to close. We refuse if we have opened
// arcs that it had not seen, or need the connection otherwise.
func (t *Table) proposal(l *link, m *messages.CloseProposal) {
	k := l.living
	if l.peer.Compare(t.self) > 0 || k.closing {
		t.Tally.Add(tally.ProposalsIgnored)
		return
	}
	agreed := m.GetSeen() == k.sent && !k.used() && k.holds == 0 && len(l.opens) == 0 && !t.waitsFor(l.peer)
	t.out.Send(k.id, &messages.CloseAnswer{Agreed: agreed})
	if !agreed {
		t.Tally.Add(tally.ProposalsCancelled)
		return
	}
	k.closing = true
	t.out.After(closeAnswerTimeout, closeOverdue{k.id})
}

func (t *Table) proposalAnswered(l *link, agreed bool) {
	k := l.living
	if !k.proposed {
		t.Tally.Add(tally.CloseAnswersLate)
		return
	}
	k.proposed = false
	if agreed && !k.used() {
		k.closing = true
		t.out.HangUp(k.id, HangUp{Flush: true})
		t.unpark()
		return
	}
	t.unpropose(l)
}

// unpropose goes on with a connection after a proposal to close it was refused.
func (t *Table) unpropose(l *link) {
	l.living.proposed = false
	l.living.overdue.Stop()
	l.living.stopLinger()
	t.openWaiting(l)
	t.unpark()
	t.settle(l)
}

// due ends a connection whose agreed or proposed end is late.
func (d closeOverdue) due(t *Table) {
	l := t.links[d.link.Peer]
	if l == nil || l.living == nil || l.living.id != d.link {
		return
	}
	switch k := l.living; {
	case k.closing:
		t.out.HangUp(k.id, HangUp{})
	case k.proposed: // the other side may have agreed and be closing it
		k.proposed, k.closing = false, true
		t.out.HangUp(k.id, HangUp{})
		t.unpark()
	}
}
