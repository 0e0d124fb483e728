package papers

import (
	"math"

	"github.com/n2n-overlay/n2n/sim/scenario"
)

var (
	sprayGrow   = Experiment{Name: "grow", Sets: "protocol=spray"}
	spraySettle = Experiment{Name: "settle", Sets: "protocol=spray"}
	sprayRush   = Experiment{Name: "rush", Sets: "protocol=spray"}
	sprayLoss   = Experiment{Name: "loss", Sets: "protocol=spray"}
	sprayReach  = Experiment{Name: "reach", Sets: "protocol=spray"}
	fixedReach  = Experiment{Name: "reach", Sets: "protocol=cyclon cyclon.view=5 cyclon.shuffle=3"}
)

// sprayClaims returns the claims of the Spray paper, with a = 1. b is 0 in all of
// them but reach.
func sprayClaims() []Claim {
	claims := []Claim{
		{
			Name: "spray/view", Paper: "spray", Section: "5, sizes of the partial views",
			Says:     "The mean view follows ln N as the network grows and shrinks, without configuration.",
			Measured: "greatest deviation of the mean view from ln N, as a part of it, with a hundredth of the peers, a tenth, all, a tenth and a hundredth again, where those are 100 or more",
			Of:       sprayGrow, Bounds: atMost(0.1),
			Read: func(r scenario.Result) float64 {
				worst := math.NaN()
				for step := 1; step <= 5; step++ {
					if m := row(r, step*r.Cycles/5); m.Get("alive") >= 100 {
						off := math.Abs(m.Get("view_mean")/math.Log(m.Get("alive")) - 1)
						worst = math.Max(off, zeroIfNaN(worst))
					}
				}
				return worst
			},
		},
		{
			Name: "spray/views-alike", Paper: "spray", Section: "5, sizes of the partial views",
			Says:     "The sizes of the views are tightly centred on their mean.",
			Measured: "standard deviation of the view sizes over their mean",
			Of:       spraySettle, Bounds: atMost(0.2),
			Read: func(r scenario.Result) float64 {
				return r.Metrics.Get("view_stddev") / r.Metrics.Get("view_mean")
			},
		},
		{
			Name: "spray/indegrees-alike", Paper: "spray", Section: "5, in-degrees",
			Says:     "In-degrees are centred on the mean more tightly than those of a random graph.",
			Measured: "standard deviation of the in-degrees over that of a random graph",
			Of:       spraySettle, Bounds: atMost(1), Read: inDegreeSpread,
		},
		{
			Name: "spray/clustering", Paper: "spray", Section: "5, clustering",
			Says:     "Clustering falls to that of a random graph of the same size and degree.",
			Measured: "clustering at the end over that of a random graph, twice the mean view over N",
			Of:       spraySettle, Bounds: inRange(0.5, 2),
			Read: func(r scenario.Result) float64 {
				return r.Metrics.Get("clustering") * float64(r.Peers) / (2 * r.Metrics.Get("view_mean"))
			},
		},
		{
			Name: "spray/converges", Paper: "spray", Section: "5, clustering",
			Says:     "Clustering is within twice its final value after about 4 cycles at 1,000 peers, 7 at 10,000.",
			Miss:     "with 1,000 peers, one that enters at once gets 4.0 arcs, not ln N = 6.9: the contacts of the first ones have opened no arcs yet, and a mean view that begins so small stays behind. Where messages take 1 ms, it gets 7.2 arcs, and clustering takes 6 cycles (5 to 7)",
			Measured: "cycles until clustering stays within twice its final value, all peers having entered within one cycle",
			Of:       sprayRush,
			Bounds: func(n float64) (float64, float64) {
				return math.Inf(-1), 2 * math.Max(4, 4+3*(math.Log10(n)-3))
			},
			Read: func(r scenario.Result) float64 {
				last := tail(r, "clustering", 5)
				return firstCycle(r, 0, func(m scenario.Metrics) bool { return m.Get("clustering") <= 2*last })
			},
		},
		{
			Name: "spray/path", Paper: "spray", Section: "5, average path",
			Says:     "The mean path follows ln N / ln ln N: 3.8 at 1,000 peers, 4.4 at 10,000.",
			Measured: "mean path over 1.06 ln N / ln ln N, which meets both",
			Of:       spraySettle, Bounds: inRange(0.9, 1.1),
			Read: func(r scenario.Result) float64 {
				ln := math.Log(float64(r.Peers))
				return r.Metrics.Get("path_mean") / (1.06 * ln / math.Log(ln))
			},
		},
		{
			Name: "spray/duplicates", Paper: "spray", Section: "4.5, duplicates",
			Says:     "Few peers hold an arc twice: about exp(-ln N (ln N - 1) / 2N) of them hold none twice.",
			Measured: "fraction of peers without a duplicate, less that",
			Of:       spraySettle, Bounds: inRange(-0.02, 0.02),
			Read: func(r scenario.Result) float64 {
				n := float64(r.Peers)
				return r.Metrics.Get("duplicate_free_fraction") - math.Exp(-math.Log(n)*(math.Log(n)-1)/(2*n))
			},
		},
		{
			Name: "spray/arcs-last", Paper: "spray", Section: "5, failures of the three-way handshake",
			Says:     "With a probability of failure at every hop of a connection's establishment, the number of arcs stays constant over long runs.",
			Measured: "arcs at the end over arcs when all had entered; one signal in 20 is lost at each hop",
			Of:       sprayLoss, Bounds: inRange(0.9, 1.1),
			Read: func(r scenario.Result) float64 { return r.Metrics.Get("arcs") / row(r, 0).Get("arcs") },
		},
		{
			Name: "spray/size", Paper: "spray", Section: "6, estimating the network size, as remembered",
			Says:     "exp(view) estimates the number of peers within 10 to 30 %, best with the views of the neighbours.",
			Miss:     "the size is read off the mean view, which the entry makes and no exchange changes (protocols/size): 0.4 arcs more or less are half of the peers, and how the first peers entered decides about them",
			Measured: "mean distance of the peers' estimates (protocols/size) from the number of peers, as a part of it",
			Of:       spraySettle, Bounds: atMost(0.3), Read: final("size_error"),
		},
		{
			Name: "spray/reach", Paper: "spray", Section: "6, dissemination, as remembered",
			Says:     "A broadcast over views of ln N + 3 reaches everyone.",
			Miss:     "peers enter within ten cycles and get fewer arcs than one after the other would: with some seeds one or a few peers have, for now, no arc that leads to them",
			Measured: "strong components, with b = 3: one, if along the arcs everybody reaches everybody",
			Of:       sprayReach, Bounds: atMost(1), Read: final("strong_components"),
		},
		{
			Name: "spray/fixed-reach", Paper: "spray", Section: "6, dissemination, as remembered",
			Says:     "Over Cyclon's views of a fixed size, chosen for a smaller network, it does not.",
			Miss:     "in-degrees are so near to 5 that nobody is without an arc, whatever the size of the network; the view is too small for a broadcast to peers drawn at random, not for one along arcs",
			Measured: "strong components of Cyclon's arcs with views of 5, ln N + 3 of ten peers: more than one, in one run of five at least",
			Of:       fixedReach, Bounds: atLeast(1.2), Read: final("strong_components"),
		},
	}
	for _, removal := range []struct {
		name    string
		removed float64
		says    string
		bounds  func(float64) (float64, float64)
	}{
		{"30", 0.3, "After 30 % of the peers were removed at once the others are in one weak component.", atLeast(0.99)},
		{"50", 0.5, "After 50 % of the peers were removed at once the others are in one weak component.", atLeast(0.97)},
		{"70", 0.7, "After 70 % of the peers were removed at once the others are still in one giant weak component.", atLeast(0.9)},
		{"90", 0.9, "After more than 70 % were removed the overlay falls apart.", atMost(0.85)},
	} {
		claims = append(claims, Claim{
			Name: "spray/removed-" + removal.name, Paper: "spray", Section: "5, robustness", Says: removal.says,
			Measured: "fraction of the peers left in the largest weak component",
			Of:       spraySettle, Bounds: removal.bounds, Read: largestWithout(removal.removed),
		})
	}
	return claims
}
