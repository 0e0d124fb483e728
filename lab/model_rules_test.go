package lab_test

import (
	"fmt"
	"slices"
	"time"

	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/n2n-overlay/n2n/messages"
)

// maxArcs is the default bound of the arcs of one protocol in one direction.
const maxArcs = 256

// ampleTime is a deadline within which every request can end where nothing is
// in its way.
const ampleTime = 200 * time.Millisecond

// avoidable are the failures that no request has where nothing is in its way. A
// connection that ends unused takes the introductions along that come too late.
var avoidable = map[messages.Op][]messages.Code{
	messages.OpOpen:      {messages.ErrTimeout, messages.ErrDuplicate, messages.ErrClosed, messages.ErrRefused, messages.ErrRate},
	messages.OpIntroduce: {messages.ErrTimeout, messages.ErrDuplicate, messages.ErrRefused, messages.ErrRate},
	messages.OpInvite:    {messages.ErrTimeout, messages.ErrDuplicate, messages.ErrRefused, messages.ErrRate},
}

func ticketOf(command any) messages.Ticket {
	switch c := command.(type) {
	case messages.Open:
		return c.Ticket
	case messages.Close:
		return c.Ticket
	case messages.Lock:
		return c.Ticket
	case messages.Unlock:
		return c.Ticket
	case messages.Drop:
		return c.Ticket
	case messages.Introduce:
		return c.Ticket
	case messages.Invite:
		return c.Ticket
	case messages.Send:
		return c.Ticket
	default:
		return 0
	}
}

// outcomes are the codes of which one must end a request at once; "" is success.
type outcomes []messages.Code

// expected says how a request must end at once, from what its peer told before;
// false when that depends on others.
func (s *start) expected(protocol string, command any) (outcomes, bool) {
	t := s.protocols[protocol]
	switch c := command.(type) {
	case messages.Open:
		return s.expectedOpen(c.Peer)
	case messages.Close:
		return onArc(t.out[c.Peer] == 0, t.locks[c.Peer] == t.out[c.Peer], messages.ErrLocked), true
	case messages.Lock:
		return onArc(t.out[c.Peer] == 0, t.locks[c.Peer] == t.out[c.Peer], messages.ErrLocked), true
	case messages.Unlock:
		return onArc(t.out[c.Peer] == 0, t.locks[c.Peer] == 0, messages.ErrNotLocked), true
	case messages.Drop:
		return onArc(t.in[c.Peer] == 0, false, ""), true
	case messages.Invite:
		return s.expectedEnd(c.Peer, messages.AnyView, t)
	case messages.Introduce:
		switch {
		case c.From == c.To:
			return outcomes{messages.ErrSelf}, true
		case c.From == s.id:
			return s.expectedOpen(c.To)
		}
		if codes, known := s.expectedEnd(c.From, c.Views.From, t); known || c.To == s.id {
			return codes, known
		}
		codes, known := s.expectedEnd(c.To, c.Views.To, t)
		return append(codes, messages.ErrNoProtocol), known // of the other end
	default:
		return nil, false
	}
}

func onArc(none, fails bool, code messages.Code) outcomes {
	switch {
	case none:
		return outcomes{messages.ErrNoArc}
	case fails:
		return outcomes{code}
	default:
		return outcomes{""}
	}
}

// expectedOpen returns the outcomes of an Open that are known at once: on a connection in
// use, an arc opens or cannot be.
func (s *start) expectedOpen(peer messages.PeerID) (outcomes, bool) {
	switch {
	case peer == s.id:
		return outcomes{messages.ErrSelf}, true
	case s.link(peer).living == 1 && s.arcs(peer) > 0:
		return outcomes{"", messages.ErrNoProtocol, messages.ErrFull}, true
	default:
		return nil, false
	}
}

// expectedEnd returns the outcomes for an end of an introduction that has no connection or
// is not in the view.
func (s *start) expectedEnd(peer messages.PeerID, view messages.ViewName, t *told) (outcomes, bool) {
	switch {
	case peer == s.id:
		return outcomes{messages.ErrSelf}, true
	case s.link(peer).living == 0:
		return outcomes{messages.ErrNotNeighbor}, true
	case view == messages.OutView && t.out[peer] == 0, view == messages.InView && t.in[peer] == 0:
		return outcomes{messages.ErrNotInView, messages.ErrNotNeighbor}, true
	default:
		return nil, false
	}
}

// compare asserts that a request ended at once as it must.
func (w *observed) compare(a *ask, want outcomes) {
	if len(a.ends) == 0 {
		w.breaks("%s did not end at once: %+v, expected %q", a.of.id.Short(), a.command, want)
		return
	}
	code := messages.Code("")
	if failed, ok := a.ends[0].(messages.Failed); ok {
		code = messages.CodeOf(failed.Err)
	}
	if !slices.Contains(want, code) {
		w.breaks("%s: %+v ended with %q, expected %q", a.of.id.Short(), a.command, code, want)
	}
}

