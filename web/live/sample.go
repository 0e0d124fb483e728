package live

import (
	"math"
	"time"

	"github.com/n2n-overlay/n2n/messages"
)

// keptSamples is how many seconds of history a page gets.
const keptSamples = 600

// sample has the numbers of one second.
type sample struct {
	At          int64    `json:"at"`
	Peers       int      `json:"peers"`
	Tabs        int      `json:"tabs"`
	Arcs        int      `json:"arcs"`
	Connections int      `json:"connections"`
	View        viewSize `json:"view"`
	Messages    float64  `json:"messages"` // sent along arcs, a second
	Setups      float64  `json:"setups"`   // connections that opened, a second
}

// viewSize has the mean, least and largest number of arcs that the known peers hold.
type viewSize struct {
	Mean float64 `json:"mean"`
	Min  int     `json:"min"`
	Max  int     `json:"max"`
}

// sampler makes samples and keeps the latest ones.
type sampler struct {
	samples []sample // oldest first
	at      time.Time
	sums    map[messages.PeerID]sums // at the time of the last sample
}

// sums are counters of a peer since its start. A connection counts at both ends.
type sums struct{ sent, opened float64 }

func sumsOf(p *Peer) sums {
	return sums{p.Counters["messages_sent"], p.Counters["connections_opened"]}
}

// take makes a sample of a scene and keeps it.
func (r *sampler) take(at time.Time, s *scene) sample {
	result := sample{At: at.UnixMilli(), Peers: len(s.peers) + s.hidden.peers, Connections: len(s.connections)}
	for _, n := range s.peers {
		if n.Kind == Tab {
			result.Tabs++
		}
	}
	for _, count := range s.arcs {
		result.Arcs += count
	}
	var sent, opened float64
	now := make(map[messages.PeerID]sums, len(s.known))
	for i, p := range s.known {
		held := p.held()
		if i == 0 || held < result.View.Min {
			result.View.Min = held
		}
		result.View.Max = max(result.View.Max, held)
		result.View.Mean += float64(held) / float64(len(s.known))
		now[p.ID] = sumsOf(p)
		before, old := r.sums[p.ID]
		if !old && s.own[p.ID] == nil {
			continue // what a tab did before its first report was not in this second
		}
		sent += max(0, now[p.ID].sent-before.sent)
		opened += max(0, now[p.ID].opened-before.opened)
	}
	if passed := at.Sub(r.at).Seconds(); !r.at.IsZero() && passed > 0 {
		result.Messages = decimal(sent / passed)
		result.Setups = decimal(opened / 2 / passed)
	}
	result.View.Mean = decimal(result.View.Mean)
	r.at, r.sums = at, now
	if len(r.samples) == keptSamples {
		r.samples = r.samples[1:]
	}
	r.samples = append(r.samples, result)
	return result
}

func decimal(x float64) float64 { return math.Round(x*10) / 10 }
