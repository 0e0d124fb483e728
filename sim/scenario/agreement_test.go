package scenario_test

import (
	"context"
	"fmt"
	"math"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/n2n-overlay/n2n/sim/scenario"
	"github.com/n2n-overlay/n2n/sim/sweep"
)

// compared are the metrics in which the two levels of detail must agree.
var compared = []string{
	"arcs", "view_mean", "view_stddev", "indegree_max", "clustering", "path_mean", "duplicate_free_fraction", "connections",
	"handshakes", "revived", "introductions", "bytes_sent", "weak_components", "largest_weak_fraction",
}

var _ = Describe("the two levels of detail", func() {
	DescribeTable("agree within a twentieth, or the spread over seeds",
		func(name string, sets ...string) {
			values := map[string]map[string]sweep.Sample{}
			for _, detail := range []string{scenario.DetailActors, scenario.DetailArcs} {
				values[detail] = map[string]sweep.Sample{}
				for seed := range uint64(4) {
					s, err := scenario.Load(scenario.Options{Scenario: name, Peers: 80, Cycles: 6, Seed: &seed, Sets: sets, Detail: detail})
					Expect(err).NotTo(HaveOccurred())
					r, err := scenario.Run(context.Background(), s, scenario.RunOptions{})
					Expect(err).NotTo(HaveOccurred())
					if name == "steady" {
						Expect(r.Metrics.Get("weak_components")).To(Equal(1.0), "%s, seed %d", detail, seed)
					}
					if name == "crash" {
						Expect(r.Metrics.Get("largest_weak_fraction")).To(BeNumerically(">=", 0.9), "%s, seed %d", detail, seed)
					}
					for _, metric := range compared {
						values[detail][metric] = append(values[detail][metric], r.Metrics.Get(metric))
					}
				}
			}
			for _, metric := range compared {
				a, b := values[scenario.DetailActors][metric], values[scenario.DetailArcs][metric]
				Expect(b.Mean()).To(BeNumerically("~", a.Mean(), max(0.05*math.Abs(a.Mean()), sweep.Spread(a, b))), metric)
			}
		},
		Entry("while all is quiet", "steady"),
		Entry("when a third crash at once", "crash", "fraction=0.3"),
		Entry("when half are cut off for a while", "partition"),
		Entry("when half are cut off for longer than a connection lasts", "partition", "detection=15s"),
		Entry("with Cyclon", "steady", "protocol=cyclon"),
		Entry("with HyParView", "steady", "protocol=hyparview"),
	)
})

var _ = Describe("a level of detail", func() {
	DescribeTable("is refused when it cannot be meant so", func(o scenario.Options, want string) {
		o.Scenario = "steady"
		_, err := scenario.Load(o)
		Expect(err).To(MatchError(ContainSubstring(want)))
	},
		Entry("unknown", scenario.Options{Detail: "atoms"}, `--detail: expected a level of detail, actors or arcs, not "atoms"`),
		Entry("more workers than peers", scenario.Options{Detail: "arcs", Peers: 3, Workers: 4}, "--workers: expected 1 to 3 workers for 3 peers, not 4"),
		Entry("workers below 1", scenario.Options{Detail: "arcs", Workers: -1}, "--workers: expected 1 to 256 workers for 1000 peers, not -1"),
	)

	It("runs on one worker, and says so, where several have too little to do between two windows", func() {
		for _, o := range []scenario.Options{
			{Detail: "actors", Peers: 50}, {Detail: "arcs", Peers: 500}, {Detail: "actors", Sets: []string{"latency=100us"}}, {Detail: "arcs", Peers: 100_000, Sets: []string{"latency=1us"}},
		} {
			o.Scenario, o.Workers = "steady", 2
			s, err := scenario.Load(o)
			Expect(err).NotTo(HaveOccurred())
			Expect(s.Workers).To(Equal(1), "%+v", o)
			Expect(s.Note).To(ContainSubstring(fmt.Sprintf("%d peers have too little to do within the least latency, %v, for 2 workers to pay", s.Peers, s.Network.Latency.Floor())))
		}
		for _, o := range []scenario.Options{{Detail: "actors"}, {Detail: "arcs", Peers: 10_000}} {
			o.Scenario, o.Workers = "steady", 2
			s, err := scenario.Load(o)
			Expect(err).NotTo(HaveOccurred())
			Expect(s.Workers).To(Equal(2), "%+v", o)
			Expect(s.Note).To(BeEmpty())
		}
	})

	It("is that of actors up to 2,000 peers, and of arcs above", func() {
		for peers, want := range map[int]string{2_000: scenario.DetailActors, 2_001: scenario.DetailArcs} {
			s, err := scenario.Load(scenario.Options{Scenario: "steady", Peers: peers})
			Expect(err).NotTo(HaveOccurred())
			Expect(s.Detail).To(Equal(want))
		}
	})
})
