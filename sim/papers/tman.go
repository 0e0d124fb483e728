package papers

import (
	"math"

	"github.com/n2n-overlay/n2n/sim/scenario"
)

var (
	tmanRing  = Experiment{Name: "ring"}
	tmanLine  = Experiment{Name: "ring", Sets: "tman.rank=line"}
	tmanCrash = Experiment{Name: "ring-crash"}
)

// tmanClaims returns the claims of the T-Man paper, with its m = 20 and ψ = 10. The
// paper draws convergence in cycles over the size of the network. The bounds are a
// line above its curve, because the run includes what the paper assumes: peers
// enter and are sampled meanwhile, and a new neighbor needs a connection. With
// 3,000 peers a run had 97.3 % of the ring after 24 cycles. The last few per cent
// came late.
func tmanClaims() []Claim {
	return []Claim{
		{
			Name: "tman/ring-complete", Paper: "tman", Section: "5, convergence",
			Says:     "From random views the overlay becomes the target, here a sorted ring.",
			Measured: "fraction of the ring's arcs that are there at the end",
			Of:       tmanRing, Bounds: atLeast(0.999), Read: final("target_fraction"),
		},
		{
			Name: "tman/ring-converges", Paper: "tman", Section: "5, time over network size",
			Says:     "The number of cycles until the ring is there grows with the logarithm of the number of peers.",
			Measured: "cycles until 99 % of the ring's arcs stay there, all peers having entered within one cycle",
			Of:       tmanRing, Bounds: cyclesOfLog2(2),
			Read: func(r scenario.Result) float64 { return firstCycle(r, 0, mostOfTarget) },
		},
		{
			Name: "tman/line-converges", Paper: "tman", Section: "5, time over network size",
			Says:     "So it does for other topologies, here a sorted line.",
			Measured: "cycles until 99 % of the line's arcs stay there, all peers having entered within one cycle",
			Of:       tmanLine, Bounds: cyclesOfLog2(2),
			Read: func(r scenario.Result) float64 { return firstCycle(r, 0, mostOfTarget) },
		},
		{
			Name: "tman/repairs", Paper: "tman", Section: "1 and 6, robustness",
			Says:     "The protocol is robust: after many peers have crashed at once, the others make their own target.",
			Measured: "cycles after 30 % of the peers have crashed until 99 % of the ring of the others stay there",
			Of:       tmanCrash, Bounds: cyclesOfLog2(2),
			Read: func(r scenario.Result) float64 {
				crash := r.Cycles * 3 / 5
				return firstCycle(r, crash+1, mostOfTarget) - float64(crash)
			},
		},
	}
}

func mostOfTarget(m scenario.Metrics) bool { return m.Get("target_fraction") >= 0.99 }

// cyclesOfLog2 returns an upper bound: factor times the binary logarithm of the
// number of peers.
func cyclesOfLog2(factor float64) func(float64) (float64, float64) {
	return func(n float64) (float64, float64) { return math.Inf(-1), factor * math.Log2(n) }
}
