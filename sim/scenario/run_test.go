package scenario_test

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
	"github.com/n2n-overlay/n2n/sim/scenario"
)

var _ = Describe("the scenarios that ship, with 150 peers", func() {
	const peers = 150
	lnN := math.Log(peers)

	It("steady: views come near ln N and near each other, in one component", func() {
		r := run(load("steady", peers, 12))
		Expect(r.Series).To(HaveLen(13), "before the first cycle and after each")
		Expect(r.VirtualSeconds).To(Equal(10*30.0 + 12*30))
		m := r.Metrics
		Expect(m.Get("alive")).To(Equal(float64(peers)))
		Expect(m.Get("view_mean")).To(BeNumerically("~", lnN, 0.3*lnN))
		Expect(m.Get("arcs")).To(BeNumerically("~", m.Get("view_mean")*peers, 1))
		Expect(m.Get("indegree_mean")).To(Equal(m.Get("view_mean")), "no arc leads to a dead peer")
		Expect(m.Get("view_stddev")).To(BeNumerically("<", 1.2))
		Expect(m.Get("view_stddev")).To(BeNumerically("<", row(r, 0).Get("view_stddev")/2), "exchanges even the views out")
		Expect(m.Get("weak_components")).To(Equal(1.0))
		Expect(m.Get("largest_weak_fraction")).To(Equal(1.0))
		Expect(m.Get("dead_arc_fraction")).To(BeZero())
		Expect(m.Get("clustering")).To(BeNumerically("<", row(r, 0).Get("clustering")/2))
		Expect(m.Get("path_mean")).To(And(BeNumerically(">", 2), BeNumerically("<", 4)))
		Expect(m.Get("duplicate_free_fraction")).To(BeNumerically(">", 0.7))
		Expect(m.Get("introductions")).To(BeNumerically(">", m.Get("handshakes")/2), "most connections are introductions'")
		Expect(m.Get("connections")).To(And(BeNumerically(">", peers), BeNumerically("<=", m.Get("handshakes"))))
		Expect(m.Get("bytes_sent")).To(BeNumerically(">", 1e5))
		Expect(math.IsNaN(m.Get("delivered_fraction"))).To(BeTrue(), "nothing was broadcast")
		Expect(r.Overlay.Peers).To(HaveLen(peers))
	})

	It("flash-crowd: ten times the peers become one overlay", func() {
		r := run(load("flash-crowd", peers, 12))
		Expect(row(r, 0).Get("alive")).To(Equal(peers / 10.0))
		Expect(r.Metrics.Get("alive")).To(Equal(float64(peers)))
		Expect(r.Metrics.Get("weak_components")).To(Equal(1.0))
		Expect(r.Metrics.Get("delivered_fraction")).To(Equal(1.0))
		Expect(r.Metrics.Get("view_mean")).To(BeNumerically(">", 2))
	})

	It("churn: as many come as go, and the overlay holds", func() {
		r := run(load("churn", peers, 12, "rate=0.1"))
		Expect(r.Metrics.Get("alive")).To(Equal(float64(peers)))
		Expect(r.Metrics.Get("largest_weak_fraction")).To(BeNumerically(">", 0.97))
		Expect(r.Metrics.Get("view_mean")).To(BeNumerically("~", lnN, 0.3*lnN))
		Expect(r.Metrics.Get("delivered_fraction")).To(BeNumerically(">", 0.95))
	})

	It("crash: what is left of half the peers is one overlay, with shorter views; of 70 % lost, nearly", func() {
		r := run(load("crash", peers, 12))
		m := r.Metrics
		Expect(m.Get("alive")).To(Equal(peers * 0.5))
		Expect(row(r, 6).Get("alive")).To(Equal(float64(peers)), "half way, before the crash")
		Expect(row(r, 7).Get("alive")).To(Equal(peers * 0.5))
		Expect(m.Get("weak_components")).To(Equal(1.0))
		Expect(m.Get("dead_arc_fraction")).To(BeZero())
		Expect(m.Get("view_mean")).To(BeNumerically("<", row(r, 6).Get("view_mean")))
		Expect(m.Get("delivered_fraction")).To(Equal(1.0))

		// 45 peers are left: by chance, two or three of them can be apart.
		m = run(load("crash", peers, 12, "fraction=0.7")).Metrics
		Expect(m.Get("alive")).To(Equal(peers * 0.3))
		Expect(m.Get("largest_weak_fraction")).To(BeNumerically(">=", 0.85))
		Expect(m.Get("dead_arc_fraction")).To(BeZero())
	})

	It("partition: half of the peers are out of reach until the repair", func() {
		r := run(load("partition", peers, 10))
		Expect(row(r, 4).Get("delivered_fraction")).To(Equal(1.0))
		for _, cycle := range []int{5, 6} {
			Expect(row(r, cycle).Get("delivered_fraction")).To(And(BeNumerically("<=", 0.5), BeNumerically(">", 0.4)))
		}
		Expect(row(r, 8).Get("delivered_fraction")).To(Equal(1.0))
		Expect(r.Metrics.Get("weak_components")).To(Equal(1.0))
	})

	It("partition: if it is noticed, two overlays are left", func() {
		r := run(load("partition", peers, 10, "detection=15s"))
		// A few peers may be lost between the two.
		Expect(r.Metrics.Get("weak_components")).To(And(BeNumerically(">=", 2), BeNumerically("<=", 4)))
		Expect(r.Metrics.Get("largest_weak_fraction")).To(BeNumerically("~", 0.5, 0.03))
	})
})

