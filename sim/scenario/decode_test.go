package scenario_test

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/n2n-overlay/n2n/catalog"
	"github.com/n2n-overlay/n2n/sim"
	"github.com/n2n-overlay/n2n/sim/scenario"
)

// whole has every key that there is.
const whole = `name: whole
doc: everything
peers: 100
cycles: 16
seed: 7
cycle: 20s
parameters:
  part: 0.25
  time: 1m
protocols:
  - spray: {a: 2, b: 1.5, period: 10s, deadline: 5s, max_joins: 9, name: mine}
  - broadcast:
      history: 3s
network:
  latency: uniform 20ms 80ms
  loss: 0.01
  retransmit: 100ms
  bandwidth: 1e6
  setup_round_trips: 3
  setup_failure: 0.02
  unreachable: 0.1
  detection: 20s
phases:
  - join: {fraction: 0.5, over: $time}
  - run: {cycles: 2}
  - join: {over: 2.5 cycles, pace: growing}
  - crash: {fraction: $part}
  - leave: {fraction: 0.1, over: 1.5 cycles}
  - churn: {cycles: 4, rate: 0.05, leave: 0.25, broadcasts: 0.5, payload: 100}
  - partition: {cycles: 6, fractions: [0.25, 0.25, rest]}
  - broadcast: {cycles: 4, rate: 2, payload: 16}
measure:
  every: 2
  metrics: [alive, path_mean]
peer:
  linger: 5s
`

func decode(text string, sets ...string) (*scenario.Scenario, error) {
	return scenario.Decode("mine.yaml", []byte(text), scenario.Options{Sets: sets})
}

