//go:build !js

package wrtc_test

import (
	"sync"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"google.golang.org/protobuf/proto"

	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
	"github.com/n2n-overlay/n2n/wrtc"
)

// middleman sits between two peers. It answers the offer of one peer with its own
// answer and makes its own offer to the other. It passes on every envelope, with
// Hello and Proof, and hopes to read all of them.
type middleman struct {
	t        tester
	own      *wrtc.Transport
	near     *end   // to the peer that offered
	far      *end   // to the peer that answers
	answer   string // of near
	mu       sync.Mutex
	open     map[*end]bool
	waiting  map[*end][]messages.Envelope
	hellos   int
	payloads int
}

func newMiddleman(t tester) *middleman {
	m := &middleman{t: t, own: newTransport(t, loopback(t)), open: map[*end]bool{}, waiting: map[*end][]messages.Envelope{}}
	m.near, m.far = connect(t, m.own), connect(t, m.own)
	m.bridge(m.near, m.far)
	m.bridge(m.far, m.near)
	return m
}

// bridge passes messages from one end to the other, when that is open.
func (m *middleman) bridge(from, to *end) {
	from.mu.Lock()
	defer from.mu.Unlock()
	from.hook = func(event actors.ConnEvent) {
		m.mu.Lock()
		defer m.mu.Unlock()
		switch e := event.(type) {
		case actors.ConnOpened:
			m.open[from] = true
			for _, envelope := range m.waiting[from] {
				_ = from.Send(protocols.Ordered, envelope)
			}
		case actors.ConnReceived:
			for _, envelope := range e.Envelopes {
				switch envelope.Message.(type) {
				case *messages.Hello:
					m.hellos++
				case nil:
					m.payloads++
				}
				if m.open[to] {
					_ = to.Send(protocols.Ordered, envelope)
				} else {
					m.waiting[to] = append(m.waiting[to], envelope)
				}
			}
		case actors.ConnClosed:
			go to.Close(false)
		}
	}
}

// swap puts the middleman's own session description into a signal.
func (m *middleman) swap(signal *messages.Signal) *messages.Signal {
	s := proto.Clone(signal).(*messages.Signal)
	switch body := s.GetBody().(type) {
	case *messages.Signal_Offer:
		m.near.Answer(body.Offer.GetSdp())
		m.answer = await[actors.ConnSignal](m.near).SDP
		m.far.Offer()
		body.Offer.Sdp = await[actors.ConnSignal](m.far).SDP
	case *messages.Signal_Answer:
		m.far.Accept(body.Answer.GetSdp())
		body.Answer.Sdp = m.answer
	}
	return s
}

// swappingTransport is the transport of a neighbor that swaps the signals that it
// relays.
type swappingTransport struct {
	actors.Transport
	*middleman
}

func (t swappingTransport) Connect(remote messages.PeerID, events func(actors.ConnEvent)) actors.Conn {
	return swappingConn{t.Transport.Connect(remote, events), t.middleman}
}

func (t swappingTransport) Close() { t.Transport.Close() }

type swappingConn struct {
	actors.Conn
	*middleman
}

func (c swappingConn) Send(class protocols.Delivery, envelope messages.Envelope) error {
	signal, ok := envelope.Message.(*messages.Signal)
	if !ok {
		return c.Conn.Send(class, envelope)
	}
	go func() { _ = c.Conn.Send(class, messages.Envelope{Message: c.swap(signal)}) }()
	return nil
}

// swappingService is a signaling server that swaps the signals that it passes on.
type swappingService struct {
	actors.Rendezvous
	*middleman
}

func (s swappingService) Signal(signal *messages.Signal) {
	go func() { s.Rendezvous.Signal(s.swap(signal)) }()
}

func (s swappingService) Enter(room string, events func(any)) {
	s.Rendezvous.Enter(room, func(event any) {
		if signal, ok := event.(*messages.Signal); ok {
			go func() { events(s.swap(signal)) }()
			return
		}
		events(event)
	})
}

var _ = Describe("somebody in the middle", func() {
	// refused asserts that the connection was made with the middleman and then
	// ended.
	refused := func(m *middleman, outcome any, a, c *node) {
		failed, ok := outcome.(messages.Failed)
		Expect(ok).To(BeTrue(), "%+v", outcome)
		Expect(failed.Op).To(BeElementOf(messages.OpOpen, messages.OpIntroduce))
		a.send(c, "secret")
		c.send(a, "secret")
		Eventually(func() float64 {
			return a.counter("connections_violated") + c.counter("connections_violated")
		}, patience, 10*time.Millisecond).Should(BeNumerically(">=", 1))
		for _, n := range []*node{a, c} {
			n.mu.Lock()
			for _, e := range n.events {
				Expect(e).NotTo(BeAssignableToTypeOf(messages.Received{}))
				Expect(e).NotTo(Or(
					Equal(messages.ArcOpened{Peer: c.ID(), Dir: messages.Out}), Equal(messages.ArcOpened{Peer: a.ID(), Dir: messages.In})))
			}
			n.mu.Unlock()
		}
		m.mu.Lock()
		defer m.mu.Unlock()
		Expect(m.hellos).To(BeNumerically(">=", 1), "the middleman was not in the middle")
		Expect(m.payloads).To(BeZero())
	}

	It("is refused when a neighbour swaps the descriptions", func() {
		t := GinkgoTB()
		r, m := loopbackRoom(t), newMiddleman(t)
		a, c := r.start(loopback(t)), r.start(loopback(t))
		b := r.start(loopback(t), func(w *actors.World) { w.Transport = swappingTransport{w.Transport, m} })
		for _, n := range []*node{a, b, c} {
			n.join()
		}
		a.mustOpen(b)
		b.mustOpen(c)
		refused(m, b.introduce(a, c), a, c)
	})

	It("is refused when the signaling server swaps them", func() {
		t := GinkgoTB()
		r, m := loopbackRoom(t), newMiddleman(t)
		c := r.start(loopback(t))
		a := r.start(loopback(t), func(w *actors.World) { w.Rendezvous = swappingService{w.Rendezvous, m} })
		c.join()
		a.join()
		refused(m, a.open(c), a, c)
	})
})
