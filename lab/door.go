package lab

import (
	"fmt"

	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/messages"
)

// hall is the room that every peer of a lab enters when it starts. In it, the lab
// hands over signals directly. The signaling service does not know it.
const hall = "hall"

// contactMark tells the requests for contacts of the lab from those of a peer.
const contactMark = 1 << 63

// door is the rendezvous of a peer in a lab. It hands over the signals of a connect
// directly. All else goes through the signaling service after a join. It is guarded
// by the board's lock.
type door struct {
	board   *board
	self    messages.PeerID
	clock   actors.Clock
	service actors.Rendezvous

	events   func(any)       // to the peer, once it has entered the hall
	greeted  bool            // the peer was told that the hall is empty
	requests []request       // for contacts, until there is a room
	jobs     map[uint64]bool // whose signals are handed over directly
	asked    bool            // the service was asked to let it in
	inside   bool            // in a room of the service
	linked   bool            // to the service; it may be lost and come back
	entering func(contact messages.PeerID, err error)
}

type request struct {
	number uint64
	n      int
}

var _ actors.Rendezvous = (*door)(nil)

// Enter implements actors.Rendezvous: the peer enters the hall.
func (d *door) Enter(_ string, events func(any)) {
	d.board.mu.Lock()
	defer d.board.mu.Unlock()
	d.events = events
	events(messages.RendezvousEntered{Members: 1})
}

// Contacts implements actors.Rendezvous. A peer makes the first request when it
// enters; others wait for a room.
func (d *door) Contacts(number uint64, n int) {
	d.board.mu.Lock()
	defer d.board.mu.Unlock()
	switch {
	case !d.greeted:
		d.greeted = true
		d.events(&messages.ContactList{Request: number})
	case !d.linked:
		d.requests = append(d.requests, request{number, n})
	default:
		d.service.Contacts(number, n)
	}
}

// Signal implements actors.Rendezvous.
func (d *door) Signal(s *messages.Signal) {
	b := d.board
	b.mu.Lock()
	defer b.mu.Unlock()
	direct := d.jobs[s.GetJob()]
	if s.GetOffer() != nil {
		direct = b.connecting[[2]messages.PeerID{d.self, messages.PeerID(s.GetTo())}] > 0
	} else {
		delete(d.jobs, s.GetJob())
	}
	switch {
	case direct:
		b.handOver(d, s)
	case b.faults.Silent(d.self):
	case d.linked:
		d.service.Signal(s)
	default:
		d.events(&messages.Gone{Peer: s.GetTo(), Job: s.GetJob()})
	}
}

// Leave implements actors.Rendezvous.
func (d *door) Leave() {
	b := d.board
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.doors[d.self] == d {
		delete(b.doors, d.self)
	}
	if d.asked {
		d.asked = false
		d.service.Leave()
	}
	d.events(messages.RendezvousLost{})
}

// handed takes a signal that another peer of the process handed over.
func (d *door) handed(s *messages.Signal) {
	if d.events == nil {
		return
	}
	if s.GetOffer() != nil {
		d.jobs[s.GetJob()] = true
	}
	d.events(s)
}

// join enters a room of the service. It calls done once, with a contact or none,
// unless forsake is called before. The caller holds the lock.
func (d *door) join(room string, done func(contact messages.PeerID, err error)) {
	if d.inside || d.entering != nil {
		done(messages.PeerID{}, fmt.Errorf("the peer is in a room: %w", messages.ErrDuplicate))
		return
	}
	d.entering = done
	d.asked = true
	d.service.Enter(room, d.served)
}

// forsake ends a join that takes too long.
func (d *door) forsake() {
	d.board.mu.Lock()
	defer d.board.mu.Unlock()
	d.entering, d.inside = nil, false
	if d.asked {
		d.asked = false
		d.service.Leave()
	}
}

// served takes an event of the service.
func (d *door) served(event any) {
	d.board.mu.Lock()
	defer d.board.mu.Unlock()
	switch e := event.(type) {
	case messages.RendezvousEntered:
		d.entered()
	case *messages.ContactList:
		if e.GetRequest()&contactMark == 0 {
			d.events(e)
			return
		}
		contact := messages.PeerID{}
		if len(e.GetPeers()) > 0 {
			contact = messages.PeerID(e.GetPeers()[0])
		}
		d.answer(contact, nil)
	case messages.RendezvousLost:
		d.asked, d.inside, d.linked = false, false, false
		err := e.Err
		if err == nil {
			err = messages.ErrClosed
		}
		d.answer(messages.PeerID{}, err)
	case messages.RendezvousUnlinked:
		d.linked = false
	default:
		d.events(e)
	}
}

// entered asks for a contact, the first time, and makes the requests that waited
// for a link.
func (d *door) entered() {
	first := !d.inside
	d.inside, d.linked = true, true
	for _, r := range d.requests {
		d.service.Contacts(r.number, r.n)
	}
	d.requests = nil
	if first {
		d.service.Contacts(contactMark, 1)
	}
}

func (d *door) answer(contact messages.PeerID, err error) {
	if d.entering != nil {
		d.entering(contact, err)
		d.entering = nil
	}
}
