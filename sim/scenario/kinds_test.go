package scenario_test

import (
	"math"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/n2n-overlay/n2n/sim/scenario"
)

var _ = Describe("the protocols that ship, on full actors", func() {
	It("cyclon: views are full and near a random graph's, and half a crash is healed", func() {
		r := run(load("crash", 80, 12, "protocol=cyclon", "cyclon.view=10", "cyclon.shuffle=5", "fraction=0.5"))
		before := row(r, 6)
		Expect(before.Get("arcs")).To(BeNumerically(">=", 0.98*80*10))
		Expect(before.Get("clustering")).To(BeNumerically("~", 2*10/79.0, 0.06))
		m := r.Metrics
		Expect(m.Get("alive")).To(Equal(40.0))
		Expect(m.Get("view_mean")).To(BeNumerically("~", 10, 0.2))
		Expect(m.Get("view_stddev")).To(BeNumerically("<", 0.7))
		Expect(m.Get("indegree_max")).To(BeNumerically("<=", 25), "two and a half times the mean")
		Expect(m.Get("strong_components")).To(Equal(1.0))
		Expect(m.Get("dead_arc_fraction")).To(BeZero())
		Expect(m.Get("duplicate_free_fraction")).To(Equal(1.0))
		Expect(m.Get("delivered_fraction")).To(Equal(1.0))
		Expect(m.Get("introductions")).To(BeZero(), "a peer opens its arcs itself")
	})

	It("fullmesh: everybody has an arc to everybody, through churn", func() {
		r := run(load("churn", 20, 12, "protocol=fullmesh", "rate=0.05", "cycle=1m"))
		Expect(r.Metrics.Get("alive")).To(Equal(20.0))
		Expect(r.Metrics.Get("arcs")).To(BeNumerically(">=", 0.9*20*19))
		Expect(row(r, 0).Get("arcs")).To(Equal(20.0 * 19))
	})

	It("size: estimates are measured, where there are any", func() {
		text := `
name: size
peers: 40
cycles: 10
protocols: [spray, size, unicast]
phases:
  - join: {over: 10 cycles, pace: growing}
  - run: {cycles: 10}
`
		s, err := scenario.Decode("size.yaml", []byte(text), scenario.Options{Scenario: "size.yaml"})
		Expect(err).NotTo(HaveOccurred())
		m := run(s).Metrics
		Expect(math.Log(m.Get("size_mean"))).To(BeNumerically("~", m.Get("view_mean"), 0.25))
		Expect(m.Get("size_error")).To(BeNumerically(">", 0))
		Expect(m.Get("size_error")).To(BeNumerically(">=", math.Abs(m.Get("size_mean")/40-1)-1e-9), "the mean is no farther off than the estimates")
	})

	It("of many peers, some are drawn to be measured", func() {
		m := run(load("steady", 2001, 1, "cycle=5s", "spray.period=5s")).Metrics
		Expect(m.Get("path_sample")).To(Equal(100.0))
		Expect(m.Get("path_mean")).To(BeNumerically(">", 1))
	})
})