var _ = Describe("a run", func() {
	It("of T-Man tells how much of the ring is there: all at the end, and all among those left by a crash", func() {
		r := run(load("crash", 40, 24, "protocol=tman", "fraction=0.3", "tman.view=2"))
		before := row(r, r.Cycles/2)
		Expect(before.Get("alive")).To(Equal(40.0))
		Expect(before.Get("target_fraction")).To(Equal(1.0))
		Expect(r.Metrics.Get("alive")).To(Equal(28.0))
		Expect(r.Metrics.Get("target_fraction")).To(Equal(1.0))
		Expect(r.Metrics.Get("arcs")).To(BeNumerically(">=", 2*28))
		Expect(row(r, 0).Get("target_fraction")).To(BeNumerically("~", 0.5, 0.4), "some have only just entered")
	})

	It("of Spray has no target", func() {
		Expect(math.IsNaN(run(load("steady", 5, 1)).Metrics.Get("target_fraction"))).To(BeTrue())
	})

	It("of a room is that of the demo: everybody connected to nearly everybody, and the broadcast got by all", func() {
		r := run(load("testdata/room.yaml", 0, 0))
		m := r.Metrics
		Expect(m.Get("alive")).To(Equal(12.0))
		Expect(m.Get("weak_components")).To(Equal(1.0))
		Expect(m.Get("delivered_fraction")).To(Equal(1.0))
		Expect(m.Get("connections")).To(And(BeNumerically(">", 40), BeNumerically("<=", 66)))
	})

	It("shares nothing by reference: it is the same when all is encoded and decoded", func() {
		s := load("churn", 40, 4)
		plain, err := scenario.Run(context.Background(), s, scenario.RunOptions{Trace: true})
		Expect(err).NotTo(HaveOccurred())
		encoded, err := scenario.Run(context.Background(), s, scenario.RunOptions{Trace: true, Encode: true})
		Expect(err).NotTo(HaveOccurred())
		Expect(encoded.TraceHash).To(Equal(plain.TraceHash))
	})

	It("tells how far it is, and takes its wall time from the caller", func() {
		var told []scenario.Progress
		r, err := scenario.Run(context.Background(), load("flash-crowd", 20, 3), scenario.RunOptions{
			Progress: func(p scenario.Progress) { told = append(told, p) },
			Now:      tick(),
		})
		Expect(err).NotTo(HaveOccurred())
		Expect(r.WallSeconds).To(Equal(1.0))
		Expect(r.TraceHash).To(BeEmpty(), "no trace was asked for")
		phases := map[string]bool{}
		for i, p := range told {
			phases[p.Phase] = true
			Expect(p.Cycles).To(Equal(3))
			if i > 0 {
				Expect(p.Elapsed).To(BeNumerically(">=", told[i-1].Elapsed))
				Expect(p.Totals.ActorMessages).To(BeNumerically(">=", told[i-1].Totals.ActorMessages))
			}
		}
		Expect(phases).To(And(HaveKey("join"), HaveKey("run"), HaveKey("broadcast")))
	})

	It("measures what the scenario wants, when it wants it, and at the end", func() {
		s, err := decode(strings.NewReplacer("cycle: 20s", "cycle: 10s", "unreachable: 0.1", "unreachable: 0").Replace(whole), "every=3")
		Expect(err).NotTo(HaveOccurred())
		r := run(s)
		var cycles []int
		for _, row := range r.Series {
			cycles = append(cycles, row.Cycle)
			Expect(row.Metrics).To(HaveLen(2))
			Expect(math.IsNaN(row.Metrics.Get("path_mean"))).To(BeFalse())
		}
		Expect(cycles).To(Equal([]int{0, 3, 6, 9, 12, 15, 16}))
		// 50 enter and then the other 50; 25 crash, and 8 of the other 75 leave.
		Expect(r.Metrics.Get("alive")).To(Equal(67.0))
	})

	It("counts what was sent, lost and handled, at each level of detail, in every row", func() {
		for _, level := range []struct{ detail, has, lacks string }{{"actors", "actor_messages", "turns"}, {"arcs", "turns", "actor_messages"}} {
			s := load("steady", 30, 2, "setup_failure=0.1")
			s.Detail = level.detail
			r := run(s)
			for _, name := range []string{"frames_sent", "bytes_sent", "messages_lost", "server_signals", "events", level.has} {
				Expect(row(r, 0).Get(name)).To(BeNumerically(">", 0), "%s: %s", level.detail, name)
				Expect(r.Metrics.Get(name)).To(BeNumerically(">=", row(r, 0).Get(name)), "%s: %s", level.detail, name)
			}
			Expect(r.Metrics.Get("frames_sent")).To(BeNumerically(">", row(r, 1).Get("frames_sent")))
			Expect(math.IsNaN(r.Metrics.Get(level.lacks))).To(BeTrue(), level.lacks)
			Expect(r.Metrics.Get("events")).To(Equal(float64(r.Events)))
		}
	})

	It("that is cut short returns what was measured until then", func() {
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		r, err := scenario.Run(ctx, load("steady", 30, 8), scenario.RunOptions{Trace: true, Progress: func(p scenario.Progress) {
			if p.Cycle == 3 {
				cancel()
			}
		}})
		Expect(err).To(MatchError(context.Canceled))
		Expect(r.CutShort).To(BeTrue())
		Expect(r.Cycles).To(Equal(8))
		Expect(r.Series).To(HaveLen(4))
		Expect(r.Metrics.Get("alive")).To(Equal(30.0))
		Expect(r.TraceHash).NotTo(BeEmpty())
		text, err := json.Marshal(r)
		Expect(err).NotTo(HaveOccurred())
		Expect(string(text)).To(HaveSuffix(`,"cut_short":true}`))
	})

	It("that is cut short while peers enter returns those who have", func() {
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		r, err := scenario.Run(ctx, load("steady", 30, 8), scenario.RunOptions{Progress: func(p scenario.Progress) {
			if p.Alive == 10 {
				cancel()
			}
		}})
		Expect(err).To(MatchError(context.Canceled))
		Expect(r.Series).To(BeEmpty())
		Expect(r.Metrics.Get("alive")).To(Equal(10.0))
	})

	It("of more peers than there is memory for is refused with an estimate", func() {
		_, err := scenario.Run(context.Background(), load("steady", 1_000_000, 0), scenario.RunOptions{Memory: 1 << 30})
		var big *scenario.TooBig
		Expect(errors.As(err, &big)).To(BeTrue(), "%v", err)
		Expect(big.Needed).To(BeNumerically(">", 10<<30))
		Expect(big.Error()).To(MatchRegexp(`^1000000 peers take about \d+\.\d GB of memory, and 1\.1 GB are available: try at most \d+$`))
	})

	It("fails when a handler panics, and says how to see it again", func() {
		s := loadWith("crash", 20, 5, []string{"fraction=0.25", "latency=uniform 1ms 2ms"}, kind("panics", func() protocols.Handler {
			return handler(func(port protocols.Port, event any) {
				if _, ok := event.(messages.Received); ok && port.Now().Sub(start) > 400*time.Second {
					panic("seen enough")
				}
				chat(port, event, func() uint64 { return 1 })
			})
		}))
		_, err := scenario.Run(context.Background(), s, scenario.RunOptions{})
		var broken *scenario.Broken
		Expect(errors.As(err, &broken)).To(BeTrue(), "%v", err)
		Expect(broken.Error()).To(ContainSubstring("seen enough"))
		Expect(broken.Command).To(Equal(`n2n sim run crash --peers 20 --cycles 5 --seed 1 --detail actors --set fraction=0.25 --set 'latency=uniform 1ms 2ms'`))
		Expect(broken.Error()).To(HaveSuffix("\nreproduce it with: " + broken.Command))
	})
})

