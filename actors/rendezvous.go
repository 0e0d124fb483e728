package actors

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/n2n-overlay/n2n/actors/internal/links"
	"github.com/n2n-overlay/n2n/actors/internal/tally"
	"github.com/n2n-overlay/n2n/messages"
)

// Messages to the rendezvous actor.
type (
	// enter links to the service and enters a room.
	enter struct {
		room string
		done func(contact messages.PeerID, err error)
	}
	// contactsFor asks for contacts in the name of a protocol.
	contactsFor struct {
		number uint32
		ticket messages.Ticket
		n      int
	}
	sendSignal struct{ signal *messages.Signal }
	quit       struct{}
	// missed tells of a member that was dialed through the service in vain.
	missed struct{ peer messages.PeerID }

	contactsExpired struct{ request uint64 }
	contactsAgain   struct{ request uint64 }
)

// maxContactRequests bounds the requests for contacts that wait for an answer.
const maxContactRequests = 64

// A member that could not be reached is not named on this peer for missedFor, if
// there are others.
const (
	missedFor = time.Minute
	maxMissed = messages.MaxContacts / 2
)

// rendezvous is the link to a signaling service. The peer needs it to enter, and to
// let others enter. Requests wait until the peer is in its room.
type rendezvous struct {
	*shell
	ctx      actor.Context
	inbox    *inbox
	service  *service
	tally    tally.Tally
	entering *enter
	active   bool // Enter was called and did not end
	inside   bool
	requests []*contactRequest
	next     uint64
	missed   []missedMember // the oldest first
	rand     *rand.Rand     // made when first needed
}

type missedMember struct {
	peer  messages.PeerID
	until time.Time
}

type contactRequest struct {
	number  uint64
	asked   bool
	n       int
	retries int
	timer   Timer
	again   Timer // runs until the service is asked again
	// done gets the peers, or why there are none.
	done func(peers []messages.PeerID, err error)
}

func (c *contactRequest) stop() {
	c.timer.Stop()
	if c.again != nil {
		c.again.Stop()
	}
}

func (r *rendezvous) Receive(ctx actor.Context) {
	r.ctx = ctx
	switch m := ctx.Message().(type) {
	case enter:
		r.enter(m)
	case sendSignal:
		r.signal(m.signal)
	case contactsFor:
		r.contacts(m.n, func(peers []messages.PeerID, err error) { r.answer(m, peers, err) })
	case contactsAgain:
		r.askAgain(m.request)
	case missed:
		r.miss(m.peer)
	case contactsExpired:
		r.end(m.request, nil, messages.ErrTimeout)
	case fromRendezvous:
		r.heard(m.event)
	case quit:
		r.quit()
	case collect:
		r.collect(m)
	case *actor.Started:
		r.inbox = newInbox(ctx)
		r.service = &service{inbox: r.inbox}
	case *actor.Stopping:
		r.stop()
	}
}

func (r *rendezvous) enter(m enter) {
	switch {
	case r.world.Rendezvous == nil:
		m.done(messages.PeerID{}, fmt.Errorf("join %q: this peer has no signaling service; give its World a Rendezvous: %w", m.room, messages.ErrNoRendezvous))
	case r.active:
		m.done(messages.PeerID{}, fmt.Errorf("join %q: the peer is in a room or entering one: %w", m.room, messages.ErrDuplicate))
	default:
		r.active, r.entering = true, &m
		r.world.Rendezvous.Enter(m.room, r.service.post)
	}
}

func (r *rendezvous) entered() {
	if !r.active {
		return
	}
	r.inside = true
	r.ctx.Send(r.neighborhood, linked{true})
	for _, c := range r.requests {
		c.asked = false // what a link was asked is lost with it
		r.ask(c)
	}
	if e := r.entering; e != nil {
		r.entering = nil
		r.contacts(1, func(peers []messages.PeerID, err error) {
			var contact messages.PeerID
			if len(peers) > 0 {
				contact = peers[0]
			}
			e.done(contact, err)
		})
	}
}

func (r *rendezvous) contacts(n int, done func([]messages.PeerID, error)) {
	if n < 1 || n > messages.MaxContacts {
		done(nil, messages.ErrTooBig)
		return
	}
	if r.world.Rendezvous == nil {
		done(nil, messages.ErrNoRendezvous)
		return
	}
	if len(r.requests) >= maxContactRequests {
		done(nil, messages.ErrFull)
		return
	}
	r.next++
	c := &contactRequest{number: r.next, n: n, done: done}
	c.timer = r.after(r.inbox, r.times.RequestTimeout(), contactsExpired{c.number})
	r.requests = append(r.requests, c)
	if r.inside {
		r.ask(c)
	}
}

func (r *rendezvous) ask(c *contactRequest) {
	if !c.asked {
		c.asked = true
		r.forgetMissed()
		r.world.Rendezvous.Contacts(c.number, min(c.n+len(r.missed), messages.MaxContacts))
	}
}

