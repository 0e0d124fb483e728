package papers

import (
	"math"

	"github.com/n2n-overlay/n2n/sim/scenario"
)

const cyclonView = 20

var cyclonCrowd = Experiment{Name: "crowd"}

// cyclonClaims returns the claims of the Cyclon paper, with views of 20 and
// shuffles of 3. These need a third of the connections of shuffles of 8. The
// paper's own experiments have 100,000 peers.
func cyclonClaims() []Claim {
	claims := []Claim{
		{
			Name: "cyclon/view", Paper: "cyclon", Section: "2.2, enhanced shuffling",
			Says:     "Every view holds the same number of peers, 20, and none twice.",
			Measured: "mean view over 20, times the fraction of peers without a duplicate",
			Of:       cyclonCrowd, Bounds: inRange(0.97, 1.03),
			Read: func(r scenario.Result) float64 {
				return r.Metrics.Get("view_mean") / cyclonView * r.Metrics.Get("duplicate_free_fraction")
			},
		},
		{
			Name: "cyclon/arcs-last", Paper: "cyclon", Section: "3, connectivity, as remembered",
			Says:     "A shuffle loses no peer: it changes who holds an arc, not how many there are.",
			Measured: "arcs at the end over the mean of the last five cycles",
			Of:       cyclonCrowd, Bounds: inRange(0.99, 1.01),
			Read: func(r scenario.Result) float64 { return r.Metrics.Get("arcs") / tail(r, "arcs", 5) },
		},
		{
			Name: "cyclon/indegrees-alike", Paper: "cyclon", Section: "4, degree distribution, as remembered; abstract: “highly symmetric node degrees”",
			Says:     "In-degrees are much closer to their mean than in a random graph.",
			Measured: "standard deviation of the in-degrees over that of a random graph",
			Of:       cyclonCrowd, Bounds: atMost(0.6), Read: inDegreeSpread,
		},
		{
			Name: "cyclon/clustering", Paper: "cyclon", Section: "4, clustering, as remembered; abstract: “low clustering”",
			Says:     "Clustering falls to that of a random graph.",
			Measured: "clustering at the end over that of a random graph with the same view sizes",
			Of:       cyclonCrowd, Bounds: inRange(0.8, 1.25),
			Read: func(r scenario.Result) float64 {
				clustering, _ := randomLike(r)
				return r.Metrics.Get("clustering") / clustering
			},
		},
		{
			Name: "cyclon/path", Paper: "cyclon", Section: "4, average path, as remembered; abstract: “low diameter”",
			Says:     "The mean path falls to that of a random graph.",
			Measured: "mean path at the end over that of a random graph with the same view sizes",
			Of:       cyclonCrowd, Bounds: inRange(0.95, 1.05),
			Read: func(r scenario.Result) float64 {
				_, path := randomLike(r)
				return r.Metrics.Get("path_mean") / path
			},
		},
		{
			Name: "cyclon/converges", Paper: "cyclon", Section: "4, convergence, as remembered",
			Says:     "Clustering and path are a random graph's well before 100 cycles, even from a chain of 100,000 peers.",
			Measured: "cycles until clustering stays within 1.25 times that of a random graph, all peers having entered within one cycle",
			Of:       cyclonCrowd, Bounds: atMost(10),
			Read: func(r scenario.Result) float64 {
				return firstCycle(r, 0, func(m scenario.Metrics) bool {
					// This is the probability that neither of two peers holds the
					// other.
					apart := math.Pow(1-m.Get("view_mean")/(m.Get("alive")-1), 2)
					return m.Get("clustering") <= 1.25*(1-apart)
				})
			},
		},
	}
	for _, removal := range []struct {
		name    string
		removed float64
		says    string
		least   float64
	}{
		{"30", 0.3, "After 30 % of the peers were removed at once the others are in one component.", 0.999},
		{"50", 0.5, "After 50 % of the peers were removed at once the others are in one component.", 0.999},
		{"70", 0.7, "After 70 % of the peers were removed at once the others are in one component, with views of 20.", 0.999},
		{"90", 0.9, "After 90 % were removed a few of the others are cut off from the rest.", 0.9},
	} {
		claims = append(claims, Claim{
			Name: "cyclon/removed-" + removal.name, Paper: "cyclon", Section: "4, robustness, as remembered; abstract: “highly resilient to massive node failures”",
			Says: removal.says, Measured: "fraction of the peers left in the largest weak component",
			Of: cyclonCrowd, Bounds: atLeast(removal.least), Read: largestWithout(removal.removed),
		})
	}
	return claims
}
