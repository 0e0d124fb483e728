package signaling

import (
	"bytes"

	"google.golang.org/protobuf/proto"

	"github.com/n2n-overlay/n2n/messages"
)

// HallLink is the link of a peer to a Hall; it implements actors.Rendezvous. Its
// methods may be called from any goroutine, and do not block.
//
// The events of one Enter come one at a time, from a goroutine of the link, and
// are those of a Client; messages.RendezvousLost is the last. A room that is full,
// and a newer link of the same peer, are told by its error.
type HallLink struct {
	hall *Hall
	id   messages.PeerID

	// Guarded by the lock of the hall.
	out  *outbox          // nil: not entered
	seat *seat[*HallLink] // nil: not in a room
}

// Enter enters a room of the hall. While the link is in a room, events gets no
// more than a messages.RendezvousLost.
func (l *HallLink) Enter(room string, events func(event any)) {
	h := l.hall
	h.mu.Lock()
	defer h.mu.Unlock()
	if l.out != nil {
		go events(messages.RendezvousLost{Err: errEntered})
		return
	}
	l.out = newOutbox(h.config.Queue, events, func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		l.out = nil
	})
	err := checkRoom(room)
	if err == nil {
		err = h.admit(l, room)
	}
	if err != nil {
		l.out.end(messages.RendezvousLost{Err: err})
	}
}

// Contacts asks for n members of the room, between 1 and 64.
func (l *HallLink) Contacts(request uint64, n int) {
	l.hall.mu.Lock()
	defer l.hall.mu.Unlock()
	if l.seat == nil {
		return
	}
	list := &messages.ContactList{Request: request}
	for _, id := range l.seat.room.draw(min(max(n, 1), messages.MaxContacts), l.seat, l.hall.random) {
		list.Peers = append(list.Peers, id.Bytes())
	}
	l.out.offer(list)
}

// Signal hands a signal to the member that it is for; messages.Gone tells that
// there is none, that its queue is full, or that the signal is none of this
// peer's or over the caps of the wire.
func (l *HallLink) Signal(signal *messages.Signal) {
	_, err := encodeSignal(signal, l.id)
	copied := proto.Clone(signal).(*messages.Signal)
	l.hall.mu.Lock()
	defer l.hall.mu.Unlock()
	if l.seat == nil {
		return
	}
	var target *seat[*HallLink]
	if err == nil && !bytes.Equal(signal.GetTo(), l.id[:]) {
		target = l.seat.room.byID[messages.PeerID(signal.GetTo())]
	}
	if target == nil || !target.member.out.offer(copied) {
		l.out.offer(goneOf(signal))
	}
}

// Leave ends the link; messages.RendezvousLost follows. It may be called again.
func (l *HallLink) Leave() {
	l.hall.mu.Lock()
	defer l.hall.mu.Unlock()
	if l.out != nil {
		l.hall.dismiss(l)
		l.out.end(messages.RendezvousLost{})
	}
}
