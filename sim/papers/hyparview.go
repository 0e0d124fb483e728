package papers

import (
	"math"
	"strconv"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/sim/scenario"
)

const hyparviewActive = 5

// deadEntries is the likely reason why messages right after a crash miss peers.
const deadEntries = "while peers look for new neighbours, most entries of their passive views are dead: an attempt at one takes until its deadline (5 s) here, where a TCP connection fails at once, and the messages of this cycle are published in its first 5 s. At the level of arcs with the fifth seed, half of the peers reach 0.78 of the others so, 0.975 with a deadline of 500 ms, and all of them a cycle later"

// flood returns the experiment in which this fraction of the peers crashes, in the
// middle.
func flood(fraction float64) Experiment { return crashing("flood", fraction) }

func crashing(name string, fraction float64) Experiment {
	return Experiment{Name: name, Sets: "fraction=" + strconv.FormatFloat(fraction, 'g', -1, 64)}
}

// hyparviewClaims returns the claims of the HyParView paper. The paper has 10,000
// peers with active views of 5 and passive views of 30, as here. There the peers
// run for 50 cycles before they crash, here for five.
func hyparviewClaims() []Claim {
	claims := []Claim{
		{
			Name: "hyparview/symmetric", Paper: "hyparview", Section: "4.1, overview, as remembered",
			Says:     "Active views are symmetric.",
			Measured: "fraction of the arcs with one back, at the end, after half of the peers crashed",
			Of:       flood(0.5), Bounds: atLeast(0.99), Read: symmetric,
		},
		{
			Name: "hyparview/active", Paper: "hyparview", Section: "5.1, setting, as remembered",
			Says:     "Active views of 5 are full.",
			Measured: "mean active view over 5, before the crash",
			Of:       flood(0.5), Bounds: inRange(0.95, 1.02),
			Read: func(r scenario.Result) float64 { return middle(r).Get("view_mean") / hyparviewActive },
		},
		{
			Name: "hyparview/clustering", Paper: "hyparview", Section: "5.4, table of graph properties, as remembered",
			Says:     "Clustering is low: 0.0009 at 10,000 peers, a random graph of that degree having 0.0005.",
			Measured: "clustering before the crash over that of a random graph, 5/N",
			Of:       flood(0.5), Bounds: atMost(3),
			Read: func(r scenario.Result) float64 {
				return middle(r).Get("clustering") * float64(r.Peers) / hyparviewActive
			},
		},
		{
			Name: "hyparview/path", Paper: "hyparview", Section: "5.4, table of graph properties, as remembered",
			Says:     "The mean path is 6.4 at 10,000 peers, 0.96 ln N / ln 4.",
			Measured: "mean path before the crash over 0.96 ln N / ln 4",
			Of:       flood(0.5), Bounds: inRange(0.9, 1.1),
			Read: func(r scenario.Result) float64 { return middle(r).Get("path_mean") / (0.96 * depth(r)) },
		},
		{
			Name: "hyparview/flood", Paper: "hyparview", Section: "5.2, as remembered",
			Says:     "Without failures every message reaches every peer.",
			Measured: "fraction of the peers that a flood reaches, before the crash",
			Of:       flood(0.5), Bounds: atLeast(0.999),
			Read: func(r scenario.Result) float64 { return before(r, "delivered_fraction") },
		},
		{
			Name: "hyparview/last-hop", Paper: "hyparview", Section: "5.4, table of graph properties, as remembered",
			Says:     "The last delivery is after 9 hops at 10,000 peers, 1.35 ln N / ln 4.",
			Measured: "most hops of five floods a cycle, mean of three cycles before the crash, over 1.35 ln N / ln 4; all messages take the same time, as in the paper's rounds",
			Of:       inRounds(flood(0.5)), Bounds: inRange(0.8, 1.25),
			Read: func(r scenario.Result) float64 { return before(r, "delivery_hops_max") / (1.35 * depth(r)) },
		},
	}
	for _, crash := range []struct {
		fraction float64
		says     string
		least    float64
		miss     string
	}{
		{0.1, "10 % of the peers crash at once: all messages still reach nearly all others.", 0.99, ""},
		{0.5, "50 % of the peers crash at once: all messages still reach nearly all others.", 0.99, deadEntries},
		{0.8, "80 % of the peers crash at once: all messages still reach nearly all others.", 0.95, deadEntries},
		{0.9, "90 % of the peers crash at once: messages still reach 90 % of the others.", 0.9, deadEntries},
		{0.95, "95 % of the peers crash at once: messages still reach about 90 % of the others.", 0.8, deadEntries},
	} {
		claims = append(claims, Claim{
			Name:  "hyparview/crash-" + percent(crash.fraction),
			Paper: "hyparview", Section: "5.2, effect of failures, as remembered; abstract: “high levels of reliability even in the presence of high rates of node failure”",
			Says: crash.says, Measured: "fraction of the others that messages of the first cycle after the crash reach",
			Of: flood(crash.fraction), Bounds: atLeast(crash.least), Read: afterCrash, Miss: crash.miss,
		})
	}
	for _, crash := range []struct {
		fraction float64
		says     string
		most     float64
	}{
		{0.5, "After 50 % crashed, messages reach all others again within 2 cycles.", 2},
		{0.8, "After 80 % crashed, messages reach all others again within 2 cycles.", 2},
		{0.9, "After 90 % crashed, messages reach all others again within 4 cycles.", 4},
	} {
		claims = append(claims, Claim{
			Name:  "hyparview/heals-" + percent(crash.fraction),
			Paper: "hyparview", Section: "5.3, healing time, as remembered",
			Says: crash.says, Measured: "cycles after the crash from which on messages reach 99 % of the others",
			Of: flood(crash.fraction), Bounds: atMost(crash.most), Read: healed,
		})
	}
	return claims
}

