package hall

import (
	"bytes"

	"google.golang.org/protobuf/proto"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/signaling/internal/room"
	"github.com/n2n-overlay/n2n/signaling/internal/visit"
)

// Link is the link of a peer to a Hall. It implements actors.Rendezvous. Its methods may
// be called from any goroutine, and do not block.
//
// The events of one Enter come one at a time, from a goroutine of the link, and are those
// of a client.Client. messages.RendezvousLost is the last. Its error tells of a full
// room, or of a newer link of the same peer.
type Link struct {
	hall *Hall
	id   messages.PeerID

	// The lock of the hall guards the fields below.
	out  *visit.Outbox     // nil: the link has not entered
	seat *room.Seat[*Link] // nil: not in a room
}

// Enter enters a room of the hall. If the link is in a room already, events gets only a
// messages.RendezvousLost.
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

// Contacts asks for n members of the room, 1 to 64.
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

// Signal passes a signal to its target. messages.Gone tells that it was not passed on:
// the target is not in the room, its queue is full, the signal is not from this peer, or
// it is over the caps of the wire.
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

// Leave ends the link. messages.RendezvousLost follows. It may be called again.
func (l *Link) Leave() {
	l.hall.mu.Lock()
	defer l.hall.mu.Unlock()
	if l.out != nil {
		l.hall.dismiss(l)
		l.out.End(messages.RendezvousLost{})
	}
}
