package hyparview

import (
	"slices"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

// maxGuests is how many peers may hold arcs to us while we wait for their requests.
const maxGuests = 256

// guest is a peer that holds arcs to us while we hold none to it. Its request, or
// the end of its arcs, is still to come.
type guest struct {
	peer  messages.PeerID
	timer protocols.Timer
}

// host waits until a peer that holds arcs to us sends its request or ends its arcs.
func (h *handler) host(port protocols.Port, peer messages.PeerID) {
	switch {
	case slices.ContainsFunc(h.guests, func(g *guest) bool { return g.peer == peer }):
		return
	case len(h.guests) >= maxGuests || h.leaving:
		port.Count("guests_refused", 1)
		port.Drop(peer)
		return
	}
	g := &guest{peer: peer}
	g.timer = port.After(h.config.Deadline, guestDue{g})
	h.guests = append(h.guests, g)
}

// dismiss ends the wait for a guest.
func (h *handler) dismiss(peer messages.PeerID) {
	for i, g := range h.guests {
		if g.peer == peer {
			g.timer.Stop()
			h.guests = slices.Delete(h.guests, i, i+1)
			return
		}
	}
}

// guestDue drops the arcs of a guest that has not sent a request in time.
func (h *handler) guestDue(port protocols.Port, g *guest) {
	h.dismiss(g.peer)
	if !h.linked(g.peer) && port.View().In.Count(g.peer) > 0 {
		port.Count("guests_refused", 1)
		port.Drop(g.peer)
	}
}
