package cyclon

import (
	"time"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

// The events that subscribers to the protocol get, beside messages.Sample.
type (
	// Joined tells that this peer asked a contact to start its walks.
	Joined struct{ Contact messages.PeerID }
	// Shuffled tells that this peer's part of an exchange with Peer has ended. Began
	// says that this peer asked for it. Sent is how many entries this peer gave,
	// without the fresh one. Got is how many arcs it opened to peers that it learned
	// of.
	Shuffled struct {
		Peer      messages.PeerID
		Began     bool
		Sent, Got int
	}
)

// The timer events.
type (
	period     struct{}
	tryAgain   struct{}
	enterAgain struct{}
	replyDue   struct{ exchange *exchange }
	leaveDue   struct{}
)

// handler is Cyclon on one peer.
type handler struct {
	config Config
	view   view
	jobs   []job

	// enter.go
	entering bool              // a contact is being asked for or opened to
	apart    bool              // the last contact could not be reached
	again    protocols.Backoff // the next attempt to enter
	joined   []messages.PeerID // newcomers whose walks were started not long ago, oldest first

	// walk.go
	walks     int // messages of walks that this peer may still pass on in this period
	replaced  int // entries that newcomers may still replace in this period
	handovers int // entries that this peer, as a newcomer, may still accept in handovers

	// shuffle.go
	began    *exchange   // the one that this peer asked for
	serves   []*exchange // those that this peer was asked for
	attempts int         // exchanges asked for in this period
	tried    []messages.PeerID
	served   []visit

	// leave.go
	leaving bool
	parting exchange // holds the entries of neighbors that leave
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
		protocols.AnswerSample(port, e, port.View().Out.Peers())
	case messages.Leaving:
		h.leave(port, e)
	case period:
		h.period(port)
	case tryAgain:
		h.shuffle(port)
	case enterAgain:
		h.enterAgain(port)
	case replyDue:
		h.replyDue(port, e.exchange)
	case leaveDue:
		port.Stop()
	}
}

func (h *handler) start(port protocols.Port, e messages.Started) {
	h.refill()
	h.reconcile(port) // the handler that this one replaces has left arcs
	port.After(time.Duration(port.Rand().Float64()*float64(h.config.Period)), period{})
	if !e.Restarted || port.View().Out.Len()+port.View().In.Len() == 0 {
		h.enter(port)
	}
}

// period begins a new period: every entry becomes one period older, and one exchange
// is due.
func (h *handler) period(port protocols.Port) {
	if h.leaving {
		return
	}
	port.After(protocols.Spread(port, h.config.Period, 0.1), period{})
	h.refill()
	h.reconcile(port)
	h.view.grow(2 * h.config.View)
	h.attempts, h.tried = 0, h.tried[:0]
	h.shuffle(port)
	h.recover(port)
}

// reconcile makes the entries agree with the arcs. Commands from outside the handler
// may have opened arcs in the protocol's name, or may have locked one that was to be
// closed.
func (h *handler) reconcile(port protocols.Port) {
	out := port.View().Out
	for a := range out.All() {
		if !h.view.has(a.Peer) && !h.closing(a.Peer) {
			h.adopt(port, a.Peer)
		}
	}
	for _, e := range append([]*entry(nil), h.view.entries...) {
		if out.Count(e.peer) == 0 {
			port.Count("drift", 1)
			h.view.remove(e.peer)
		}
	}
}

// adopt takes an arc that this handler did not ask for into the view, or closes it.
func (h *handler) adopt(port protocols.Port, peer messages.PeerID) {
	if h.view.has(peer) || h.empty() <= 0 {
		h.close(port, peer)
		return
	}
	h.view.add(peer, 0)
}

func (h *handler) received(port protocols.Port, e messages.Received) {
	body, err := validate(e.Message)
	if err != nil || h.leaving {
		port.Count("ignored", 1)
		return
	}
	switch m := body.(type) {
	case *Join:
		h.join(port, e.From)
	case walk:
		h.walk(port, e.From, m)
	case handover:
		h.handover(port, e.From, m.entry)
	case request:
		h.requested(port, e.From, m)
	case reply:
		h.replied(port, e.From, m)
	case leave:
		h.neighborLeaves(port, e.From, m.entries)
	}
}

func (h *handler) arcOpened(port protocols.Port, e messages.ArcOpened) {
	if e.Dir == messages.In {
		return
	}
	if j, ok := h.end(e.Ticket); ok {
		h.opened(port, j)
	} else {
		h.adopt(port, e.Peer)
	}
}

func (h *handler) arcClosed(port protocols.Port, e messages.ArcClosed) {
	if e.Dir == messages.In {
		h.left(port)
		return
	}
	if _, ours := h.end(e.Ticket); !ours && port.View().Out.Count(e.Peer) == 0 && h.view.remove(e.Peer) {
		port.Count("arcs_lost", 1)
	}
	h.recover(port)
}

// peerDown frees the entry. A later exchange fills the slot.
func (h *handler) peerDown(port protocols.Port, e messages.PeerDown) {
	if h.view.remove(e.Peer) {
		port.Count("arcs_lost", 1)
	}
	h.forget(e.Peer)
	if x := h.began; x != nil && x.peer == e.Peer && !x.replied {
		h.finish(x)
		h.tryLater(port)
	}
}