func (r *rendezvous) listed(m *messages.ContactList) {
	c := r.find(m.GetRequest())
	if c == nil {
		r.tally.Add(tally.ContactsLate)
		return
	}
	peers := make([]messages.PeerID, 0, len(m.GetPeers()))
	for _, b := range m.GetPeers() {
		if p := messages.PeerID(b); p != r.self && !slices.Contains(peers, p) {
			peers = append(peers, p)
		}
	}
	reached := slices.DeleteFunc(slices.Clone(peers), r.hasMissed)
	switch {
	case len(reached) > 0:
		peers = reached
	case len(peers) > 0 && c.retries < r.config.MaxRetries:
		r.askLater(c)
		return
	}
	r.end(c.number, peers[:min(c.n, len(peers))], nil)
}

// askLater asks the service again after a while. By then it knows which members are
// gone, and another may have come.
func (r *rendezvous) askLater(c *contactRequest) {
	if r.rand == nil {
		r.rand = r.world.Rand("rendezvous")
	}
	c.again = r.after(r.inbox, links.Backoff(r.config.RetryWait, c.retries, r.rand), contactsAgain{c.number})
	c.retries++
}

func (r *rendezvous) askAgain(request uint64) {
	if c := r.find(request); c != nil {
		c.asked = false
		if r.inside {
			r.ask(c)
		}
	}
}

func (r *rendezvous) find(request uint64) *contactRequest {
	i := slices.IndexFunc(r.requests, func(c *contactRequest) bool { return c.number == request })
	if i < 0 {
		return nil
	}
	return r.requests[i]
}

// miss remembers a member that was dialed in vain.
func (r *rendezvous) miss(peer messages.PeerID) {
	r.forgetMissed()
	r.missed = slices.DeleteFunc(r.missed, func(m missedMember) bool { return m.peer == peer })
	if len(r.missed) == maxMissed {
		r.missed = slices.Delete(r.missed, 0, 1)
	}
	r.missed = append(r.missed, missedMember{peer, r.world.Clock.Now().Add(missedFor)})
}

func (r *rendezvous) hasMissed(peer messages.PeerID) bool {
	return slices.ContainsFunc(r.missed, func(m missedMember) bool { return m.peer == peer })
}

func (r *rendezvous) forgetMissed() {
	now := r.world.Clock.Now()
	r.missed = slices.DeleteFunc(r.missed, func(m missedMember) bool { return !m.until.After(now) })
}

func (r *rendezvous) end(request uint64, peers []messages.PeerID, err error) {
	c := r.find(request)
	if c == nil {
		return
	}
	r.requests = slices.DeleteFunc(r.requests, func(other *contactRequest) bool { return other == c })
	c.stop()
	c.done(peers, err)
}

func (r *rendezvous) answer(m contactsFor, peers []messages.PeerID, err error) {
	var event any = messages.Contacts{Ticket: m.ticket, Peers: peers}
	if err != nil {
		event = messages.Failed{Ticket: m.ticket, Op: messages.OpContacts, Err: fmt.Errorf("contacts: %w", err)}
	}
	r.ctx.Send(r.neighborhood, answerTo{m.number, event})
}

func (r *rendezvous) signal(m *messages.Signal) {
	if r.inside {
		r.world.Rendezvous.Signal(m)
		return
	}
	if m.GetOffer() != nil {
		r.ctx.Send(r.n2n, fromService{refusalOf(m, messages.ErrUnknownPeer)})
	}
}

// gone ends the attempt whose offer found nobody.
func (r *rendezvous) gone(m *messages.Gone) {
	r.ctx.Send(r.n2n, fromService{&messages.Signal{
		Job: m.GetJob(), From: m.GetPeer(), To: r.self.Bytes(),
		Body: &messages.Signal_Refusal{Refusal: &messages.Refusal{Reason: messages.Reason_REASON_UNKNOWN_PEER}},
	}})
}

func (r *rendezvous) lost(err error) {
	if !r.active {
		return
	}
	if err == nil {
		err = messages.ErrClosed
	}
	err = messages.Coded(err, messages.ErrUnreachable)
	r.active, r.inside = false, false
	r.ctx.Send(r.neighborhood, linked{false})
	if e := r.entering; e != nil {
		r.entering = nil
		e.done(messages.PeerID{}, fmt.Errorf("join %q: %w", e.room, err))
	}
	for len(r.requests) > 0 {
		r.end(r.requests[0].number, nil, err)
	}
}

func (r *rendezvous) quit() {
	if r.active {
		r.world.Rendezvous.Leave()
		r.lost(messages.ErrClosed)
	}
	r.ctx.Send(r.peer, hungUp{})
}

// stop ends the link when the peer ends; nobody is left to be told.
func (r *rendezvous) stop() {
	r.inbox.close()
	for _, c := range r.requests {
		c.stop()
	}
	if r.active {
		r.active, r.inside = false, false
		r.world.Rendezvous.Leave()
	}
}
