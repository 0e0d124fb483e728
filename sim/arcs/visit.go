package arcs

import (
	"fmt"
	"slices"
	"time"

	"github.com/n2n-overlay/n2n/messages"
)

// A member that could not be reached is named to nobody on its peer for missedFor, as
// long as there are others.
const (
	missedFor          = time.Minute
	maxMissed          = messages.MaxContacts / 2
	maxContactRequests = 64
)

// linkedAgain is the entry that the service names when it is back.
const linkedAgain = 0

// visit is a peer's link to the service.
type visit struct {
	room     string
	active   bool // Enter was called and did not end
	inside   bool
	entry    uint64 // counts the calls of enter
	requests []*contactRequest
	missed   []missedMember // the oldest first
}

type missedMember struct {
	peer  uint32
	until time.Duration
}

type contactRequest struct {
	proc    *proc
	ticket  messages.Ticket
	number  uint64
	asked   bool
	n       int
	retries int
	due     handle
	again   handle // runs until the service is asked again
}

// linked reports whether offers can leave without a relay.
func (p *peer) linked() bool { return p.world.hall != nil || p.inRoom() }

// inRoom reports whether the service is within reach.
func (p *peer) inRoom() bool { return p.visit.inside && !p.world.down }

// enter links to the service and enters a room.
func (p *peer) enter(name string) {
	v := &p.visit
	if v.active || p.leaving {
		return
	}
	v.room, v.active = name, true
	v.entry = p.number()
	if p.world.silent(p.index) {
		return
	}
	p.reach(0, p.latency(), event{kind: kEnter, job: v.entry, body: name})
}

// visited takes what the service says, and the deadlines of what it is asked.
func (p *peer) visited(e *event) {
	v := &p.visit
	if e.src == 0 && p.world.silent(p.index) {
		return
	}
	switch e.kind {
	case kEntered:
		if v.active && (e.job == v.entry || e.job == linkedAgain && v.inside) {
			v.inside = true
			for _, r := range v.requests {
				r.asked = false // what a link was asked is lost with it
				p.ask(r)
			}
			p.askContact()
		}
	case kRefused:
		if v.active && e.job == v.entry {
			p.unlinked()
		}
	case kListed:
		p.listed(e)
	case kPassedOn:
		if s := e.body.(*signal); v.inside && !s.direct || s.direct && !p.world.severed(s.from, p.index) {
			p.signaled(s)
		}
	case kGone:
		p.refused(&signal{body: refusal, from: e.a, to: p.index, job: e.job, reason: messages.Reason_REASON_UNKNOWN_PEER})
	case kContactsDue:
		p.endContacts(e.job, nil, messages.ErrTimeout)
	case kContactsAgain:
		if r := v.find(e.job); r != nil {
			r.asked = false
			if v.inside {
				p.ask(r)
			}
		}
	default:
		p.worker.fail(fmt.Errorf("event of kind %d is for nobody", e.kind))
	}
}

// passOn sends a signal of our own through the service.
func (p *peer) passOn(s *signal) {
	switch {
	case p.world.isDirect(s):
		p.handOver(s)
	case p.world.silent(p.index):
	case p.inRoom():
		if !p.signalLost() {
			p.reach(0, p.latency(), event{kind: kPassOn, body: s})
		}
	default:
		p.outOfReach(s)
	}
}

// outOfReach refuses an offer of our own to a peer that no signal reaches.
func (p *peer) outOfReach(s *signal) {
	if s.body == offer {
		p.refused(&signal{body: refusal, from: s.to, to: p.index, job: s.job, reason: messages.Reason_REASON_UNKNOWN_PEER})
	}
}

