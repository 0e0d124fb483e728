package tman

import (
	"fmt"
	"slices"
	"time"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

// Describe gives this peer another descriptor. Tell it from the peer's handle or
// from another protocol. Data is at most MaxData bytes that Rank accepts. Described
// is emitted, or Refused if nothing changed.
type Describe struct{ Data []byte }

// The events that subscribers to the protocol get.
type (
	// Described tells that this peer has the descriptor that it was told.
	Described struct{ Descriptor Descriptor }
	// Refused tells that a Describe was refused.
	Refused struct{ Err error }
	// Exchanged tells that this peer has exchanged descriptors with Peer. Began says
	// that this peer asked for it. News is how many of the received descriptors were
	// news.
	Exchanged struct {
		Peer  messages.PeerID
		Began bool
		News  int
	}
)

// The timer events.
type (
	period    struct{}
	answerDue struct{ exchange uint64 }
)

// handler is T-Man on one peer.
type handler struct {
	config  Config
	own     Descriptor
	known   table
	blocked blocked
	leaving bool

	// gossip.go
	asked  []asked           // neighbors that have not answered yet
	recent []messages.PeerID // the last partners, oldest first
	served []visit           // in this period

	// arcs.go
	opening, closing []job

	ranked []Descriptor // of the last ranking, kept for its memory
}

// Handle implements protocols.Handler.
func (h *handler) Handle(port protocols.Port, event any) {
	switch e := event.(type) {
	case messages.Started:
		h.start(port)
	case messages.Received:
		h.received(port, e)
	case messages.ArcOpened:
		h.arcOpened(port, e)
	case messages.ArcClosed:
		h.arcClosed(port, e)
	case messages.PeerDown:
		h.gone(port, e.Peer)
	case messages.Seen:
		h.seen(port, e)
	case messages.Failed:
		h.failed(port, e)
	case messages.Told:
		h.told(port, e)
	case messages.Leaving:
		h.leave(port)
	case period:
		h.period(port)
	case answerDue:
		h.answerDue(port, e.exchange)
	}
}

func (h *handler) start(port protocols.Port) {
	h.own = Descriptor{Peer: port.Self(), Data: h.config.Data}
	h.issue(port)
	port.After(time.Duration(port.Rand().Float64()*float64(h.config.Period)), period{})
	port.Tell(h.config.Sampling, messages.SampleRequest{N: h.config.Sample})
	h.refresh(port) // for the arcs of the handler that this one replaces
}

// issue makes a new version of our descriptor. Versions follow the clock, so that
// those of a peer that starts again are newer than the ones that others remember.
func (h *handler) issue(port protocols.Port) {
	h.own.Version = min(max(h.own.Version+1, uint64(max(0, port.Now().UnixMilli()))), maxVersion)
}

// period begins a new period: the paper's active thread.
func (h *handler) period(port protocols.Port) {
	if h.leaving {
		return
	}
	port.After(time.Duration(float64(h.config.Period)*(0.9+0.2*port.Rand().Float64())), period{})
	h.issue(port)
	h.served = h.served[:0]
	h.expire(port)
	port.Tell(h.config.Sampling, messages.SampleRequest{N: h.config.Sample})
	h.refresh(port)
	h.meet(port)
	h.trim(port)
	h.arrange(port)
}

func (h *handler) received(port protocols.Port, e messages.Received) {
	if h.leaving {
		return
	}
	body, err := h.validate(e.Message, e.From, port.Self())
	if err != nil {
		port.Count("ignored", 1)
		return
	}
	switch m := body.(type) {
	case request:
		h.requested(port, e.From, m)
	case reply:
		h.replied(port, e.From, m)
	case question:
		h.questioned(port, e.From, m)
	}
}

func (h *handler) told(port protocols.Port, e messages.Told) {
	switch m := e.Event.(type) {
	case messages.Sample:
		if e.From == h.config.Sampling {
			h.sampled(port, m.Peers)
		}
	case Describe:
		h.describe(port, m)
	}
}

func (h *handler) describe(port protocols.Port, m Describe) {
	err := h.config.Rank.Check(m.Data)
	if len(m.Data) > MaxData {
		err = fmt.Errorf("tman: descriptor of %d bytes, at most %d are allowed: %w", len(m.Data), MaxData, messages.ErrTooBig)
	}
	if err != nil {
		port.Emit(Refused{err})
		return
	}
	h.own.Data = slices.Clone(m.Data)
	h.issue(port)
	port.Emit(Described{h.own})
	h.arrange(port)
}

// seen follows the arcs of the sampling protocol. A newcomer needs some of the peers
// to which it leads at once, not in the next period.
func (h *handler) seen(port protocols.Port, e messages.Seen) {
	switch arc := e.Event.(type) {
	case messages.ArcOpened:
		if len(h.known.entries) < h.config.Sample && h.known.get(arc.Peer) == nil {
			h.ask(port, arc.Peer)
		}
	case messages.PeerDown:
		h.gone(port, arc.Peer)
	}
}

// gone handles the lost connection to a peer.
func (h *handler) gone(port protocols.Port, peer messages.PeerID) {
	h.asked = slices.DeleteFunc(h.asked, func(x asked) bool { return x.peer == peer && x.timer.Stop() })
	h.forget(port, peer)
	h.arrange(port)
}

// forget removes all that we know of a peer. For a while, others are not believed
// that it is there.
func (h *handler) forget(port protocols.Port, peer messages.PeerID) {
	h.known.remove(peer)
	h.blocked.add(peer, port.Now().Add(h.config.Forget))
}

func (h *handler) failed(port protocols.Port, e messages.Failed) {
	switch e.Op {
	case messages.OpOpen:
		h.notOpened(port, e)
	case messages.OpClose:
		end(&h.closing, e.Ticket)
	case messages.OpSend:
		h.notSent(port, e)
	}
}

// leave ends the protocol. Our arcs end with it, and the holders of arcs to us open
// the next best.
func (h *handler) leave(port protocols.Port) {
	h.leaving = true
	port.Stop()
}

// neighbor reports whether messages to a peer travel without a relay.
func (h *handler) neighbor(port protocols.Port, peer messages.PeerID) bool {
	return port.View().Has(peer) || port.ViewOf(h.config.Sampling).Has(peer)
}

// reachable returns a function that reports whether a way to a peer is known. The
// way may be broken by now, or may lead over a connection that lingers and is in no
// view. Only an attempt shows that.
func (h *handler) reachable(port protocols.Port) func(entry) bool {
	return func(e entry) bool {
		return len(e.route) > 0 || h.neighbor(port, e.Peer)
	}
}

// rank lists the known peers that suit, with the best for base first. The list is
// valid until the next ranking.
func (h *handler) rank(base Descriptor, suits func(entry) bool) []Descriptor {
	h.ranked = h.ranked[:0]
	for _, e := range h.known.entries {
		if e.Peer != base.Peer && suits(e) {
			h.ranked = append(h.ranked, e.Descriptor)
		}
	}
	h.config.Rank.Sort(base, h.ranked)
	return h.ranked
}

// expire drops descriptors that are too old. The peers of our arcs are asked again.
func (h *handler) expire(port protocols.Port) {
	now, out := port.Now(), port.View().Out
	h.known.entries = slices.DeleteFunc(h.known.entries, func(e entry) bool {
		return now.Sub(e.issued) > h.config.TTL && out.Count(e.Peer) == 0
	})
}

// prune drops the worst-ranked descriptors when there are too many, but none of a
// peer that we hold an arc to.
func (h *handler) prune(port protocols.Port) {
	if len(h.known.entries) <= h.config.Known {
		return
	}
	out := port.View().Out
	ranked := h.rank(h.own, func(entry) bool { return true })
	for i := len(ranked) - 1; i >= 0 && len(h.known.entries) > h.config.Known; i-- {
		if out.Count(ranked[i].Peer) == 0 {
			h.known.remove(ranked[i].Peer)
		}
	}
}
