package fullmesh

import (
	"slices"
	"time"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

const (
	// contacts is how many contacts the rendezvous is asked for.
	contacts = 4
	// firstWait is the wait before a peer without arcs looks again. It doubles each
	// time, up to a period.
	firstWait = time.Second
	// refusedPeriods is how long a peer that has refused us is ignored. maxRefused
	// is how many such peers are remembered.
	refusedPeriods = 4
	maxRefused     = 256
)

// The events that subscribers to the protocol get, beside messages.Sample.
type (
	// Met tells that there is an arc to Peer, one of Members−1 in all.
	Met struct {
		Peer    messages.PeerID
		Members int
	}
	// Refused tells that Peer does not want an arc: its mesh is full.
	Refused struct{ Peer messages.PeerID }
)

// look is the timer event.
type look struct{}

// refusal is a peer that is ignored for a time.
type refusal struct {
	peer  messages.PeerID
	until time.Time
}

// handler is the full mesh on one peer.
type handler struct {
	config  Config
	opening map[messages.Ticket]messages.PeerID
	asking  messages.Ticket         // the request for contacts
	listed  map[messages.PeerID]int // arcs opened in this period because of a neighbor's lists
	refused []refusal
	alone   int // searches in a row without an arc
}

func newHandler(config Config) *handler {
	return &handler{config: config, opening: map[messages.Ticket]messages.PeerID{}, listed: map[messages.PeerID]int{}}
}

// Handle implements protocols.Handler.
func (h *handler) Handle(port protocols.Port, event any) {
	switch e := event.(type) {
	case messages.Started, look:
		h.look(port)
	case messages.Contacts:
		h.contacts(port, e)
	case messages.Received:
		h.received(port, e)
	case messages.ArcOpened:
		h.arcOpened(port, e)
	case messages.ArcClosed:
		h.arcClosed(port, e)
	case messages.Failed:
		h.failed(port, e)
	case messages.Told:
		protocols.AnswerSample(port, e, port.View().Out.Peers())
	case messages.Leaving:
		port.Stop()
	}
}

// look searches for missing members.
func (h *handler) look(port protocols.Port) {
	now, view := port.Now(), port.View()
	wait := h.config.Period
	if h.alone++; view.Out.Len() > 0 {
		h.alone = 0
	} else {
		wait = min(wait, firstWait<<min(h.alone-1, 10))
	}
	port.After(protocols.Spread(port, wait, 0.1), look{})

	h.refused = slices.DeleteFunc(h.refused, func(r refusal) bool { return !now.Before(r.until) })
	clear(h.listed)
	if n := view.Out.Distinct(); n > 0 {
		h.list(port, view.Out.At(port.Rand().IntN(n)).Peer)
	}
	for a := range view.In.All() {
		h.admit(port, a.Peer)
	}
	if h.asking == 0 && view.Out.Distinct() < h.config.MaxMembers-1 {
		h.asking = port.Contacts(contacts)
	}
}

func (h *handler) contacts(port protocols.Port, e messages.Contacts) {
	h.asking = 0
	for _, peer := range e.Peers {
		h.want(port, peer)
	}
}

// list sends a neighbor the list of the peers that we hold arcs to.
func (h *handler) list(port protocols.Port, to messages.PeerID) {
	if m := membersMessage(port.View().Out, to); len(m.GetMembers().GetPeers()) > 0 {
		port.Send(to, m)
	}
}

// want opens an arc to a peer that we lack. It returns false if it opens none.
func (h *handler) want(port protocols.Port, peer messages.PeerID, via ...messages.PeerID) bool {
	out := port.View().Out
	switch {
	case peer == port.Self() || out.Count(peer) > 0 || out.Distinct() >= h.config.MaxMembers-1:
		return false
	case slices.ContainsFunc(h.refused, func(r refusal) bool { return r.peer == peer }):
		return false
	}
	for _, p := range h.opening {
		if p == peer {
			return false
		}
	}
	h.opening[port.Open(peer, via...)] = peer
	return true
}

// received opens arcs to the members that a neighbor lists.
func (h *handler) received(port protocols.Port, e messages.Received) {
	peers, err := validate(e.Message)
	if err != nil || !port.View().Has(e.From) {
		port.Count("ignored", 1)
		return
	}
	for _, peer := range peers {
		if h.listed[e.From] >= h.config.MaxMembers {
			port.Count("ignored", 1)
			return
		}
		if h.want(port, peer, e.From) {
			h.listed[e.From]++
		}
	}
}

func (h *handler) arcOpened(port protocols.Port, e messages.ArcOpened) {
	out, in := port.View().Out, port.View().In
	if e.Dir == messages.In {
		h.refused = slices.DeleteFunc(h.refused, func(r refusal) bool { return r.peer == e.Peer })
		h.admit(port, e.Peer)
		return
	}
	delete(h.opening, e.Ticket)
	switch {
	case out.Count(e.Peer) > 1:
		port.Close(e.Peer) // a command from outside the handler opened it
	case out.Distinct() > h.config.MaxMembers-1: // others came first
		port.Close(e.Peer)
		if in.Count(e.Peer) > 0 {
			h.drop(port, e.Peer)
		}
	default:
		port.Emit(Met{Peer: e.Peer, Members: out.Distinct() + 1})
		if in.Count(e.Peer) == 0 {
			h.list(port, e.Peer)
		}
	}
}

// admit answers an arc with one of our own, or drops it.
func (h *handler) admit(port protocols.Port, peer messages.PeerID) {
	out := port.View().Out
	switch {
	case out.Count(peer) > 0:
	case out.Distinct() >= h.config.MaxMembers-1:
		h.drop(port, peer)
	case h.want(port, peer):
		h.list(port, peer)
	}
}

func (h *handler) drop(port protocols.Port, peer messages.PeerID) {
	port.Count("refused", 1)
	port.Drop(peer)
}

// arcClosed notes that a peer that dropped our arc is full.
func (h *handler) arcClosed(port protocols.Port, e messages.ArcClosed) {
	if e.Dir == messages.In || e.Cause != messages.CauseDropped && e.Cause != messages.CauseRefused {
		return
	}
	if len(h.refused) == maxRefused {
		h.refused = slices.Delete(h.refused, 0, 1)
	}
	h.refused = append(h.refused, refusal{e.Peer, port.Now().Add(refusedPeriods * h.config.Period)})
	port.Emit(Refused{e.Peer})
}

// failed handles a failed request. A peer that could not be reached will be listed
// again if it still exists.
func (h *handler) failed(port protocols.Port, e messages.Failed) {
	if e.Ticket == h.asking {
		h.asking = 0
	}
	if _, ok := h.opening[e.Ticket]; ok {
		delete(h.opening, e.Ticket)
		port.Count("failed_opens", 1)
	}
}
