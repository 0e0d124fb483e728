//go:build !js

package wrtc_test

import (
	"bytes"
	"context"
	"sync/atomic"

	"github.com/asynkron/protoactor-go/actor"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

// handler is a function as a protocols.Handler.
type handler func(protocols.Port, any)

func (h handler) Handle(port protocols.Port, event any) { h(port, event) }

var _ = Describe("the actors of a peer over WebRTC", func() {
	var (
		r    *room
		a, b *node
	)
	BeforeEach(func() {
		r = loopbackRoom(GinkgoTB())
		a, b = r.start(loopback(GinkgoTB())), r.start(loopback(GinkgoTB()))
		a.join()
		b.join()
		a.mustOpen(b)
	})

	spawn := func(n *node, h handler) *actor.PID {
		pid, err := n.Spawn(context.Background(), protocols.Protocol{
			Name: "p", Message: &wrapperspb.BytesValue{}, New: func() protocols.Handler { return h },
		})
		Expect(err).NotTo(HaveOccurred())
		return pid
	}

	It("have their turn beside one that sends to itself without end", func() {
		var over atomic.Bool
		var turns atomic.Int64
		var self *actor.PID
		self = spawn(b, func(_ protocols.Port, event any) {
			if event == "again" && !over.Load() {
				turns.Add(1)
				r.system.Root.Send(self, event)
			}
		})
		DeferCleanup(func() { over.Store(true) })
		r.system.Root.Send(self, "again")
		a.send(b, "hello")
		Expect(b.waitText(a)).To(Equal("hello"))
		b.send(a, "and back")
		Expect(a.waitText(b)).To(Equal("and back"))
		before := turns.Load()
		Expect(b.counter("messages_received")).To(Equal(1.0)) // the neighborhood answers
		Eventually(turns.Load, patience).Should(BeNumerically(">", before))
	})

	It("are made anew after a panic, and get what was sent to them meanwhile, in order", func() {
		type ask struct{ n int }
		restarts, got := make(chan bool, 16), make(chan int, 16)
		self := spawn(b, func(_ protocols.Port, event any) {
			switch e := event.(type) {
			case messages.Started:
				restarts <- e.Restarted
			case ask:
				if e.n == 2 {
					panic("boom")
				}
				got <- e.n
			}
		})
		for n := range 6 {
			r.system.Root.Send(self, ask{n})
		}
		for _, restarted := range []bool{false, true} {
			Eventually(restarts, patience).Should(Receive(Equal(restarted)))
		}
		for _, n := range []int{0, 1, 3, 4, 5} {
			Eventually(got, patience).Should(Receive(Equal(n)))
		}
		a.send(b, "hello") // neither the peer nor its connection has ended
		Expect(b.waitText(a)).To(Equal("hello"))
	})

	It("keep what they received as it was, while more comes", func() {
		const count = 200
		fill := func(i int) []byte { // of one frame each, or several in one
			sizes := []int{16_000, 1000, 9000, 10, 40_000}
			return bytes.Repeat([]byte{byte(i)}, sizes[i%len(sizes)])
		}
		var over atomic.Bool
		var self *actor.PID
		got := make(chan *wrapperspb.BytesValue, count)
		self = spawn(b, func(_ protocols.Port, event any) {
			switch e := event.(type) {
			case messages.Received:
				got <- e.Message.(*wrapperspb.BytesValue)
			case int: // this keeps the line long: the channel is read while earlier messages wait
				if !over.Load() {
					r.system.Root.Send(self, e)
				}
			}
		})
		DeferCleanup(func() { over.Store(true) })
		sender := spawn(a, func(protocols.Port, any) {})
		Eventually(func() error { return a.Open(context.Background(), "p", b.ID()) }, patience).Should(Succeed()) // both know that the other runs p
		for i := range 50 {
			r.system.Root.Send(self, i)
		}
		for i := range count {
			r.system.Root.Send(sender, messages.Send{To: b.ID(), Message: wrapperspb.Bytes(fill(i))})
		}
		Eventually(func() int { return len(got) }, patience).Should(Equal(count))
		for i := range count {
			Expect(bytes.Equal((<-got).GetValue(), fill(i))).To(BeTrue(), "message %d", i)
		}
	})
})
