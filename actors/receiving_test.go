//go:build !js

package actors_test

import (
	"context"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/protocols"
)

// teller emits what it is told to.
type teller struct{}

func (teller) Handle(port protocols.Port, event any) {
	if numbers, ok := event.([]any); ok {
		for _, n := range numbers {
			port.Emit(n)
		}
	}
}

var _ = Describe("events of one type", func() {
	var (
		r    *room
		ctx  = context.Background()
		peer *actors.Peer
	)
	BeforeEach(func() {
		r = newRoom("a")
		peer = r.peers["a"].Peer
	})
	emit := func(numbers ...any) {
		pid := r.spawn("a", protocols.Protocol{Name: "teller", New: func() protocols.Handler { return teller{} }})
		r.after(time.Second, func() { r.system.Root.Send(pid, numbers) })
	}

	It("come to those who wait for them, until they cancel", func() {
		var got []int
		cancel := actors.On(peer, "teller", func(n int) { got = append(got, n) })
		emit(1, "two", 3)
		r.run(2 * time.Second)
		cancel()
		Expect(peer.Remove(ctx, "teller")).To(Succeed())
		emit(4)
		r.run(2 * time.Second)
		Expect(got).To(Equal([]int{1, 3}))
	})

	It("come to nobody if nobody is named", func() {
		actors.On[int](peer, "teller", nil)()
		peer.Subscribe("teller", nil)()
		emit(1)
		r.run(2 * time.Second)
		Expect(r.alive("a")).To(BeTrue())
	})

	It("are iterated over, and those that found no room are counted", func() {
		emit(1, "two", 3, 4, 5)
		got := map[int]int{}
		for n, dropped := range actors.Events[int](ctx, peer, "teller", 2) {
			got[n] = dropped
			if n == 5 {
				Expect(peer.Remove(ctx, "teller")).To(Succeed())
				emit(6)
			}
			if n == 6 {
				break
			}
		}
		Expect(got).To(Equal(map[int]int{4: 2, 5: 0, 6: 0}))
	})

	It("are kept for a loop that begins later", func() {
		kept := actors.Keep[int](peer, "teller", 2)
		emit(1, 2, 3)
		r.run(2 * time.Second)
		got := map[int]int{}
		for n, dropped := range kept.All(ctx) {
			got[n] = dropped
			if n == 3 {
				break
			}
		}
		Expect(got).To(Equal(map[int]int{2: 1, 3: 0}))
	})

	It("end with the context", func() {
		emit(1, 2)
		ending, cancel := context.WithCancel(ctx)
		defer cancel()
		var got []int
		for n := range actors.Events[int](ending, peer, "teller", 2) {
			got = append(got, n)
			cancel()
		}
		Expect(got).To(Equal([]int{1}))
	})

	It("end with the peer, once all that came are told", func() {
		emit(1, 2, 3)
		var got []int
		for n := range actors.Events[int](ctx, peer, "teller", 3) {
			got = append(got, n)
			peer.Crash()
			r.run(time.Second)
		}
		Expect(got).To(Equal([]int{1, 2, 3}))
	})

	It("are not waited for in a handler", func() {
		r.spawn("a", scripted("p", new([]any), func(protocols.Port, any) {
			for range actors.Events[int](ctx, peer, "p", 1) {
				Fail("an event")
			}
		}))
	})
})
