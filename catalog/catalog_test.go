//go:build !js

package catalog_test

import (
	"errors"
	"maps"
	"slices"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/n2n-overlay/n2n/catalog"
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
	"github.com/n2n-overlay/n2n/protocols/broadcast"
	"github.com/n2n-overlay/n2n/protocols/cyclon"
	"github.com/n2n-overlay/n2n/protocols/fullmesh"
	"github.com/n2n-overlay/n2n/protocols/hyparview"
	"github.com/n2n-overlay/n2n/protocols/plumtree"
	"github.com/n2n-overlay/n2n/protocols/size"
	"github.com/n2n-overlay/n2n/protocols/spray"
	"github.com/n2n-overlay/n2n/protocols/tman"
	"github.com/n2n-overlay/n2n/protocols/unicast"
)

func named(name string) catalog.Kind {
	GinkgoHelper()
	kind, ok := catalog.Named(catalog.Shipped(), name)
	Expect(ok).To(BeTrue(), name)
	return kind
}

// keys are the options of each protocol that ships. Scripts and scenarios of users
// rely on them.
var keys = map[string][]string{
	"spray":     {"name", "a", "b", "period", "deadline", "max_joins"},
	"tman":      {"rank", "name", "sampling", "view", "sample", "psi", "tabu", "known", "period", "deadline", "ttl", "forget"},
	"hyparview": {"name", "active", "passive", "arwl", "prwl", "ka", "kp", "shuffle_ttl", "period", "deadline", "max_joins"},
	"broadcast": {"name", "over", "max_payload", "remember", "period", "patience", "window", "history", "keep"},
	"plumtree": {
		"name", "over", "arc_delay", "max_payload", "remember", "window", "keep", "announce_delay", "ihave_timeout",
		"graft_timeout", "threshold",
	},
	"cyclon":   {"name", "view", "shuffle", "walk", "period", "deadline"},
	"unicast":  {"name", "over", "max_payload", "max_requests", "deadline", "max_deadline"},
	"fullmesh": {"name", "max_members", "period"},
	"size":     {"name", "over", "a", "b", "period", "window"},
}

