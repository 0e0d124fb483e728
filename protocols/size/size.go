package size

import (
	"slices"
	"time"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

// maxSamples is how many reports of neighbors are kept. The latest ones stay.
const maxSamples = 256

// EstimateRequest asks for an Estimate at once. Tell it to the protocol.
type EstimateRequest struct{}

// sample is the last report of a peer.
type sample struct {
	peer messages.PeerID
	view int
	at   time.Time
}

// period is the timer event.
type period struct{}

// handler is the estimator on one peer.
type handler struct {
	config  Config
	samples []sample // oldest first, one for each peer
}

// Handle implements protocols.Handler.
func (h *handler) Handle(port protocols.Port, event any) {
	switch e := event.(type) {
	case messages.Started:
		h.next(port, port.Rand().Float64())
	case period:
		h.period(port)
	case messages.Received:
		h.received(port, e)
	case messages.Told:
		h.told(port, e)
	case messages.Leaving:
		port.Stop()
	}
}

func (h *handler) next(port protocols.Port, periods float64) {
	port.After(time.Duration(float64(h.config.Period)*periods), period{})
}

// period reports the size of our view to the holders of arcs to us, and emits an
// estimate.
func (h *handler) period(port protocols.Port) {
	h.next(port, 0.9+0.2*port.Rand().Float64())
	view := port.ViewOf(h.config.Over)
	if size := view.Out.Len(); size > 0 {
		message := report(size)
		for holder := range view.In.All() {
			port.Send(holder.Peer, message)
		}
	}
	port.Count("estimates", 1)
	port.Emit(h.estimate(port))
}

// received keeps the report of a peer that is in our view. The holders of arcs to
// us are no random sample: the larger a peer's view, the likelier it holds one.
func (h *handler) received(port protocols.Port, e messages.Received) {
	view, err := validate(e.Message)
	if err != nil || port.ViewOf(h.config.Over).Out.Count(e.From) == 0 {
		port.Count("ignored", 1)
		return
	}
	h.samples = slices.DeleteFunc(h.samples, func(s sample) bool { return s.peer == e.From })
	if len(h.samples) == maxSamples {
		h.samples = slices.Delete(h.samples, 0, 1)
	}
	h.samples = append(h.samples, sample{e.From, view, port.Now()})
}

// estimate returns the estimate from our view and the reports of the window.
func (h *handler) estimate(port protocols.Port) Estimate {
	since := port.Now().Add(-time.Duration(h.config.Window) * h.config.Period)
	h.samples = slices.DeleteFunc(h.samples, func(s sample) bool { return s.at.Before(since) })
	var views []int
	if own := port.ViewOf(h.config.Over).Out.Len(); own > 0 {
		views = append(views, own)
	}
	for _, s := range h.samples {
		views = append(views, s.view)
	}
	return estimate(views, h.config.A, h.config.B)
}

func (h *handler) told(port protocols.Port, e messages.Told) {
	if _, ok := e.Event.(EstimateRequest); !ok {
		return
	}
	protocols.Answer(port, e.From, h.estimate(port))
}