var _ = Describe("a scenario's file", func() {
	It("says everything that a scenario has", func() {
		s, err := decode(whole)
		Expect(err).NotTo(HaveOccurred())
		Expect([]any{s.Name, s.Doc, s.Peers, s.Cycles, s.Seed, s.Cycle}).To(
			Equal([]any{"whole", "everything", 100, 16, uint64(7), 20 * time.Second}))
		Expect(s.Protocols).To(HaveLen(2))
		Expect(s.Overlay().Name).To(Equal("mine"))
		Expect(s.Protocols[0].Period).To(Equal(10 * time.Second))
		Expect(s.Protocols[1].Protocol.Sees).To(Equal([]string{"mine"}), "a broadcast runs over the overlay unless it says otherwise")
		Expect(s.Network).To(Equal(sim.Network{
			Latency: sim.Latency{Kind: "uniform", Min: 20 * time.Millisecond, Max: 80 * time.Millisecond},
			Loss:    0.01, Retransmit: 100 * time.Millisecond, Bandwidth: 1e6, SetupRoundTrips: 3, SetupFailure: 0.02,
			Unreachable: 0.1, Detection: 20 * time.Second,
		}))
		Expect(s.Peer.Linger).To(Equal(5 * time.Second))
		Expect(s.Measure).To(Equal(scenario.Measure{Every: 2, Metrics: []string{"alive", "path_mean"}}))
		Expect(s.Phases).To(HaveLen(8))
		Expect(s.Phases[3].Fraction).To(Equal(0.25))
		Expect([]any{s.Phases[5].Rate, s.Phases[5].Leave, s.Phases[5].Broadcasts, s.Phases[5].Payload}).To(Equal([]any{0.05, 0.25, 0.5, 100}))
		Expect(s.Phases[6].Fractions).To(Equal([]float64{0.25, 0.25, 0.5}))
		Expect([]any{s.Phases[7].Broadcasts, s.Phases[7].Payload}).To(Equal([]any{2.0, 16}))
		Expect(s.Duration()).To(Equal(16*20*time.Second+time.Minute+50*time.Second+30*time.Second), "its cycles, and what joins and leaves take")
	})

	It("takes a cycle for the period of its overlay, unless it says otherwise", func() {
		s, err := decode(strings.Replace(whole, "cycle: 20s\n", "", 1))
		Expect(err).NotTo(HaveOccurred())
		Expect(s.Cycle).To(Equal(10 * time.Second))
	})

	DescribeTable("with a mistake is answered with its line and what was expected",
		func(line, instead string, place string, said ...string) {
			Expect(whole).To(ContainSubstring(line))
			s, err := decode(strings.Replace(whole, line, instead, 1))
			Expect(s).To(BeNil())
			var m *scenario.Mistake
			Expect(errors.As(err, &m)).To(BeTrue(), "%v", err)
			Expect(m.Place).To(Equal(place), m.What)
			for _, text := range said {
				Expect(m.What).To(ContainSubstring(text))
			}
		},
		Entry("no YAML", "peers: 100", "peers: [100", "mine.yaml:4", "this is no YAML"),
		Entry("a key twice", "seed: 7", "peers: 7", "mine.yaml:5", `"peers" already defined`),
		Entry("two documents", "measure:", "---\nmeasure:", "mine.yaml:33", "expected one document"),
		Entry("no scenario", whole, "", "mine.yaml:1", "the file is empty"),
		Entry("a list", whole, "- a\n- b\n", "mine.yaml:1", "a scenario: expected keys and values, not a list"),
		Entry("an unknown key", "seed: 7", "seeds: 7", "mine.yaml:5", `a scenario has no key "seeds", expected one of name, doc, parameters, peers`),
		Entry("no name", "name: whole\n", "", "mine.yaml:1", "the scenario has no name"),
		Entry("no peers", "peers: 100\n", "", "mine.yaml:1", "the scenario has no peers"),
		Entry("no number of peers", "peers: 100", "peers: many", "mine.yaml:3", `peers: expected a whole number from 1 to 10000000, not "many"`),
		Entry("nobody", "peers: 100", "peers: 0", "mine.yaml:3", "peers: expected a whole number from 1"),
		Entry("a part of a peer", "peers: 100", "peers: 1.5", "mine.yaml:3", "whole number"),
		Entry("a list of peers", "peers: 100", "peers: [100]", "mine.yaml:3", "peers: expected one value, not a list"),
		Entry("nothing for peers", "peers: 100", "peers:", "mine.yaml:3", "peers: expected one value, not nothing"),
		Entry("an anchor", "peers: 100", "peers: &a 100", "mine.yaml:3", "expected one value, not an anchor"),
		Entry("a negative seed", "seed: 7", "seed: -7", "mine.yaml:5", "seed: expected a whole number of at least 0"),
		Entry("cycles that do not add up", "cycles: 16", "cycles: 17", "mine.yaml:4", "cycles: expected the sum of the phases' cycles, 16, not 17; the time of a join counts apart"),
		Entry("no time for a cycle", "cycle: 20s", "cycle: 0s", "mine.yaml:6", "cycle: expected a duration above 0"),
		Entry("no duration", "cycle: 20s", "cycle: 20", "mine.yaml:6", `cycle: expected a duration such as 500ms, 30s or 5m, not "20"`),
		Entry("a parameter of a taken name", "part: 0.25", "loss: 0.25", "mine.yaml:8", `a parameter cannot be named "loss"`),
		Entry("no such parameter", "$part", "$parts", "mine.yaml:27", `there is no parameter "parts", expected one of part, time`),
		Entry("a bad parameter, where it is written", "part: 0.25", "part: 25", "mine.yaml:8", `fraction: expected a fraction from 0 to 1, not "25"`),
		Entry("no protocols", "protocols:", "protocols: []\nx:", "mine.yaml:11", `no key "x"`),
		Entry("no such protocol", "- broadcast:", "- broadcasts:", "mine.yaml:12", `there is no protocol "broadcasts", expected one of spray, tman, hyparview, broadcast, plumtree`),
		Entry("no such option", "max_joins: 9", "max: 9", "mine.yaml:11", `spray has no option "max", expected one of name, a, b, period, deadline, max_joins`),
		Entry("an option that is no number", "a: 2", "a: two", "mine.yaml:11", `a: expected a number, not "two"`),
		Entry("an option that breaks the protocol's rule", "a: 2", "a: 0", "mine.yaml:11", "spray: A is 0, must be above 0 and at most 64"),
		Entry("a broadcast over nothing", "history: 3s", "over: other", "mine.yaml:12", `broadcast runs over "other", which is none of the scenario's protocols`),
		Entry("two protocols of a name", "history: 3s", "name: mine\n      over: spray", "mine.yaml:12", `two protocols are named "mine"`),
		Entry("no overlay", "- spray: {", "- broadcast: {over: x}\n  - spray: {", "mine.yaml:11", "expected an overlay protocol first, broadcast is none"),
		Entry("no latency", "uniform 20ms 80ms", "uniform 20ms", "mine.yaml:15", "latency: expected a latency such as 50ms"),
		Entry("a latency upside down", "uniform 20ms 80ms", "uniform 80ms 20ms", "mine.yaml:15", "latency: expected"),
		Entry("a floor above the median", "uniform 20ms 80ms", "lognormal 50ms 0.5 50ms", "mine.yaml:15", "latency: expected a floor of at least 1µs and below the median of 50ms"),
		Entry("no floor", "uniform 20ms 80ms", "lognormal 50ms 0.5 0s", "mine.yaml:15", "latency: expected a floor"),
		Entry("a negative floor", "uniform 20ms 80ms", "lognormal 50ms 0.5 -5ms", "mine.yaml:15", "latency: expected a floor"),
		Entry("total loss", "loss: 0.01", "loss: 1", "mine.yaml:14", "Loss is 1, must be below"),
		Entry("no phase", "run: {cycles: 2}", "walk: {cycles: 2}", "mine.yaml:25", `there is no phase "walk", expected one of join, run, crash, leave, churn, partition, broadcast, tell`),
		Entry("two phases in one", "- run: {cycles: 2}", "- {run: {cycles: 1}, crash: {fraction: 1}}", "mine.yaml:25", "expected one phase"),
		Entry("a phase's unknown key", "run: {cycles: 2}", "run: {cycle: 2}", "mine.yaml:25", `run has no key "cycle", expected one of cycles, broadcasts, payload`),
		Entry("a phase without its cycles", "run: {cycles: 2}", "run: {}", "mine.yaml:25", "run: expected a value for cycles"),
		Entry("a phase of no cycles", "run: {cycles: 2}", "run: {cycles: 0}", "mine.yaml:25", "cycles: expected a whole number from 1"),
		Entry("a bad span", "over: 2.5 cycles", "over: 2.5 years", "mine.yaml:26", "over: expected a duration such as 30s, or a number of cycles"),
		Entry("a bad pace", "pace: growing", "pace: fast", "mine.yaml:26", `pace: expected even or growing, not "fast"`),
		Entry("a bad fraction", "leave: {fraction: 0.1,", "leave: {fraction: -0.1,", "mine.yaml:28", "fraction: expected a fraction from 0 to 1"),
		Entry("more than all in a partition", "[0.25, 0.25, rest]", "[0.75, 0.75]", "mine.yaml:30", "fractions: expected at least two fractions that sum up to at most 1"),
		Entry("one group", "[0.25, 0.25, rest]", "[0.25]", "mine.yaml:30", "at least two"),
		Entry("a small payload", "payload: 16", "payload: 7", "mine.yaml:31", "payload: expected a whole number from 8 to 65536"),
		Entry("nobody there yet", "  - join: {fraction: 0.5, over: $time}\n", "", "mine.yaml:24", "expected a join before the first run"),
		Entry("everybody there already", "join: {fraction: 0.5, over: $time}", "join: {}", "mine.yaml:26", "all peers have entered before"),
		Entry("more than all enter", "join: {over: 2.5 cycles", "join: {fraction: 0.6, over: 2.5 cycles", "mine.yaml:26", "sum up to at most 1, they are 1.1 here"),
		Entry("broadcasts without a protocol for it", "  - broadcast:\n      history: 3s\n", "", "mine.yaml:27", "expected a protocol such as broadcast"),
		Entry("no such metric", "path_mean]", "path]", "mine.yaml:34", `there is no metric "path", expected one of alive, arcs`),
		Entry("no level of detail", "seed: 7", "detail: atoms", "mine.yaml:5", `detail: expected a level of detail, actors or arcs, not "atoms"`),
		Entry("no linger", "linger: 5s", "linger: 0s", "mine.yaml:35", "Linger is 0s, must be positive"),
		Entry("never measured", "every: 2", "every: 0", "mine.yaml:33", "every: expected a whole number from 1"),
	)
})