var _ = Describe("the protocols that ship", func() {
	It("are made of their defaults, and take their options", func() {
		Expect(catalog.Names(catalog.Shipped())).To(ConsistOf(slices.Collect(maps.Keys(keys))))
		for _, kind := range catalog.Shipped() {
			Expect(kind.Keys()).To(Equal(keys[kind.Name]), kind.Name)
			made, err := kind.Make("", nil)
			Expect(err).NotTo(HaveOccurred())
			Expect(made.Protocol.Name).To(Equal(kind.Name))
			Expect(made.Protocol.Validate()).To(Succeed())
			Expect(kind.Overlay).To(Equal(len(made.Protocol.Sees) == 0 || kind.Sampled), kind.Name)
			if kind.Overlay {
				Expect(made.Period).To(BeNumerically(">", 0), kind.Name)
			} else {
				made, err = kind.Make("below", nil)
				Expect(err).NotTo(HaveOccurred())
				Expect(made.Protocol.Sees).To(Equal([]string{"below"}), kind.Name)
			}
		}
	})

	It("take an empty Config for their defaults", func() {
		for name, both := range map[string][2]func() (protocols.Protocol, error){
			"broadcast": {func() (protocols.Protocol, error) { return broadcast.New(broadcast.Config{}) }, func() (protocols.Protocol, error) { return broadcast.New(broadcast.DefaultConfig()) }},
			"cyclon":    {func() (protocols.Protocol, error) { return cyclon.New(cyclon.Config{}) }, func() (protocols.Protocol, error) { return cyclon.New(cyclon.DefaultConfig()) }},
			"fullmesh":  {func() (protocols.Protocol, error) { return fullmesh.New(fullmesh.Config{}) }, func() (protocols.Protocol, error) { return fullmesh.New(fullmesh.DefaultConfig()) }},
			"hyparview": {func() (protocols.Protocol, error) { return hyparview.New(hyparview.Config{}) }, func() (protocols.Protocol, error) { return hyparview.New(hyparview.DefaultConfig()) }},
			"plumtree":  {func() (protocols.Protocol, error) { return plumtree.New(plumtree.Config{}) }, func() (protocols.Protocol, error) { return plumtree.New(plumtree.DefaultConfig()) }},
			"size":      {func() (protocols.Protocol, error) { return size.New(size.Config{}) }, func() (protocols.Protocol, error) { return size.New(size.DefaultConfig()) }},
			"spray":     {func() (protocols.Protocol, error) { return spray.New(spray.Config{}) }, func() (protocols.Protocol, error) { return spray.New(spray.DefaultConfig()) }},
			"tman":      {func() (protocols.Protocol, error) { return tman.New(tman.Config{}) }, func() (protocols.Protocol, error) { return tman.New(tman.DefaultConfig()) }},
			"unicast":   {func() (protocols.Protocol, error) { return unicast.New(unicast.Config{}) }, func() (protocols.Protocol, error) { return unicast.New(unicast.DefaultConfig()) }},
		} {
			zero, errZero := both[0]()
			def, errDef := both[1]()
			Expect([]any{zero.Name, zero.Sees, zero.Reach, errZero}).To(Equal([]any{def.Name, def.Sees, def.Reach, errDef}), name)
			Expect(keys).To(HaveKey(name))
		}
		_, err := spray.New(spray.Config{A: 1})
		Expect(err).To(HaveOccurred(), "a Config that names a field is taken as it is")
	})

	It("say what they were made of", func() {
		made, err := named("spray").Make("", map[string]string{"a": "2", "max_joins": "9", "period": "3s", "name": "mine"})
		Expect(err).NotTo(HaveOccurred())
		want := spray.DefaultConfig()
		want.A, want.MaxJoins, want.Period, want.Name = 2, 9, 3*time.Second, "mine"
		Expect(made.Config).To(Equal(want))
		Expect(made.Period).To(Equal(3 * time.Second))
		Expect(made.Protocol.Name).To(Equal("mine"))
	})

	It("tman: the ranking has a name, and what it builds is known where it is circular", func() {
		made, err := named("tman").Make("", map[string]string{"rank": "line", "view": "2"})
		Expect(err).NotTo(HaveOccurred())
		Expect(made.Config.(tman.Config).Rank).To(Equal(tman.Line{}))
		peers := []messages.PeerID{{1}, {2}, {3}}
		Expect(made.Target(peers)(0)).To(ContainElement(messages.PeerID{2}))
		made, err = named("tman").Make("", map[string]string{"rank": "nearest"})
		Expect(err).NotTo(HaveOccurred())
		Expect(made.Target).To(BeNil())
	})

	It("size: reads its estimates, and nothing else", func() {
		estimate := named("size").Estimate
		n, ok := estimate(size.Estimate{N: 7})
		Expect([]any{n, ok}).To(Equal([]any{7.0, true}))
		_, ok = estimate(spray.Joined{})
		Expect(ok).To(BeFalse())
	})

	DescribeTable("answer what cannot be with what was expected",
		func(kind, key, text, of, what string) {
			_, err := named(kind).Make("", map[string]string{key: text})
			var wrong *catalog.OptionError
			Expect(errors.As(err, &wrong)).To(BeTrue(), "%v", err)
			Expect(wrong.Key).To(Equal(of))
			Expect(err).To(MatchError(ContainSubstring(what)))
		},
		Entry("no number", "spray", "a", "NaN", "a", `a: expected a number, not "NaN"`),
		Entry("no whole number", "spray", "max_joins", "-1", "max_joins", `max_joins: expected a whole number from 0 to 2147483647, not "-1"`),
		Entry("no time", "spray", "period", "-1s", "period", `period: expected a duration such as 500ms, 30s or 5m, not "-1s"`),
		Entry("no such option", "fullmesh", "view", "1", "view", `fullmesh has no option "view", expected one of name, max_members, period`),
		Entry("bytes", "tman", "data", "x", "data", `tman has no option "data"`),
		Entry("a broken rule", "spray", "a", "0", "", "spray: A is 0, must be above 0"),
		Entry("no such ranking", "tman", "rank", "best", "", `there is no ranking method "best"`),
		Entry("no name", "spray", "name", "UPPER", "", "UPPER"),
	)
})

var _ = Describe("a protocol of a user's own", func() {
	type config struct {
		Over    string
		HTTPTTL time.Duration
		Rounds  int `option:"r"`
		Hidden  func()
	}
	It("is made of its Config as those that ship", func() {
		var got config
		kind := catalog.Kind{Name: "mine", New: catalog.From(func() config { return config{Rounds: 3} }, func(c config) (protocols.Protocol, error) {
			got = c
			return protocols.Protocol{}, errors.New("mine: Rounds is odd")
		})}
		Expect(kind.Keys()).To(Equal([]string{"over", "httpttl", "r"}))
		_, err := kind.Make("spray", map[string]string{"r": "5", "httpttl": "1s"})
		Expect(err).To(MatchError("mine: Rounds is odd"))
		Expect(got).To(Equal(config{Over: "spray", HTTPTTL: time.Second, Rounds: 5}))
	})
})
