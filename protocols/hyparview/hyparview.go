package hyparview

import (
	"slices"
	"time"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

// The events that subscribers to the protocol get, beside messages.Sample.
type (
	// Joined tells that a contact has taken this peer in.
	Joined struct{ Contact messages.PeerID }
	// NeighborUp tells that Peer is in the active view, and this peer in that of
	// Peer.
	NeighborUp struct{ Peer messages.PeerID }
	// NeighborDown tells that Peer is no longer in the active view.
	NeighborDown struct{ Peer messages.PeerID }
	// Shuffled tells that Peer has replied to a shuffle of this peer.
	Shuffled struct{ Peer messages.PeerID }
)

// The timer events.
type (
	period     struct{}
	enterAgain struct{}
	requestDue struct{ request *request }
	guestDue   struct{ guest *guest }
	leaveDue   struct{}
)

// handler is HyParView on one peer.
type handler struct {
	config  Config
	passive passiveView
	leaving bool

	// links.go
	active  []messages.PeerID // in the order in which they were added
	pending []*request

	// guests.go
	guests []*guest

	// join.go
	entering bool              // a contact is being asked for or opened to
	apart    bool              // a contact is needed although there may be neighbors
	again    protocols.Backoff // the next attempt to enter

	// repair.go
	attempts int               // links asked for in this period
	tried    []messages.PeerID // peers not to ask for a link in this period
	refusals int               // links refused in this period
	heirs    []messages.PeerID // neighbors of a neighbor that left in this period
	quiet    int               // periods begun since a peer that is no neighbor shuffled with us, or a link came up

	// shuffle.go
	sent    shuffle           // the last shuffle of this peer; its id is 0 once it was replied to
	offered []messages.PeerID // the peers that it offered

	// allowance.go
	served []messages.PeerID // senders whose Join or Neighbor of high priority was taken in this period
	walked []walks           // counted in this period
}

// Handle implements protocols.Handler.
func (h *handler) Handle(port protocols.Port, event any) {
	switch e := event.(type) {
	case messages.Started:
		h.start(port, e)
	case messages.Received:
		h.received(port, e)
	case messages.ArcOpened:
		h.arcOpened(port, e)
	case messages.ArcClosed:
		h.arcClosed(port, e)
	case messages.PeerDown:
		h.peerDown(port, e)
	case messages.Contacts:
		h.contacts(port, e)
	case messages.Failed:
		h.failed(port, e)
	case messages.Told:
		h.told(port, e)
	case messages.Leaving:
		h.leave(port, e)
	case period:
		h.period(port)
	case enterAgain:
		h.enterAgain(port)
	case requestDue:
		h.requestDue(port, e.request)
	case guestDue:
		h.guestDue(port, e.guest)
	case leaveDue:
		port.Stop()
	}
}

func (h *handler) start(port protocols.Port, e messages.Started) {
	h.adopt(port)
	port.After(time.Duration(port.Rand().Float64()*float64(h.config.Period)), period{})
	if !e.Restarted || len(h.active) == 0 {
		h.enter(port)
	}
}

// period begins a new period: it shuffles, and tries again the peers that it gave
// up in the period before.
func (h *handler) period(port protocols.Port) {
	if h.leaving {
		return
	}
	port.After(protocols.Spread(port, h.config.Period, 0.1), period{})
	h.reconcile(port)
	h.quiet++
	h.tried, h.attempts, h.refusals, h.heirs = h.tried[:0], 0, 0, nil
	h.served, h.walked = h.served[:0], h.walked[:0]
	h.fill(port)
	h.meet(port)
	h.shuffle(port)
}

func (h *handler) received(port protocols.Port, e messages.Received) {
	body, err := validate(e.Message)
	if err != nil || h.leaving {
		port.Count("ignored", 1)
		return
	}
	switch m := body.(type) {
	case join:
		h.joins(port, e.From)
	case neighbor:
		h.requested(port, e.From, m.high)
	case forwardJoin:
		h.forwardJoin(port, e.From, m)
	case disconnect:
		h.disconnected(port, e.From, m)
	case shuffle:
		h.shuffled(port, e.From, m)
	case shuffleReply:
		h.replied(port, e.From, m)
	}
}

func (h *handler) told(port protocols.Port, e messages.Told) {
	peers := slices.Clone(h.active)
	for _, e := range h.passive.entries {
		peers = append(peers, e.peer)
	}
	protocols.AnswerSample(port, e, peers)
}