var _ = Describe("--set", func() {
	It("replaces parameters, options of protocols, the network and how it is measured", func() {
		s, err := decode(whole, "part=0.75", "spray.a=3", "broadcast.window=10s", "latency=lognormal 30ms 0.4", "loss=0",
			"detection=1m", "linger=9s", "cycle=5s", "every=4", "spray.period=1s", "spray.period=2s")
		Expect(err).NotTo(HaveOccurred())
		Expect(s.Phases[3].Fraction).To(Equal(0.75))
		Expect(s.Network.Latency).To(Equal(sim.Latency{Kind: "lognormal", Mean: 30 * time.Millisecond, Sigma: 0.4}))
		Expect([]any{s.Network.Loss, s.Network.Detection, s.Cycle, s.Measure.Every}).To(Equal([]any{0.0, time.Minute, 5 * time.Second, 4}))
		Expect(s.Peer.Linger).To(Equal(9 * time.Second))
		s, err = decode(whole, "latency=lognormal 30ms 0.4 1ms")
		Expect(err).NotTo(HaveOccurred())
		Expect(s.Network.Latency).To(Equal(sim.Latency{Kind: "lognormal", Mean: 30 * time.Millisecond, Sigma: 0.4, Least: time.Millisecond}))
		s, err = decode(whole, "spray.period=2s")
		Expect(err).NotTo(HaveOccurred())
		Expect(s.Protocols[0].Period).To(Equal(2*time.Second), "the last one counts")
	})

	It("replaces the overlay's protocol, whose options are the defaults then", func() {
		s, err := decode(whole, "protocol=spray")
		Expect(err).NotTo(HaveOccurred())
		Expect(s.Overlay().Name).To(Equal("mine"), "it is the same")

		other := catalog.Shipped()[0]
		other.Name = "other"
		s, err = scenario.Decode("mine.yaml", []byte(whole), scenario.Options{
			Sets: []string{"other.period=3s", "protocol=other"}, Kinds: append(catalog.Shipped(), other),
		})
		Expect(err).NotTo(HaveOccurred())
		Expect(s.Overlay().Name).To(Equal("spray"))
		Expect(s.Protocols[0].Period).To(Equal(3 * time.Second))
		Expect(s.Protocols[1].Protocol.Sees).To(Equal([]string{"spray"}))
	})

	It("puts a protocol that needs samples before the one that it takes the place of", func() {
		s, err := decode(whole, "protocol=tman", "tman.sampling=mine", "tman.view=3", "tman.rank=line", "spray.a=3")
		Expect(err).NotTo(HaveOccurred())
		var names []string
		for _, p := range s.Protocols {
			names = append(names, p.Protocol.Name)
		}
		Expect(names).To(Equal([]string{"tman", "mine", "broadcast"}))
		Expect(s.Protocols[0].Protocol.Sees).To(Equal([]string{"mine"}))
		Expect(s.Protocols[2].Protocol.Sees).To(Equal([]string{"tman"}), "what is broadcast goes over what is measured")
		Expect(s.Protocols[0].Target).NotTo(BeNil())
		s, err = decode(whole, "protocol=tman", "tman.sampling=mine", "tman.rank=nearest")
		Expect(err).NotTo(HaveOccurred())
		Expect(s.Protocols[0].Target).To(BeNil(), "where peers are, only they know")
	})

	It("replaces the protocol that broadcasts, which runs over the overlay then", func() {
		s, err := decode(whole, "broadcaster=plumtree", "plumtree.threshold=5", "protocol=hyparview", "hyparview.active=4", "hyparview.name=h")
		Expect(err).NotTo(HaveOccurred())
		Expect(s.Overlay().Name).To(Equal("h"))
		Expect(s.Protocols).To(HaveLen(2))
		Expect(s.Protocols[1].Protocol.Name).To(Equal("plumtree"))
		Expect(s.Protocols[1].Protocol.Sees).To(Equal([]string{"h"}))
		s, err = scenario.Load(scenario.Options{Scenario: "steady", Sets: []string{"broadcaster=plumtree"}})
		Expect(err).To(MatchError(ContainSubstring("no protocol that broadcasts")), "%v", s)
	})

	DescribeTable("of what cannot be is answered with what can",
		func(set string, said ...string) {
			_, err := decode(whole, set)
			var m *scenario.Mistake
			Expect(errors.As(err, &m)).To(BeTrue(), "%v", err)
			Expect(m.Place).To(Equal("--set " + set))
			for _, text := range said {
				Expect(m.What).To(ContainSubstring(text))
			}
		},
		Entry("no such key", "color=red", `the scenario has no value "color", expected one of part, time, protocol`, "latency", "spray.a", "broadcast.window"),
		Entry("no such option", "spray.c=1", `has no value "spray.c"`, "spray.a"),
		Entry("another protocol's", "cyclon.size=1", `has no value "cyclon.size"`),
		Entry("no value", "part", "expected KEY=VALUE"),
		Entry("an empty value", "part=", "expected KEY=VALUE"),
		Entry("no such protocol", "protocol=chord", `there is no protocol "chord", expected one of spray, tman, hyparview, broadcast, plumtree`),
		Entry("no such broadcaster", "broadcaster=chord", `there is no protocol "chord"`),
		Entry("an overlay that is to broadcast", "broadcaster=spray", "spray is an overlay protocol"),
		Entry("a bad fraction", "part=2", "fraction: expected a fraction from 0 to 1"),
		Entry("a bad option", "spray.period=soon", "period: expected a duration"),
		Entry("an option out of bounds", "spray.a=65", "spray: A is 65, must be above 0 and at most 64"),
		Entry("a bad network", "loss=1", "Loss is 1, must be below"),
		Entry("nobody to sample", "protocol=tman", `tman runs over "spray", which is none of the scenario's protocols`),
		Entry("no overlay", "protocol=broadcast", "expected an overlay protocol first"),
		Entry("no cycle", "cycle=0s", "cycle: expected a duration above 0"),
		Entry("a bad pace of measuring", "every=0", "every: expected a whole number"),
	)
})

