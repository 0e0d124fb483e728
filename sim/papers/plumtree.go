package papers

import "github.com/n2n-overlay/n2n/sim/scenario"

func tree(fraction float64) Experiment { return crashing("tree", fraction) }

// plumtreeClaims returns the claims of the Plumtree paper, over active views of 5.
func plumtreeClaims() []Claim {
	claims := []Claim{
		{
			Name: "plumtree/flooding", Paper: "plumtree", Section: "4, redundancy, as remembered",
			Says:     "Flooding costs as many repeated messages as the fanout, 4, less one.",
			Measured: "messages received again, for each received first, of floods before the crash",
			Of:       flood(0.5), Bounds: inRange(2.7, 3.1),
			Read: func(r scenario.Result) float64 { return before(r, "redundancy") },
		},
		{
			Name: "plumtree/redundancy", Paper: "plumtree", Section: "4, redundancy, as remembered; abstract: “a low overhead”",
			Says:     "Along the tree there are next to no repeated messages in steady state.",
			Miss:     "the tree is four cycles old and links still change; after twice the time it is 0.001 with the first seed",
			Measured: "messages received again, for each received first, in the three cycles before the crash",
			Of:       tree(0.5), Bounds: atMost(0.05),
			Read: func(r scenario.Result) float64 { return before(r, "redundancy") },
		},
		{
			Name: "plumtree/reliable", Paper: "plumtree", Section: "4, reliability, as remembered",
			Says:     "Without failures every message reaches every peer.",
			Measured: "fraction of the peers that messages reach, before the crash",
			Of:       tree(0.5), Bounds: atLeast(0.999),
			Read: func(r scenario.Result) float64 { return before(r, "delivered_fraction") },
		},
		{
			Name: "plumtree/last-hop", Paper: "plumtree", Section: "4, last delivery hop, as remembered",
			Says:     "The last delivery comes after about as many hops as by flooding if one peer publishes, after up to twice as many if any does.",
			Miss:     "the most of five messages from different peers, where the paper has the mean; and one tree, made by the first flood, serves all of them. With the same latency everywhere it is 16 to 20 hops with the first seed, 2.4 to 3",
			Measured: "most hops of five messages a cycle from any peer, mean of three cycles before the crash, over those of flooding, 1.35 ln N / ln 4",
			Of:       tree(0.5), Bounds: atMost(2),
			Read: func(r scenario.Result) float64 { return before(r, "delivery_hops_max") / (1.35 * depth(r)) },
		},
		{
			Name: "plumtree/tree-again", Paper: "plumtree", Section: "4, healing, as remembered",
			Says:     "After half of the peers crashed the tree is mended, and messages come once again.",
			Miss:     "links still change in the third to fifth cycle; in the seventh to tenth it is 0.004 with the first seed",
			Measured: "messages received again, for each received first, in the last three of five cycles after the crash",
			Of:       tree(0.5), Bounds: atMost(0.05),
			Read: func(r scenario.Result) float64 { return tail(r, "redundancy", 3) },
		},
	}
	for _, crash := range []struct {
		fraction float64
		says     string
		least    float64
	}{
		{0.5, "50 % of the peers crash at once: all messages still reach nearly all others.", 0.99},
		{0.8, "80 % of the peers crash at once: all messages still reach nearly all others.", 0.95},
	} {
		claims = append(claims, Claim{
			Name:  "plumtree/crash-" + percent(crash.fraction),
			Paper: "plumtree", Section: "4, failures, as remembered; abstract: “support large number of faults while maintaining a high reliability”",
			Says: crash.says, Measured: "fraction of the others that messages of the first cycle after the crash reach",
			Of: tree(crash.fraction), Bounds: atLeast(crash.least), Read: afterCrash,
		})
	}
	return claims
}