// inRounds returns an experiment in which all messages take the same time. A copy that comes
// first has come by the fewest hops then.
func inRounds(e Experiment) Experiment {
	e.Sets += " latency=50ms"
	return e
}

func percent(fraction float64) string { return strconv.Itoa(int(math.Round(100 * fraction))) }

// depth is about the distance of most peers in hops, when each peer passes a
// message on to four others.
func depth(r scenario.Result) float64 { return math.Log(float64(r.Peers)) / math.Log(4) }

// middle returns the metrics right before the crash.
func middle(r scenario.Result) scenario.Metrics { return row(r, r.Cycles/2) }

// before returns the mean of a metric over the three cycles before the crash.
func before(r scenario.Result, name string) float64 {
	sum := 0.0
	for cycle := r.Cycles/2 - 2; cycle <= r.Cycles/2; cycle++ {
		sum += row(r, cycle).Get(name) / 3
	}
	return sum
}

// afterCrash returns the fraction of the remaining peers that the messages of the
// first cycle after the crash reached.
func afterCrash(r scenario.Result) float64 { return row(r, r.Cycles/2+1).Get("delivered_fraction") }

// healed returns the number of cycles from the crash until messages reach nearly all
// peers in every cycle, or NaN if they do not in the end.
func healed(r scenario.Result) float64 {
	crash := r.Cycles / 2
	all := func(m scenario.Metrics) bool { return m.Get("delivered_fraction") >= 0.99 }
	return firstCycle(r, crash+1, all) - float64(crash)
}

// symmetric returns the fraction of the arcs at the end that have an arc back.
func symmetric(r scenario.Result) float64 {
	type link struct{ from, to messages.PeerID }
	holds := map[link]bool{}
	for i, peer := range r.Overlay.Peers {
		for arc := range r.Overlay.Out[i].All() {
			holds[link{peer, arc.Peer}] = true
		}
	}
	back := 0
	for l := range holds {
		if holds[link{l.to, l.from}] {
			back++
		}
	}
	return float64(back) / float64(len(holds))
}
