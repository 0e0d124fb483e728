package unicast

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

// asking is a request of this peer that waits for a reply.
type asking struct {
	outgoing
	number uint64 // its id on the wire
	ticket messages.Ticket
	timer  protocols.Timer
}

// question identifies a request of another peer.
type question struct {
	from messages.PeerID
	id   uint64
}

// serving is a request of another peer that waits for this one's reply.
type serving struct {
	question
	timer protocols.Timer
}

// The timer events.
type (
	askDue   struct{ asking *asking }
	serveDue struct{ serving *serving }
)

// asking lists our requests that wait, in the order of their tickets.
func (h *handler) asking() []*asking {
	return slices.SortedFunc(maps.Values(h.asked), func(a, b *asking) int { return cmp.Compare(a.ticket, b.ticket) })
}

// serving lists the requests of others that wait, in the order of the peers.
func (h *handler) serving() []*serving {
	return slices.SortedFunc(maps.Values(h.serves), func(a, b *serving) int {
		return cmp.Or(a.from.Compare(b.from), cmp.Compare(a.id, b.id))
	})
}

func (h *handler) request(port protocols.Port, by string, c Request) {
	within := cmp.Or(c.Within, h.config.Deadline)
	o := outgoing{"request", c.ID, c.To, by}
	err := h.unfit(c.To, c.Payload)
	switch {
	case err != nil:
	case within < time.Millisecond || within > h.config.MaxDeadline:
		err = fmt.Errorf("to be answered within %v, must be 1ms to %v: %w", within, h.config.MaxDeadline, messages.ErrRefused)
	case len(h.asked) >= h.config.MaxRequests:
		err = messages.ErrFull
	}
	if err != nil {
		fail(port, o, err)
		return
	}
	a := &asking{outgoing: o, number: h.number(port)}
	port.Count("requests", 1)
	a.ticket = port.Send(c.To, questionMessage(a.number, uint32(within/time.Millisecond), c.Payload))
	a.timer = port.After(within, askDue{a})
	h.asked[a.number] = a
}

// number draws the id of a request on the wire. It is random, so that no peer can
// guess it.
func (h *handler) number(port protocols.Port) uint64 {
	for {
		if n := port.Rand().Uint64(); n != 0 && h.asked[n] == nil {
			return n
		}
	}
}

// awaited ends the request that a reply is for, if the reply comes from the peer
// that was asked.
func (h *handler) awaited(port protocols.Port, from messages.PeerID, number uint64) *asking {
	a := h.asked[number]
	if a == nil || a.to != from {
		port.Count("late", 1)
		return nil
	}
	h.endAsk(a)
	port.Count("replies", 1)
	return a
}

func (h *handler) endAsk(a *asking) {
	a.timer.Stop()
	delete(h.asked, a.number)
}

func (h *handler) askDue(port protocols.Port, a *asking) {
	if h.asked[a.number] == a {
		h.endAsk(a)
		port.Count("timeouts", 1)
		fail(port, a.outgoing, messages.ErrTimeout)
	}
}

// question handles the request of a neighbor.
func (h *handler) question(port protocols.Port, from messages.PeerID, m *Question) {
	q := question{from, m.GetId()}
	switch {
	case h.serves[q] != nil:
		port.Count("ignored", 1)
		return
	case len(h.serves) >= h.config.MaxRequests || h.from[from] >= max(1, h.config.MaxRequests/4):
		port.Count("rejected_full", 1)
		port.Send(from, rejection(q.id, Reason_REASON_FULL, ""))
		return
	}
	within := min(time.Duration(m.GetWithinMs())*time.Millisecond, h.config.MaxDeadline)
	s := &serving{question: q}
	s.timer = port.After(within, serveDue{s})
	h.serves[q] = s
	if h.from == nil {
		h.from = map[messages.PeerID]int{}
	}
	h.from[from]++
	port.Count("requested", 1)
	port.Emit(Requested{From: from, ID: q.id, Payload: m.GetPayload(), Deadline: port.Now().Add(within)})
}

func (h *handler) endServe(s *serving) {
	s.timer.Stop()
	delete(h.serves, s.question)
	if h.from[s.from]--; h.from[s.from] == 0 {
		delete(h.from, s.from)
	}
}

func (h *handler) serveDue(port protocols.Port, s *serving) {
	if h.serves[s.question] == s {
		h.endServe(s)
		port.Count("unanswered", 1)
	}
}

// forget drops the requests of a peer that is gone.
func (h *handler) forget(peer messages.PeerID) {
	for _, s := range h.serving() {
		if s.from == peer {
			h.endServe(s)
		}
	}
}

// served returns the request that a reply of ours is for. If there is none, it
// reports that as a failure.
func (h *handler) served(port protocols.Port, o outgoing) *serving {
	s := h.serves[question{o.to, o.id}]
	if s == nil {
		fail(port, o, messages.ErrExpired)
	}
	return s
}

func (h *handler) reply(port protocols.Port, by string, c Reply) {
	o := outgoing{"reply", c.ID, c.To, by}
	s := h.served(port, o)
	if s == nil {
		return
	}
	if err := h.unfit(c.To, c.Payload); err != nil {
		fail(port, o, err) // the request still waits for another reply
		return
	}
	h.endServe(s)
	h.send(port, o, func(payload []byte) *Message { return answer(c.ID, payload) }, c.Payload)
}

func (h *handler) reject(port protocols.Port, by string, c Reject) {
	o := outgoing{"reject", c.ID, c.To, by}
	s := h.served(port, o)
	switch {
	case s == nil:
	case !c.Reason.valid():
		fail(port, o, fmt.Errorf("reason %d is none: %w", c.Reason, messages.ErrRefused))
	case len(c.Text) > MaxText:
		fail(port, o, fmt.Errorf("text of %d bytes: %w", len(c.Text), messages.ErrTooBig))
	default:
		h.endServe(s)
		h.send(port, o, func([]byte) *Message { return rejection(c.ID, c.Reason, strings.ToValidUTF8(c.Text, "?")) }, nil)
	}
}