var _ = Describe("loading", func() {
	It("finds all that ship, in order, with what they are for", func() {
		all, err := scenario.List()
		Expect(err).NotTo(HaveOccurred())
		var names []string
		for _, s := range all {
			names = append(names, s.Name)
			Expect(s.Doc).NotTo(BeEmpty())
		}
		Expect(names).To(Equal([]string{"steady", "flash-crowd", "churn", "crash", "partition"}))
	})

	It("reads a file at a path", func() {
		path := filepath.Join(GinkgoT().TempDir(), "mine.yaml")
		Expect(os.WriteFile(path, []byte(whole), 0o600)).To(Succeed())
		Expect(load(path, 0, 0).Name).To(Equal("whole"))
		_, err := scenario.Load(scenario.Options{Scenario: path + "/none.yaml"})
		Expect(err).To(MatchError(ContainSubstring("none.yaml: the file cannot be read")))
		_, err = scenario.Load(scenario.Options{Scenario: "none"})
		Expect(err).To(MatchError(ContainSubstring(`"none": no such scenario ships, expected one of steady, flash-crowd`)))
	})

	It("takes other peers, cycles and seed, and stretches the phases to the cycles", func() {
		seed := uint64(0)
		s, err := scenario.Decode("mine.yaml", []byte(whole), scenario.Options{Peers: 50, Cycles: 32, Seed: &seed})
		Expect(err).NotTo(HaveOccurred())
		Expect([]any{s.Peers, s.Cycles, s.Seed}).To(Equal([]any{50, 32, uint64(0)}))
		Expect(cyclesOf(s)).To(Equal([]int{4, 8, 12, 8}))
	})

	DescribeTable("stretches phases of 2, 4, 6 and 4 cycles", func(total int, want ...int) {
		s, err := scenario.Decode("mine.yaml", []byte(whole), scenario.Options{Cycles: total})
		Expect(err).NotTo(HaveOccurred())
		Expect(s.Cycles).To(Equal(total))
		Expect(cyclesOf(s)).To(Equal(want))
	},
		Entry("to the same", 16, 2, 4, 6, 4),
		Entry("to one each", 4, 1, 1, 1, 1),
		Entry("to a few", 5, 1, 1, 2, 1),
		Entry("to an odd number", 17, 2, 4, 7, 4),
		Entry("to many", 1600, 200, 400, 600, 400),
	)

	It("needs a cycle for each phase", func() {
		_, err := scenario.Decode("mine.yaml", []byte(whole), scenario.Options{Cycles: 3})
		Expect(err).To(MatchError(ContainSubstring("--cycles: expected 4 to 1000000 cycles, not 3: every phase needs one")))
	})

	It("tells what a world that is not simulated cannot do", func() {
		Expect(load("steady", 10, 5).Real()).To(Succeed())
		Expect(load("steady", 10, 5, "spray.a=2").Real()).To(Succeed())
		Expect(load("partition", 10, 5, "loss=0.1", "retransmit=1s", "detection=9s").Real()).To(Succeed())
		Expect(load("steady", 10, 5, "bandwidth=1e6").Real()).To(MatchError(ContainSubstring("--set bandwidth=1e6: bandwidth is only for the simulated network")))
	})
})

func cyclesOf(s *scenario.Scenario) []int {
	var all []int
	for _, p := range s.Phases {
		if p.Cycles > 0 {
			all = append(all, p.Cycles)
		}
	}
	return all
}

var _ = Describe("every metric", func() {
	It("has a meaning", func() {
		for _, m := range scenario.AllMetrics() {
			Expect(m.Meaning).NotTo(BeEmpty(), m.Name)
			Expect(m.Unit).NotTo(BeEmpty(), m.Name)
			Expect(scenario.Meaning(m.Name)).To(Equal(m.Meaning))
		}
		Expect(scenario.Meaning("none")).To(BeEmpty())
		Expect(math.IsNaN(scenario.Metrics{}.Get("alive"))).To(BeTrue())
	})
})
