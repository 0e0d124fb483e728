package scenario_test

import (
	"context"
	"testing"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/n2n-overlay/n2n/sim/scenario"
)

func TestScenario(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "scenario")
}

func load(name string, peers, cycles int, sets ...string) *scenario.Scenario {
	GinkgoHelper()
	s, err := scenario.Load(scenario.Options{Scenario: name, Peers: peers, Cycles: cycles, Sets: sets})
	Expect(err).NotTo(HaveOccurred())
	return s
}

// run runs a scenario to its end.
func run(s *scenario.Scenario) scenario.Result {
	GinkgoHelper()
	r, err := scenario.Run(context.Background(), s, scenario.RunOptions{Trace: true})
	Expect(err).NotTo(HaveOccurred())
	for _, row := range append(r.Series, scenario.Row{Metrics: r.Metrics}) {
		for _, m := range row.Metrics {
			Expect(scenario.Meaning(m.Name)).NotTo(BeEmpty(), "%s is measured, and nobody says what it is", m.Name)
		}
	}
	return r
}

// row is what was measured at the end of a cycle.
func row(r scenario.Result, cycle int) scenario.Metrics {
	GinkgoHelper()
	for _, row := range r.Series {
		if row.Cycle == cycle {
			return row.Metrics
		}
	}
	Fail("nothing was measured then")
	return nil
}

// tick is a wall clock that goes a second with each look.
func tick() func() time.Time {
	now := time.Unix(0, 0)
	return func() time.Time {
		now = now.Add(time.Second)
		return now
	}
}
