package spray

import (
	"slices"
	"time"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

// The events that subscribers to the protocol get, beside messages.Sample.
type (
	// Joined tells that this peer asked a contact to introduce it.
	Joined struct{ Contact messages.PeerID }
	// Shuffled tells that an exchange with Peer has ended on both sides. Began says
	// that this peer asked for it. Sent is how many arcs went to Peer, with those
	// that turned round. Got is how many came from Peer, as Peer says.
	Shuffled struct {
		Peer      messages.PeerID
		Began     bool
		Sent, Got int
	}
)

// The timer events.
type (
	period      struct{}
	tryAgain    struct{}
	enterAgain  struct{}
	exchangeDue struct{ exchange *exchange }
	leaveDue    struct{}
)

// handler is Spray on one peer.
type handler struct {
	config Config
	view   outview
	jobs   []job

	// join.go
	entering bool              // a contact is being asked for or opened to
	apart    bool              // the last contact could not be reached
	again    protocols.Backoff // the next attempt to enter
	joined   []messages.PeerID // newcomers introduced not long ago, oldest first
	waiting  []messages.PeerID // those of them that wait until this peer has entered

	// shuffle.go
	began    *exchange // the one this peer asked for
	serves   *exchange // the one that it was asked for
	attempts int       // exchanges asked for in this period
	tried    []messages.PeerID
	served   []visit

	// repair.go
	budget int // arcs that may still be replaced in this period
	owed   int // arcs to be replaced in later periods

	// leave.go
	leavers []messages.PeerID // neighbors that leave and patch our arcs to them
	leaving bool
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
	case messages.Introduced:
		h.succeeded(port, e.Ticket)
	case messages.Locked:
		h.succeeded(port, e.Ticket)
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
	case exchangeDue:
		h.exchangeDue(port, e.exchange)
	case leaveDue:
		port.Stop()
	}
}

func (h *handler) start(port protocols.Port, e messages.Started) {
	view := port.View()
	for a := range view.Out.All() {
		for range a.Count {
			h.view.add(a.Peer)
		}
		for range a.Locks { // locked by the handler that this one replaces
			port.Unlock(a.Peer)
		}
	}
	h.budget = h.allowance()
	port.After(time.Duration(port.Rand().Float64()*float64(h.config.Period)), period{})
	if !e.Restarted || view.Out.Len()+view.In.Len() == 0 {
		h.enter(port)
	}
}

// period begins a new period: every arc is a period older, and one exchange is due.
func (h *handler) period(port protocols.Port) {
	if h.leaving {
		return
	}
	port.After(protocols.Spread(port, h.config.Period, 0.1), period{})
	h.reconcile(port)
	h.view.grow()
	h.payArcs(port)
	if h.lonely(port) {
		h.enterLater(port)
	}
	h.attempts, h.tried = 0, h.tried[:0]
	h.shuffle(port)
}

// reconcile makes the ages agree with the view, should they have drifted apart. It
// forgets neighbors that left after their last arc, because no event tells of their
// end.
func (h *handler) reconcile(port protocols.Port) {
	h.leavers = slices.DeleteFunc(h.leavers, func(p messages.PeerID) bool { return !port.View().Has(p) })
	view := port.View().Out
	for a := range view.All() {
		for range a.Count - h.view.count(a.Peer) {
			port.Count("drift", 1)
			h.view.add(a.Peer)
		}
	}
	for _, a := range append([]*arc(nil), h.view.arcs...) {
		if h.view.count(a.peer) > view.Count(a.peer) {
			port.Count("drift", 1)
			h.view.take(a.peer)
		}
	}
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
	case *ShuffleRequest:
		h.requested(port, e.From, m)
	case *ShuffleReply:
		h.replied(port, e.From, m)
	case *ShuffleDone:
		h.partnerDone(port, e.From, m)
	case *Leave:
		h.neighborLeaves(port, e.From)
	}
}

func (h *handler) arcOpened(port protocols.Port, e messages.ArcOpened) {
	if e.Dir == messages.Out {
		h.view.add(e.Peer)
	}
	h.succeeded(port, e.Ticket)
}

func (h *handler) arcClosed(port protocols.Port, e messages.ArcClosed) {
	if e.Dir == messages.In {
		return
	}
	switch j, ok := h.end(e.Ticket); {
	case ok && j.kind == closeArc:
		h.closed(port, j)
	case e.Cause == messages.CauseLeft || e.Cause == messages.CauseCrashed:
		// PeerDown took them all out of the view already.
		if h.view.count(e.Peer) > port.View().Out.Count(e.Peer) {
			h.view.take(e.Peer)
		}
	default:
		a, had := h.view.take(e.Peer)
		if had && a.state != doomed && e.Cause != messages.CauseClosed {
			h.arcDown(port, e.Peer)
		}
	}
}
