package hyparview

import (
	"slices"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

func (h *handler) arcOpened(port protocols.Port, e messages.ArcOpened) {
	switch r := h.asked(e.Peer); {
	case e.Dir == messages.Out:
		h.opened(port, e)
	case r != nil && r.timer != nil:
		h.establish(port, r)
	case !slices.Contains(h.active, e.Peer) && (r == nil || !r.granted):
		h.host(port, e.Peer)
	}
}

// opened handles an arc of ours that is open. It asks for the arc back if that is
// missing.
func (h *handler) opened(port protocols.Port, e messages.ArcOpened) {
	r := h.byTicket(e.Ticket)
	if r == nil || h.leaving {
		port.Close(e.Peer) // given up in the meantime, or opened by a command from outside
		return
	}
	if r.kind == joinContact {
		port.Send(r.peer, join{}.wire())
	}
	switch in := port.View().In.Count(r.peer) > 0; {
	case in:
		h.establish(port, r)
	case r.kind == back: // the peer's own arc has gone
		h.giveUp(port, r)
	default:
		if r.kind != joinContact {
			port.Send(r.peer, neighbor{high: r.high || r.kind == take}.wire())
		}
		r.timer = port.After(h.config.Deadline, requestDue{r})
	}
}

// arcClosed handles the end of an arc. The peer has ended ours, because it refuses
// or leaves, or has closed its own.
func (h *handler) arcClosed(port protocols.Port, e messages.ArcClosed) {
	view := port.View()
	if e.Dir == messages.In {
		if view.In.Count(e.Peer) == 0 {
			h.dismiss(e.Peer)
			h.parted(port, e.Peer)
		}
		return
	}
	if view.Out.Count(e.Peer) > 0 {
		return
	}
	r := h.asked(e.Peer)
	if r != nil && r.timer != nil {
		h.end(r)
		if view.In.Count(e.Peer) > 0 {
			h.host(port, e.Peer)
		}
		port.Count("refusals", 1)
		h.refusals++
		h.denied(port, r)
	}
	h.parted(port, e.Peer)
}

// parted takes a peer out of the active view when it has taken us out of its own.
func (h *handler) parted(port protocols.Port, peer messages.PeerID) {
	if slices.Contains(h.active, peer) {
		h.lose(port, peer, true)
		h.fill(port)
	}
}

// disconnected handles a peer that says that it has taken us out of its active
// view, and why.
func (h *handler) disconnected(port protocols.Port, from messages.PeerID, m disconnect) {
	if !slices.Contains(h.active, from) {
		port.Count("ignored", 1)
		return
	}
	h.lose(port, from, !m.leaving)
	h.avoid(from) // it just had no room
	if m.leaving {
		h.inherit(port, from, m.nodes)
	}
	h.fill(port)
}

// peerDown handles a lost connection. It is how failures are detected.
func (h *handler) peerDown(port protocols.Port, e messages.PeerDown) {
	h.dismiss(e.Peer)
	h.passive.remove(e.Peer)
	r := h.asked(e.Peer)
	if r != nil && r.timer != nil {
		h.end(r)
		h.denied(port, r)
	}
	if i := slices.Index(h.active, e.Peer); i >= 0 {
		h.active = slices.Delete(h.active, i, i+1)
		port.Count("links_lost", 1)
		port.Emit(NeighborDown{e.Peer})
	}
	h.fill(port)
}

func (h *handler) failed(port protocols.Port, e messages.Failed) {
	if e.Op == messages.OpContacts {
		h.notNamed(port)
		return
	}
	r := h.byTicket(e.Ticket)
	if e.Op != messages.OpOpen || r == nil {
		return
	}
	port.Count("failed_opens", 1)
	h.end(r)
	switch in := port.View().In.Count(r.peer) > 0; {
	case in && r.granted:
		h.refuse(port, r.peer)
	case in:
		h.host(port, r.peer)
	case len(r.via) > 0 && r.kind != back: // the rendezvous may lead to it
		h.ask(port, request{kind: r.kind, peer: r.peer, high: r.high})
		return
	}
	h.passive.remove(r.peer)
	h.denied(port, r)
}
