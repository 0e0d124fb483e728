package scenario_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/n2n-overlay/n2n/catalog"
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
	"github.com/n2n-overlay/n2n/sim/scenario"
)

// echo is a protocol of a user: it counts what it is told, and emits its size and what it was
// told.
type echo struct{ Size float64 }

func (e echo) protocol() protocols.Protocol {
	return protocols.Protocol{Name: "echo", New: func() protocols.Handler { return e }}
}

func (e echo) Handle(port protocols.Port, event any) {
	switch event := event.(type) {
	case messages.Started:
		port.Emit(e)
	case messages.Told:
		port.Count("told", 1)
		port.Count("duplicates", 1)
		port.Emit(event.Event)
	case messages.Leaving:
		port.Stop()
	}
}

var ownKind = catalog.Kind{
	Name: "echo",
	New: func(_ string, options catalog.Options) (catalog.Made, error) {
		e := echo{Size: 1}
		err := options(&e)
		return catalog.Made{Protocol: e.protocol()}, err
	},
	Values: func(event any, value func(string, float64)) {
		switch event := event.(type) {
		case echo:
			value("size", event.Size)
		case float64:
			value("heard", event)
		}
	},
	Tell: func(text string) (any, error) { return strconv.ParseFloat(text, 64) },
}

const ownText = `name: own
peers: 20
cycles: 3
parameters:
  large: 5
protocols:
  - spray: {period: 2s}
  - echo: {size: 2}
groups:
  - {fraction: 0.25, options: {echo.size: $large}}
  - {fraction: 0.1, options: {echo.size: 0, spray.a: 2}}
phases:
  - join: {over: 2 cycles}
  - run: {cycles: 1}
  - tell: {protocol: echo, what: 7, fraction: 0.5, over: 1s}
  - churn: {cycles: 2, rate: 0.2}
`

func ownScenario(text, detail string, sets ...string) (*scenario.Scenario, error) {
	return scenario.Decode("own.yaml", []byte(text), scenario.Options{
		Scenario: "own.yaml", Detail: detail, Sets: sets, Kinds: append(catalog.Shipped(), ownKind),
	})
}

var _ = Describe("a protocol of a user", func() {
	for _, detail := range []string{"actors", "arcs"} {
		It("is measured by what it counts and emits, told something, and differs by peer, at the level of "+detail, func() {
			s, err := ownScenario(ownText, detail)
			Expect(err).NotTo(HaveOccurred())
			r := run(s)
			first, told := row(r, 1), row(r, 2)
			// 5 of 20 peers have 5, 2 have 0, the others 2.
			Expect(first.Get("echo.size_mean")).To(BeNumerically("~", (5*5+13*2)/20.0, 1e-9))
			Expect(first.Get("echo.size_stddev")).To(BeNumerically("~", 1.532, 0.001))
			Expect([]float64{first.Get("echo.size_min"), first.Get("echo.size_max")}).To(Equal([]float64{0, 5}))
			Expect(first.Get("echo.told")).To(Satisfy(math.IsNaN), "nothing yet")
			Expect(told.Get("echo.told")).To(Equal(10.0), "half of 20, those that have gone since counted, too")
			Expect(told.Get("echo.heard_mean")).To(Equal(7.0))
			Expect(r.Settings.Groups).To(Equal([]scenario.GroupSettings{
				{Fraction: 0.25, Options: map[string]string{"echo.size": "5"}}, {Fraction: 0.1, Options: map[string]string{"echo.size": "0", "spray.a": "2"}},
			}))
			Expect(r.Settings.Phases[2]).To(Equal(`tell: {protocol: echo, what: "7", fraction: 0.5, over: 1s}`))
			Expect(s.Duration()).To(Equal(3*2*time.Second + 4*time.Second + time.Second))
		})
	}

	for _, detail := range []string{"actors", "arcs"} {
		It("has no metric that is infinite, so the result can be written, at the level of "+detail, func() {
			broadcasting := ownKind
			broadcasting.Broadcasts = true // so redundancy is what it counts as duplicates, over 0
			s, err := scenario.Decode("own.yaml", []byte(strings.Replace(ownText, "what: 7", "what: +Inf", 1)), scenario.Options{
				Scenario: "own.yaml", Detail: detail, Kinds: append(catalog.Shipped(), broadcasting),
			})
			Expect(err).NotTo(HaveOccurred())
			r := run(s)
			Expect(row(r, 2).Get("echo.told")).To(Equal(10.0))
			for _, name := range []string{"echo.heard_mean", "echo.heard_min", "echo.heard_max", "redundancy"} {
				Expect(row(r, 2).Get(name)).To(Satisfy(math.IsNaN), name)
			}
			_, err = json.Marshal(r)
			Expect(err).NotTo(HaveOccurred())
		})
	}

	It("may name what is measured of it, and of those that ship", func() {
		s, err := ownScenario(ownText+"measure: {metrics: [alive, echo.size_mean, spray.shuffles, broadcast.duplicates]}\n", "")
		Expect(err).NotTo(HaveOccurred())
		for _, m := range run(s).Metrics {
			Expect(m.Name).To(BeElementOf("alive", "echo.size_mean", "spray.shuffles"))
		}
	})

	DescribeTable("with a mistake is answered with its line", func(line, instead, place, said string) {
		Expect(ownText).To(ContainSubstring(line))
		_, err := ownScenario(strings.Replace(ownText, line, instead, 1), "")
		var m *scenario.Mistake
		Expect(errors.As(err, &m)).To(BeTrue(), fmt.Sprint(err))
		Expect([]string{m.Place, m.What}).To(ContainElements(Equal(place), ContainSubstring(said)))
	},
		Entry("told to nobody", "protocol: echo", "protocol: ech", "own.yaml:15", `tell: the scenario has no protocol "ech", expected one of spray, echo`),
		Entry("told to one that cannot hear", "protocol: echo", "protocol: spray", "own.yaml:15", "tell: spray can be told nothing"),
		Entry("told what it does not understand", "what: 7", "what: seven", "own.yaml:15", `echo cannot be told "seven"`),
		Entry("told nothing", "what: 7, ", "", "own.yaml:15", "expected a value for what"),
		Entry("a group of no size", "fraction: 0.25, ", "", "own.yaml:10", "expected a value for fraction"),
		Entry("a group like the others", ", options: {echo.size: $large}", "", "own.yaml:10", "expected options, such as"),
		Entry("a group with an unknown option", "echo.size: $large", "echo.sise: 5", "own.yaml:10", `no protocol of the scenario has an option "echo.sise", expected one of spray.name`),
		Entry("a group with a bad option", "echo.size: $large", "echo.size: large", "own.yaml:10", `size: expected a number, not "large"`),
		Entry("a group of another protocol", "spray.a: 2", "spray.name: other", "own.yaml:11", "a group cannot give spray another name"),
		Entry("a group that breaks a rule", "spray.a: 2", "spray.a: 65", "own.yaml:11", "spray: A is 65"),
		Entry("too many in groups", "fraction: 0.1", "fraction: 0.8", "own.yaml:11", "sum up to at most 1, they are 1.05 here"),
	)

	It("has options in groups that --set gives, by parameters", func() {
		s, err := ownScenario(ownText, "", "large=9", "echo.size=3")
		Expect(err).NotTo(HaveOccurred())
		Expect(s.Groups[0].Options).To(HaveKeyWithValue("echo.size", "9"))
	})
})
