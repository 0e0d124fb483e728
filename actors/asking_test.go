//go:build !js

package actors_test

import (
	"context"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

var _ = Describe("a question to a protocol", func() {
	var (
		r      *room
		ctx    = context.Background()
		events []any
		late   func(protocols.Port)
	)
	BeforeEach(func() {
		events, late = nil, nil
		r = newRoom("a")
		r.join("a")
		r.spawn("a", scripted("p", &events, func(port protocols.Port, event any) {
			told, ok := event.(messages.Told)
			switch {
			case !ok:
			case told.Event == "now":
				Expect(protocols.Waits(told.From)).To(BeTrue())
				protocols.Answer(port, told.From, "at once")
				protocols.Answer(port, told.From, "again") // nobody hears that
			case told.Event == "panic":
				panic("p is asked to")
			case told.Event == "answer":
				late(port)
			default:
				late = func(port protocols.Port) { protocols.Answer(port, told.From, "late") }
			}
		}))
		r.spawn("a", scripted("q", new([]any), func(port protocols.Port, event any) {
			if told, ok := event.(messages.Told); ok && told.Event == "answer for p" {
				for n := range uint64(20) {
					port.Tell(protocols.AskerName(n), "forged")
				}
			}
		}))
	})

	It("is answered by its handler, at once or later", func() {
		Expect(r.peers["a"].Ask(ctx, "p", "now")).To(Equal("at once"))
		r.after(time.Second, func() { Expect(r.peers["a"].Tell("p", "answer")).To(Succeed()) })
		Expect(r.peers["a"].Ask(ctx, "p", "later")).To(Equal("late"))
	})

	It("is answered by no other protocol", func() {
		r.after(time.Second, func() { Expect(r.peers["a"].Tell("q", "answer for p")).To(Succeed()) })
		r.after(2*time.Second, func() { Expect(r.peers["a"].Tell("p", "answer")).To(Succeed()) })
		Expect(r.peers["a"].Ask(ctx, "p", "later")).To(Equal("late"))
	})

	It("ends by itself if there is no deadline", func() {
		r.after(time.Second, func() { r.run(3 * time.Minute) }) // calls wait for a minute only, here
		_, err := r.peers["a"].Ask(ctx, "p", "what nobody knows")
		Expect(err).To(MatchError(messages.ErrTimeout))
	})

	It("ends with the protocol, a panic of its handler, its peer and its context", func() {
		a := r.peers["a"]
		_, err := a.Ask(ctx, "p", "panic")
		Expect(err).To(MatchError(messages.ErrClosed))
		Expect(err).To(MatchError(ContainSubstring("panicked before it answered")))

		r.after(time.Second, func() { a.BeginRemove("p") })
		_, err = a.Ask(ctx, "p", "later")
		Expect(err).To(MatchError(messages.ErrClosed))
		Expect(err).To(MatchError(ContainSubstring(`"p" has ended`)))

		_, err = a.Ask(ctx, "p", "later")
		Expect(err).To(MatchError(messages.ErrNoProtocol))

		ending, cancel := context.WithCancel(ctx)
		defer cancel()
		r.after(time.Second, cancel)
		_, err = a.Ask(ending, "q", "later")
		Expect(err).To(MatchError(context.Canceled))

		r.after(time.Second, a.Crash)
		_, err = a.Ask(ctx, "q", "later")
		Expect(err).To(MatchError(messages.ErrClosed))
	})
})
