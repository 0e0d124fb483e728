//go:build !js

package actors_test

import (
	"fmt"

	. "github.com/onsi/gomega"
	"google.golang.org/protobuf/proto"

	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/messages"
)

var badSignals = []badMessage{
	{
		fields: "Signal.from", what: "an offer in the name of the victim",
		send:   signaled(func(t *trial) *messages.Signal { return t.signal(5, offer("x", "lab", 1), t.victim, t.victim) }),
		counts: sums{"signals_false": 1},
	},
	{
		fields: "Signal.from", what: "an offer in the name of another neighbour",
		send:   signaled(func(t *trial) *messages.Signal { return t.signal(5, offer("x", "lab", 1), t.larger, t.victim) }),
		counts: sums{"signals_false": 1},
	},
	{
		fields: "Signal.to", what: "an offer for somebody else, without a way",
		send:   signaled(func(t *trial) *messages.Signal { return t.signal(5, offer("x", "lab", 1), t.smaller, t.friend) }),
		counts: sums{"signals_false": 1},
	},
	{
		fields: "Signal.to", what: "an offer that is to come back to its maker",
		send: signaled(func(t *trial) *messages.Signal {
			return t.signal(5, offer("x", "lab", 1), t.smaller, t.victim, t.smaller)
		}),
		counts: sums{"signals_false": 1},
	},
	{
		fields: "Signal.to", what: "an offer for one that is no neighbour",
		send: signaled(func(t *trial) *messages.Signal {
			return t.signal(5, offer("x", "lab", 1), t.smaller, t.victim, t.stranger)
		}),
		counts: sums{"signals_refused": 1}, replies: answers{"Signal": 1},
	},
	{
		fields: "Signal.route", what: "an offer that did not come the way it says",
		send: signaled(func(t *trial) *messages.Signal {
			return t.signal(5, offer("x", "lab", 1), t.smaller, t.larger, t.victim)
		}),
		counts: sums{"signals_false": 1},
	},
	{
		fields: "Signal.route", what: "an offer that goes round in circles",
		send: signaled(func(t *trial) *messages.Signal {
			return t.signal(5, offer("x", "lab", 1), t.smaller, t.victim, t.larger, t.victim)
		}),
		counts: sums{"signals_false": 1},
	},
	{
		fields: "Signal.job", what: "the same offer to be relayed twice",
		send: twice(func(t *trial) *messages.Signal {
			return t.signal(0, offer("forged", "lab", 1), t.smaller, t.victim, t.friend)
		}),
		counts: sums{"neighbour_signals": 1, "signals_refused": 2}, replies: answers{"Signal": 3},
	},
	{
		fields: "Signal.offer Offer.incarnation", what: "an offer for a connection that lives",
		send: signaled(func(t *trial) *messages.Signal {
			return t.signal(5, offer("x", "lab", t.snapshot(t.smaller).Incarnation), t.smaller, t.victim)
		}),
		counts: sums{"offers_refused": 1}, // told through the rendezvous: it names no relay
	},
	{
		fields: "Offer.incarnation Offer.sdp", what: "an offer of another incarnation that leads nowhere",
		send:   signaled(func(t *trial) *messages.Signal { return t.signal(5, offer("forged", "lab", 77), t.smaller, t.victim) }),
		counts: sums{"attempts_failed": 1},
	},
	{
		fields: "Signal.from Offer.sdp", what: "an offer in the name of a stranger",
		send: signaled(func(t *trial) *messages.Signal {
			return t.signal(5, offer("forged", "lab", 77), t.stranger, t.smaller, t.victim)
		}),
		counts: sums{"attempts_failed": 1},
	},
	{
		fields: "Offer.protocol", what: "an offer for a protocol that does not run here",
		send: signaled(func(t *trial) *messages.Signal {
			return t.signal(5, offer("x", "none", 1), t.stranger, t.smaller, t.victim)
		}),
		counts: sums{"offers_refused": 1}, replies: answers{"Signal": 1},
	},
	{
		fields: "Signal.answer Signal.job Answer.sdp Answer.incarnation", what: "answers to no offer",
		send: func(t *trial) []proto.Message {
			return []proto.Message{
				t.signal(5, answer("answer 0"), t.smaller, t.victim), t.signal(0, answer("x"), t.smaller, t.victim),
				t.signal(5, answer("answer 0"), t.stranger, t.smaller, t.victim),
			}
		},
		counts: sums{"answers_late": 3},
	},
	{
		fields: "Signal.refusal Signal.job Refusal.reason", what: "refusals of no offer",
		send: func(t *trial) []proto.Message {
			return []proto.Message{t.signal(5, refusal(99), t.smaller, t.victim), t.signal(0, refusal(0), t.smaller, t.victim)}
		},
		counts: sums{"answers_late": 2},
	},
	{
		fields: "Signal.answer Signal.refusal", what: "an answer and a refusal to be relayed that belong to no offer",
		send: func(t *trial) []proto.Message {
			return []proto.Message{
				t.signal(5, answer("x"), t.smaller, t.victim, t.larger), t.signal(5, refusal(1), t.smaller, t.victim, t.larger),
			}
		},
		counts: sums{"signals_late": 2},
	},
	{
		fields: "Signal.from", what: "an answer by one that was not offered", prepare: relaying, wait: moment,
		send:   signaled(func(t *trial) *messages.Signal { return t.signal(5, answer("x"), t.smaller, t.victim, t.larger) }),
		counts: sums{"signals_late": 1},
	},
	{
		fields: "Signal.from", what: "an answer in the name of the one that was offered", prepare: relaying, wait: moment,
		send:   signaled(func(t *trial) *messages.Signal { return t.signal(5, answer("x"), t.friend, t.victim, t.larger) }),
		counts: sums{"signals_false": 1},
	},
	{
		fields: "Signal.from Signal.route", what: "an answer by a relay in its own name", prepare: dialling, wait: moment,
		send:   signaled(func(t *trial) *messages.Signal { return t.signal(t.jobs["Signal"], answer("x"), t.smaller, t.victim) }),
		counts: sums{"answers_late": 1},
	},
	{
		fields: "Signal.from Signal.job", what: "an answer by a relay that was not asked", prepare: dialling, wait: moment, larger: true,
		send: signaled(func(t *trial) *messages.Signal {
			return t.signal(t.jobs["Signal"], answer("x"), t.stranger, t.larger, t.victim)
		}),
		counts: sums{"answers_late": 1},
	},
	{
		fields: "Signal.from Signal.job", what: "a refusal by a relay that was not asked", prepare: dialling, wait: moment, larger: true,
		send:   signaled(func(t *trial) *messages.Signal { return t.signal(t.jobs["Signal"], refusal(1), t.larger, t.victim) }),
		counts: sums{"answers_late": 1},
	},
	{
		fields: "Signal.answer", what: "an answer and a refusal behind the answer", wait: moment,
		prepare: func(t *trial) {
			dialling(t)
			dial := t.conns[len(t.conns)-1]
			mute := t.conn(t.smaller, t.victim).transport.Connect(t.victimID(), func(actors.ConnEvent) {}).(*memoryConn)
			mute.Answer(fmt.Sprintf("offer %d", dial.number))
			t.jobs["mute"] = uint64(mute.number)
		},
		send: func(t *trial) []proto.Message {
			job, way := t.jobs["Signal"], []string{t.stranger, t.smaller, t.victim}
			return []proto.Message{
				t.signal(job, answer(fmt.Sprintf("answer %d", t.jobs["mute"])), way...),
				t.signal(job, answer("answer 0"), way...), t.signal(job, refusal(1), way...),
			}
		},
		counts: sums{"connections_opened": 1, "answers_late": 2}, replies: answers{"Hello": 1},
	},
	{
		fields: "Introduction.to", what: "an introduction to the victim itself",
		send: func(t *trial) []proto.Message {
			return []proto.Message{&messages.Introduction{Job: 5, Protocol: "lab", To: t.victimID().Bytes()}}
		},
		counts: sums{"introductions_refused": 1}, replies: answers{"Outcome": 1},
	},
	{
		fields: "Introduction.to", what: "an introduction to one that the introducer does not know",
		send: func(t *trial) []proto.Message {
			return []proto.Message{&messages.Introduction{Job: 5, Protocol: "lab", To: t.id(t.stranger).Bytes()}}
		},
		counts:  sums{"attempts_failed": 1, "dials": 1, "introductions_refused": 1},
		replies: answers{"Signal": 1, "Outcome": 1},
	},
	{
		fields: "Introduction.job", what: "an introduction that is under way", wait: moment,
		prepare: func(t *trial) {
			t.swallow = "Signal"
			t.inject(t.smaller, t.victim, 0, control(&messages.Introduction{Job: 5, Protocol: "lab", To: t.id(t.stranger).Bytes()}))
			t.run(moment)
			Expect(t.snapshot(t.victim).Held["served"]).To(Equal(1))
		},
		send: func(t *trial) []proto.Message {
			return []proto.Message{&messages.Introduction{Job: 5, Protocol: "lab", To: t.id(t.stranger).Bytes()}}
		},
		counts: sums{"introductions_refused": 1}, replies: answers{"Outcome": 1},
	},
	{
		fields: "Introduction.protocol", what: "introductions for a protocol that does not run here, and for one that takes none",
		send: func(t *trial) []proto.Message {
			to := t.id(t.friend).Bytes()
			return []proto.Message{&messages.Introduction{Job: 5, Protocol: "none", To: to}, &messages.Introduction{Job: 6, Protocol: "refuser", To: to}}
		},
		counts: sums{"introductions_refused": 2}, replies: answers{"Outcome": 2},
	},
	{
		fields: "Outcome.job Outcome.reason", what: "the outcomes of jobs that nobody gave",
		send:   one(&messages.Outcome{}, &messages.Outcome{Job: 5}, &messages.Outcome{Job: 6, Reason: 99}),
		counts: sums{"outcomes_late": 3},
	},
	{
		fields: "Outcome.job", what: "the outcome of a job that another was given", prepare: introducing, wait: moment,
		send:   func(t *trial) []proto.Message { return []proto.Message{&messages.Outcome{Job: t.jobs["Introduction"]}} },
		counts: sums{"outcomes_late": 1},
	},
	{
		fields: "Outcome.job", what: "an outcome twice", larger: true,
		prepare: func(t *trial) {
			introducing(t)
			t.inject(t.larger, t.victim, 0, control(&messages.Outcome{Job: t.jobs["Introduction"], Reason: 1}))
			t.run(moment)
		},
		send:   func(t *trial) []proto.Message { return []proto.Message{&messages.Outcome{Job: t.jobs["Introduction"]}} },
		counts: sums{"outcomes_late": 1},
	},
	{
		fields: "Signal.offer", what: "an offer to be relayed over the limit", prepare: relaying, wait: moment,
		limit: func(c *actors.Config) { c.MaxRelays = 1 },
		send: signaled(func(t *trial) *messages.Signal {
			return t.signal(6, offer("x", "lab", 1), t.smaller, t.victim, t.friend)
		}),
		counts: sums{"signals_refused": 1}, replies: answers{"Signal": 1},
	},
	{
		fields: "Signal.offer", what: "an offer over the limit of attempts", prepare: dialling, wait: moment,
		limit: func(c *actors.Config) { c.MaxHalfOpen = 1 },
		send: func(t *trial) []proto.Message {
			s := t.signal(6, offer("x", "lab", 1), t.stranger, t.smaller, t.victim)
			s.From = stranger(1).Bytes()
			return []proto.Message{s}
		},
		counts: sums{"offers_refused": 1, "connections_refused_full": 1}, replies: answers{"Signal": 1},
	},
	{
		fields: "Introduction.job", what: "introductions over the limit", wait: moment,
		limit: func(c *actors.Config) { c.MaxRelays = 1 },
		prepare: func(t *trial) {
			t.swallow = "Signal"
			t.inject(t.larger, t.victim, 0, control(&messages.Introduction{Job: 5, Protocol: "lab", To: t.id(t.stranger).Bytes()}))
			t.run(moment)
		},
		send: func(t *trial) []proto.Message {
			return []proto.Message{&messages.Introduction{Job: 5, Protocol: "lab", To: t.id(t.stranger).Bytes()}}
		},
		counts: sums{"introductions_refused": 1}, replies: answers{"Outcome": 1},
	},
	{
		fields: "Signal.offer Introduction.job", what: "signals and introductions over the rate",
		limit:   func(c *actors.Config) { c.SignalRate, c.SignalBurst = 1e-9, 1 },
		prepare: earlier(func(*trial) proto.Message { return &messages.Outcome{Job: 5} }),
		send: func(t *trial) []proto.Message {
			return []proto.Message{
				t.signal(5, offer("x", "lab", 1), t.stranger, t.smaller, t.victim),
				t.signal(6, offer("x", "lab", 1), t.smaller, t.victim, t.friend),
				&messages.Introduction{Job: 7, Protocol: "lab", To: t.id(t.friend).Bytes()},
			}
		},
		counts: sums{"signals_refused": 2, "introductions_refused": 1}, replies: answers{"Signal": 2, "Outcome": 1},
	},
}
