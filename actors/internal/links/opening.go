package links

import (
	"slices"

	"github.com/n2n-overlay/n2n/actors/internal/tally"
	"github.com/n2n-overlay/n2n/messages"
)

// pendingOpen is a request for an arc that waits for a connection.
type pendingOpen struct {
	peer   messages.PeerID
	number uint32
	ticket messages.Ticket
	route  []messages.PeerID // as the request named it
	via    messages.PeerID   // told with the arc
	by     messages.PeerID   // the introducer; zero when the protocol asked
	job    uint64            // of the introduction
	timer  Timer
}

// open opens one arc, at once on a living connection, else after a dial.
func (t *Table) open(r *Protocol, c messages.Open) {
	o := &pendingOpen{peer: c.Peer, number: r.Number, ticket: c.Ticket, route: c.Via}
	if err := t.tryOpen(o); err != nil {
		t.failOpen(o, err)
	}
}

func (t *Table) tryOpen(o *pendingOpen) error {
	switch l := t.links[o.peer]; {
	case t.leaving:
		return messages.ErrClosed
	case o.peer == t.self:
		return messages.ErrSelf
	case o.peer.IsZero():
		return messages.ErrUnknownPeer
	case l != nil && l.ready():
		return t.openArc(l, o)
	case t.opens >= t.config.MaxOpens:
		t.Tally.Add(tally.OpensRefusedFull)
		return messages.ErrFull
	case l != nil && (l.attempt != nil || l.living != nil || l.ways.between()):
		if err := t.checkVia(o); err != nil {
			return err
		}
		t.wait(l, o)
		return nil
	}
	route, err := t.route(o)
	if err != nil {
		return err
	}
	if err := t.admit(o.peer); err != nil {
		return err
	}
	l := t.link(o.peer)
	t.wait(l, o)
	t.dial(l, route)
	return nil
}

// route says how signals get to a peer to which we have no connection: along the
// relays that the request names, else through the rendezvous (an empty route).
// After an introduction they go through the introducer alone.
func (t *Table) route(o *pendingOpen) ([]messages.PeerID, error) {
	if err := t.checkVia(o); err != nil {
		return nil, err
	}
	switch {
	case len(o.route) > 0 && t.neighbor(o.route[0]) != nil:
		return slices.Clone(o.route), nil
	case t.linked && o.job == 0:
		return nil, nil
	case len(o.route) > 0:
		return nil, messages.ErrNotNeighbor
	default:
		return nil, messages.ErrUnknownPeer
	}
}

// checkVia returns an error if the relays of a request lead to no peer.
func (t *Table) checkVia(o *pendingOpen) error {
	if len(o.route) > messages.MaxRoute {
		return messages.ErrTooBig
	}
	for i, hop := range o.route {
		if hop == t.self || hop == o.peer || hop.IsZero() || slices.Contains(o.route[:i], hop) {
			return messages.ErrUnknownPeer
		}
	}
	return nil
}

// admit returns an error if a limit forbids one more attempt.
func (t *Table) admit(peer messages.PeerID) error {
	if t.halfOpen >= t.config.MaxHalfOpen || t.links[peer] == nil && len(t.links) >= t.config.MaxConnections {
		t.Tally.Add(tally.ConnectionsRefusedFull)
		return messages.ErrFull
	}
	return nil
}

func (t *Table) link(peer messages.PeerID) *link {
	l := t.links[peer]
	if l == nil {
		l = &link{peer: peer}
		t.links[peer] = l
	}
	return l
}

func (t *Table) wait(l *link, o *pendingOpen) {
	t.opens++
	l.opens = append(l.opens, o)
	o.timer = t.out.After(t.config.RequestTimeout(), o)
}

// endOpen frees what a waiting request holds.
func (t *Table) endOpen(o *pendingOpen) {
	t.opens--
	o.timer.Stop()
}

// due ends a request that waited too long.
func (o *pendingOpen) due(t *Table) {
	l := t.links[o.peer]
	if l == nil {
		return
	}
	i := slices.Index(l.opens, o)
	if i < 0 {
		return
	}
	l.opens = slices.Delete(l.opens, i, i+1)
	t.endOpen(o)
	t.failOpen(o, messages.ErrTimeout)
	// An open connection has a deadline of its own. It may live for the other side
	// already, which would take its end for a crash.
	if a := l.attempt; a != nil && a.offered && !a.opened && len(l.opens) == 0 {
		t.abandon(l, messages.ErrTimeout)
	}
	t.settle(l)
}

func (t *Table) failOpen(o *pendingOpen, err error) {
	if o.job != 0 {
		t.refuseIntroduction(o, messages.CodeOf(err))
		return
	}
	t.Fail(o.number, o.ticket, messages.OpOpen, o.peer, err)
}

func (t *Table) failOpens(l *link, err error) {
	opens := l.opens
	l.opens = nil
	for _, o := range opens {
		t.endOpen(o)
		t.failOpen(o, err)
	}
}

// openArc opens an arc on a living connection: one message, no handshake.
func (t *Table) openArc(l *link, o *pendingOpen) error {
	r, k := t.protocols[o.number], l.living
	if r == nil || !k.runs(r.Name) {
		return messages.ErrNoProtocol
	}
	if err := k.ledger(o.number).open(t.config.MaxArcs); err != nil {
		return err
	}
	inviter := uint64(0)
	if o.by == l.peer {
		inviter = o.job
	}
	t.Tally.Add(tally.ArcsOpened)
	if k.linger != nil {
		t.Tally.Add(tally.Revived)
	}
	t.sendArcs(k, o.number, inviter)
	t.settle(l)
	t.tellArc(r, k, messages.ArcOpened{Ticket: o.ticket, Peer: l.peer, Dir: messages.Out, Via: o.via})
	if o.job != 0 {
		t.out.Introduced(o.by, o.job, "")
	}
	return nil
}

// openWaiting opens the arcs that waited for a connection that is ready now.
func (t *Table) openWaiting(l *link) {
	opens := l.opens
	l.opens = nil
	for _, o := range opens {
		t.endOpen(o)
		if o.via.IsZero() {
			o.via = l.living.via
		}
		if err := t.openArc(l, o); err != nil {
			t.failOpen(o, err)
		}
	}
}