// contacts asks the service for up to n members in the name of a protocol.
func (p *peer) contacts(c *proc, t messages.Ticket, n int) {
	v := &p.visit
	err := error(nil)
	switch {
	case n < 1 || n > messages.MaxContacts:
		err = messages.ErrTooBig
	case p.leaving:
		err = messages.ErrClosed
	case len(v.requests) >= maxContactRequests:
		err = messages.ErrFull
	}
	if err != nil {
		p.contactsFailed(c, t, err)
		return
	}
	r := &contactRequest{proc: c, ticket: t, number: p.number(), n: n}
	r.due = p.own(p.config.RequestTimeout, event{kind: kContactsDue, job: r.number})
	v.requests = append(v.requests, r)
	if v.inside {
		p.ask(r)
	}
}

func (p *peer) contactsFailed(c *proc, t messages.Ticket, err error) {
	p.worker.add(countFailedContacts)
	p.turn(c, messages.Failed{Ticket: t, Op: messages.OpContacts, Err: fmt.Errorf("contacts: %w", err)}, 0)
}

func (p *peer) ask(r *contactRequest) {
	if r.asked {
		return
	}
	r.asked = true
	p.visit.forgetMissed(p.worker.now)
	if !p.world.silent(p.index) {
		n := min(r.n+len(p.visit.missed), messages.MaxContacts)
		p.reach(0, p.latency(), event{kind: kContacts, job: r.number, a: uint32(n), body: p.visit.room})
	}
}

func (v *visit) find(number uint64) *contactRequest {
	if i := slices.IndexFunc(v.requests, func(r *contactRequest) bool { return r.number == number }); i >= 0 {
		return v.requests[i]
	}
	return nil
}

func (p *peer) listed(e *event) {
	v := &p.visit
	r := v.find(e.job)
	if r == nil {
		p.worker.add(countContactsLate)
		return
	}
	peers := e.body.([]uint32)
	reached := slices.DeleteFunc(slices.Clone(peers), func(n uint32) bool {
		return slices.ContainsFunc(v.missed, func(m missedMember) bool { return m.peer == n })
	})
	switch {
	case len(reached) > 0:
		peers = reached
	case len(peers) > 0 && r.retries < p.config.MaxRetries:
		r.again = p.own(backoff(p.config.RetryWait, r.retries, &p.rand), event{kind: kContactsAgain, job: r.number})
		r.retries++
		return
	}
	p.endContacts(r.number, peers[:min(r.n, len(peers))], nil)
}

func (p *peer) endContacts(number uint64, peers []uint32, err error) {
	v := &p.visit
	r := v.find(number)
	if r == nil {
		return
	}
	v.requests = slices.DeleteFunc(v.requests, func(other *contactRequest) bool { return other == r })
	p.worker.calendar.cancel(r.due)
	p.worker.calendar.cancel(r.again)
	switch {
	case r.proc == nil:
		p.joined(peers, err)
		return
	case err != nil:
		p.contactsFailed(r.proc, r.ticket, err)
		return
	}
	ids := make([]messages.PeerID, 0, len(peers))
	for _, n := range peers {
		ids = append(ids, p.worker.idOf(n))
	}
	p.turn(r.proc, messages.Contacts{Ticket: r.ticket, Peers: ids}, 0)
}

// miss keeps in mind who was dialed through the service in vain.
func (v *visit) miss(peer uint32, now time.Duration) {
	v.forgetMissed(now)
	v.missed = slices.DeleteFunc(v.missed, func(m missedMember) bool { return m.peer == peer })
	if len(v.missed) == maxMissed {
		v.missed = slices.Delete(v.missed, 0, 1)
	}
	v.missed = append(v.missed, missedMember{peer, now + missedFor})
}

func (v *visit) forgetMissed(now time.Duration) {
	v.missed = slices.DeleteFunc(v.missed, func(m missedMember) bool { return m.until <= now })
}

// unlinked takes the end of the link to the service.
func (p *peer) unlinked() {
	v := &p.visit
	v.active, v.inside = false, false
	for len(v.requests) > 0 {
		p.endContacts(v.requests[0].number, nil, messages.ErrClosed)
	}
	p.joined(nil, messages.ErrClosed)
}

// quit leaves the room.
func (p *peer) quit() {
	if p.visit.active {
		p.reach(0, p.latency(), event{kind: kQuit, body: p.visit.room})
		p.unlinked()
	}
}
