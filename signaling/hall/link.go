package hall

import (
	"bytes"

	"google.golang.org/protobuf/proto"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/signaling/internal/room"
	"github.com/n2n-overlay/n2n/signaling/internal/visit"
)

// Link is the link of a peer to a Hall; it implements actors.Rendezvous. Its
// methods may be called from any goroutine, and do not block.
//
// The events of one Enter come one at a time, from a goroutine of the link, and
// are those of a client.Client; messages.RendezvousLost is the last. A room that is full,
// and a newer link of the same peer, are told by its error.
type Link struct {
	hall *Hall
	id   messages.PeerID

	// Guarded by the lock of the hall.
	out  *visit.Outbox     // nil: not entered
	seat *room.Seat[*Link] // nil: not in a room
}

// Enter enters a room of the hall. While the link is in a room, events gets no
// more than a messages.RendezvousLost.
func (l *Link) Enter(room string, events func(event any)) {
	h := l.hall
	h.mu.Lock()
	defer h.mu.Unlock()
	if l.out != nil {
		go events(messages.RendezvousLost{Err: visit.ErrEntered})
		return
	}
	l.out = visit.NewOutbox(h.config.Queue, events, func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		l.out = nil
	})
	err := visit.CheckRoom(room)
	if err == nil {
		err = h.admit(l, room)
	}
	if err != nil {
		l.out.End(messages.RendezvousLost{Err: err})
	}
}

// Contacts asks for n members of the room, between 1 and 64.
func (l *Link) Contacts(request uint64, n int) {
	l.hall.mu.Lock()
	defer l.hall.mu.Unlock()
	if l.seat == nil {
		return
	}
	list := &messages.ContactList{Request: request}
	for _, id := range l.seat.Room().Draw(min(max(n, 1), messages.MaxContacts), l.seat, l.hall.random) {
		list.Peers = append(list.Peers, id.Bytes())
	}
	l.out.Offer(list)
}

// Signal hands a signal to the member that it is for; messages.Gone tells that
// there is none, that its queue is full, or that the signal is none of this
// peer's or over the caps of the wire.
func (l *Link) Signal(signal *messages.Signal) {
	_, err := visit.EncodeSignal(signal, l.id)
	copied := proto.Clone(signal).(*messages.Signal)
	l.hall.mu.Lock()
	defer l.hall.mu.Unlock()
	if l.seat == nil {
		return
	}
	var target *room.Seat[*Link]
	if err == nil && !bytes.Equal(signal.GetTo(), l.id[:]) {
		target = l.seat.Room().Of(messages.PeerID(signal.GetTo()))
	}
	if target == nil || !target.Member.out.Offer(copied) {
		l.out.Offer(visit.GoneOf(signal))
	}
}

// Leave ends the link; messages.RendezvousLost follows. It may be called again.
func (l *Link) Leave() {
	l.hall.mu.Lock()
	defer l.hall.mu.Unlock()
	if l.out != nil {
		l.hall.dismiss(l)
		l.out.End(messages.RendezvousLost{})
	}
}