// ends notes the event that ends a request: one, in time, and of its kind.
func (w *observed) ends(s *start, protocol string, ticket messages.Ticket, event any) {
	i := slices.IndexFunc(w.asks, func(a *ask) bool { return a.ticket == ticket })
	if i < 0 || w.asks[i].of != s || w.asks[i].protocol != protocol {
		w.breaks("%s of %s got %+v, which it did not ask for", protocol, s.id.Short(), event)
		return
	}
	a := w.asks[i]
	a.ends = append(a.ends, event)
	if len(a.ends) > 1 {
		w.breaks("%s: %+v ended twice: %+v", s.id.Short(), a.command, a.ends)
	}
	if late := w.Elapsed() - a.at; late > a.limit {
		w.breaks("%s: %+v ended after %v, its deadline was %v", s.id.Short(), a.command, late, a.limit)
	}
	if f, failed := event.(messages.Failed); failed && w.calm() && !w.hasty && slices.Contains(avoidable[f.Op], messages.CodeOf(f.Err)) {
		w.breaks("%s: %+v ended with %+v, and nothing was in its way", s.id.Short(), a.command, event)
	}
	if f, failed := event.(messages.Failed); failed && f.Op == messages.OpOpen && messages.CodeOf(f.Err) == messages.ErrDuplicate && w.restarted(s, f.Peer) {
		w.breaks("%s has restarted, and %s, which has a connection to the start before, refuses it as a duplicate", s.id.Short(), f.Peer.Short())
	}
	if err := a.kind(event); err != nil {
		w.breaks("%s: %+v ended with %+v: %v", s.id.Short(), a.command, event, err)
	}
}

// restarted reports whether a peer has a living connection, and nothing else, to
// a start of another before this one.
func (w *observed) restarted(s *start, peer messages.PeerID) bool {
	if l := s.links[peer]; l != nil && l.met {
		return false
	}
	for _, other := range w.living() {
		if l := other.links[s.id]; other.id == peer && l != nil {
			return l.living == 1 && l.opened == 1
		}
	}
	return false
}

// kind says why an event cannot be the end of a request.
func (a *ask) kind(event any) error {
	if f, failed := event.(messages.Failed); failed {
		if f.Err == nil || messages.CodeOf(f.Err) == "" {
			return fmt.Errorf("a failure without a code")
		}
		return nil
	}
	var want any
	switch c := a.command.(type) {
	case messages.Open:
		want = a.opened(c.Peer, messages.Out, event)
	case messages.Close:
		want = messages.ArcClosed{Ticket: c.Ticket, Peer: c.Peer, Dir: messages.Out, Cause: messages.CauseClosed}
	case messages.Lock:
		want = messages.Locked(c)
	case messages.Unlock:
		want = messages.Unlocked(c)
	case messages.Drop:
		want = messages.ArcClosed{Ticket: c.Ticket, Peer: c.Peer, Dir: messages.In, Cause: messages.CauseDropped}
	case messages.Invite:
		want = a.opened(c.Peer, messages.In, event)
	case messages.Introduce:
		switch a.of.id {
		case c.From:
			want = a.opened(c.To, messages.Out, event)
		case c.To:
			want = a.opened(c.From, messages.In, event)
		default:
			want = messages.Introduced{Ticket: c.Ticket, From: c.From, To: c.To}
		}
	}
	if event != want {
		return fmt.Errorf("expected %+v", want)
	}
	return nil
}

// opened is the success of an open or an invitation, whichever way it came.
func (a *ask) opened(peer messages.PeerID, dir messages.Direction, event any) any {
	e, _ := event.(messages.ArcOpened)
	return messages.ArcOpened{Ticket: a.ticket, Peer: peer, Dir: dir, Via: e.Via}
}

// sends notes a message that is to arrive where it was sent, once.
func (w *observed) sends(a *ask) {
	if c, ok := a.command.(messages.Send); ok {
		payload := string(c.Message.(*wrapperspb.BytesValue).GetValue())
		a.text = &text{from: a.of.id, to: c.To, protocol: a.protocol}
		w.sent[payload] = a.text
	}
}

// received asserts that a message arrived where it was sent, once and in order.
func (w *observed) received(by messages.PeerID, protocol string, e messages.Received) {
	payload := string(e.Message.(*wrapperspb.BytesValue).GetValue())
	t := w.sent[payload]
	if t == nil || t.from != e.From || t.to != by || t.protocol != protocol || t.arrived {
		w.breaks("%s of %s received %q from %s, sent as %+v", protocol, by.Short(), payload, e.From.Short(), t)
		return
	}
	if w.newest[*t] > payload {
		w.breaks("%s of %s received %q from %s after %q", protocol, by.Short(), payload, e.From.Short(), w.newest[*t])
	}
	w.newest[*t] = payload
	t.arrived = true
}