var _ = Describe("a result", func() {
	It("is one object with the keys that programs know, in their order", func() {
		text, err := json.Marshal(scenario.Result{
			Scenario: "s", Metrics: scenario.Metrics{{"alive", 2}, {"view_mean", 1.23456789}},
			Series: []scenario.Row{{Cycle: 1, VirtualSeconds: 30, Metrics: scenario.Metrics{{"alive", 2}}}},
		})
		Expect(err).NotTo(HaveOccurred())
		Expect(string(text)).To(Equal(`{"scenario":"s","seed":0,"peers":0,"cycles":0,"world":"","detail":"","workers":0,"virtual_seconds":0,"wall_seconds":0,` +
			`"events":0,"actor_messages":0,"peak_rss_mb":0,"trace_hash":"","metrics":{"alive":2,"view_mean":1.234568},` +
			`"series":[{"cycle":1,"virtual_seconds":30,"alive":2}]}`))
		var back scenario.Result
		Expect(json.Unmarshal(text, &back)).To(Succeed())
		Expect(back.Metrics.Get("view_mean")).To(Equal(1.234568))
		Expect(back.Series[0].Cycle).To(Equal(1))
		Expect(back.Series[0].Metrics).To(Equal(scenario.Metrics{{"alive", 2}}))
	})
})
