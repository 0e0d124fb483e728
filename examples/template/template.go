package template

import (
	"maps"
	"slices"
	"time"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

// What the protocol is told, and what it emits.
type (
	// SetStatus sets what this peer shows: at most MaxStatus bytes, else Refused.
	SetStatus struct{ Text string }
	// Refused is emitted for a SetStatus that broke a rule.
	Refused struct{ Err error }
	// Present is emitted when a neighbour is heard, and when its status changes.
	Present struct {
		Peer   messages.PeerID
		Status string
	}
	// Gone is emitted when a neighbour that was Present is not any more.
	Gone struct{ Peer messages.PeerID }
)

// beat is the timer's event.
type beat struct{}

// heard is what a neighbour has said, and what was emitted of it.
type heard struct {
	status string
	at     time.Time
	told   string
	known  bool
}

type handler struct {
	config Config
	status string
	heard  map[messages.PeerID]*heard
}

// Handle implements protocols.Handler.
func (h *handler) Handle(port protocols.Port, event any) {
	switch e := event.(type) {
	case messages.Started:
		// Peers that start at the same time do not speak at the same time.
		port.After(time.Duration(port.Rand().Int64N(int64(h.config.Period))), beat{})
	case beat:
		h.beat(port)
	case messages.Told:
		h.told(port, e.Event)
	case messages.Received:
		h.received(port, e)
	case messages.Leaving:
		port.Stop()
	}
}

// beat speaks to the neighbours, and tells what has changed since the last one.
func (h *handler) beat(port protocols.Port) {
	view := port.ViewOf(h.config.Over)
	for peer := range view.Peers() {
		port.Send(peer, &Beat{Status: h.status})
	}
	for _, peer := range slices.SortedFunc(maps.Keys(h.heard), messages.PeerID.Compare) {
		switch n := h.heard[peer]; {
		case !view.Has(peer), port.Now().Sub(n.at) >= h.config.Patience:
			delete(h.heard, peer)
			if n.known {
				port.Emit(Gone{peer})
			}
		case !n.known, n.told != n.status:
			n.known, n.told = true, n.status
			port.Emit(Present{peer, n.status})
		}
	}
	port.After(h.config.Period, beat{})
}

func (h *handler) told(port protocols.Port, event any) {
	set, ok := event.(SetStatus)
	if !ok {
		return
	}
	if err := checkStatus(set.Text); err != nil {
		port.Emit(Refused{err})
		return
	}
	h.status = set.Text
}

func (h *handler) received(port protocols.Port, e messages.Received) {
	status, err := validate(e.Message)
	if err != nil || !port.ViewOf(h.config.Over).Has(e.From) {
		port.Count("rejected", 1)
		return
	}
	if h.heard[e.From] == nil {
		h.heard[e.From] = &heard{}
	}
	h.heard[e.From].status, h.heard[e.From].at = status, port.Now()
}
