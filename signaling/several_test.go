//go:build !js

package signaling_test

import (
	"context"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/types"

	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/signaling/client"
	"github.com/n2n-overlay/n2n/signaling/hall"
	"github.com/n2n-overlay/n2n/signaling/server"
	"github.com/n2n-overlay/n2n/signaling/several"
)

var (
	_ actors.Rendezvous = (*several.Several)(nil)
	_ actors.Rendezvous = (*hall.Link)(nil)
)

// joined makes a peer with these services.
func joined(name string, services ...several.Service) *guest {
	GinkgoHelper()
	s, err := several.New(several.Config{Services: services, ContactWait: patience, Logger: quiet})
	Expect(err).NotTo(HaveOccurred())
	return guestOf(name, s)
}

// client makes a peer's link to a server that listens in memory.
func (s *service) client(name string) *client.Client {
	GinkgoHelper()
	return clientOf(name, client.Config{URL: "ws://signaling", HTTPClient: s.pipe.HTTPClient()})
}

func clientOf(name string, config client.Config) *client.Client {
	GinkgoHelper()
	config.Identity, config.Logger = identityOf(name), quiet
	config.BackoffMin, config.BackoffMax = time.Millisecond, 10*time.Millisecond
	c, err := client.New(config)
	Expect(err).NotTo(HaveOccurred())
	return c
}

// has waits until a server has so many members.
func (s *service) has(members int) {
	GinkgoHelper()
	Eventually(s.Stats).WithTimeout(patience).Should(HaveField("Members", members))
}

// meets expects that a signal arrives, and then its answer.
func meets(a, b *guest, from, to string, job uint64) {
	GinkgoHelper()
	a.Signal(offer(from, to, job))
	Expect(next[*messages.Signal](b)).To(BeComparableTo(offer(from, to, job), protoEqual))
	b.Signal(answer(to, from, job))
	Expect(next[*messages.Signal](a)).To(BeComparableTo(answer(to, from, job), protoEqual))
}

// reaches is meets for links that the server knows before the peer does, or that the
// peer still counts on when they are gone. It tries again after each Gone.
func reaches(a, b *guest, from, to string) {
	GinkgoHelper()
	for job := uint64(1000); ; job++ {
		a.Signal(offer(from, to, job))
		select {
		case event := <-a.events:
			Expect(event).To(BeAssignableToTypeOf(&messages.Gone{}))
		case event := <-b.events:
			// A signal with a Gone can still have arrived, if the link for its
			// answer was lost after that.
			came := event.(*messages.Signal).GetJob()
			Expect(event).To(BeComparableTo(offer(from, to, came), protoEqual))
			b.Signal(answer(to, from, came))
			until(a, BeComparableTo(answer(to, from, came), protoEqual))
			return
		case <-time.After(patience):
			Fail("neither arrived nor gone")
		}
	}
}

// greetings counts jobs that are used only once, because a repeated signal is
// dropped.
var greetings atomic.Uint64

// greet returns when a peer is linked to a service. A peer that is linked to the
// service tests that with a signal.
func greet(g *guest, name string, service several.Service) {
	GinkgoHelper()
	usher := guestOf("usher", service).enter("room")
	greeting := offer("usher", name, greetings.Add(1))
	usher.Signal(greeting)
	until(g, BeComparableTo(greeting, protoEqual))
	usher.Leave()
	Expect(usher.lost()).To(Succeed())
}

// undisturbed expects that the services told a peer only about signals.
func undisturbed(g *guest) {
	GinkgoHelper()
	for len(g.events) > 0 {
		Expect(<-g.events).To(Or(BeAssignableToTypeOf(&messages.Gone{}), BeAssignableToTypeOf(&messages.Signal{})))
	}
}

// until drops events up to the first one that fits.
func until(g *guest, fits types.GomegaMatcher) {
	GinkgoHelper()
	Eventually(func() any {
		select {
		case event := <-g.events:
			return event
		default:
			return nil
		}
	}).WithTimeout(patience).Should(fits)
}

func answer(from, to string, job uint64) *messages.Signal {
	return &messages.Signal{
		Job: job, From: idOf(from).Bytes(), To: idOf(to).Bytes(),
		Body: &messages.Signal_Answer{Answer: &messages.Answer{Sdp: "v=0"}},
	}
}

var _ = Describe("Several services", func() {
	DescribeTable("are not made of", func(config several.Config, text string) {
		_, err := several.New(config)
		Expect(err).To(MatchError(ContainSubstring(text)))
	},
		Entry("none", several.Config{}, "0 services, must have 1 to 16"),
		Entry("too many", several.Config{Services: make([]several.Service, 17)}, "17 services"),
		Entry("nil", several.Config{Services: make([]several.Service, 1)}, "nil"),
		Entry("a negative wait", several.Config{Services: []several.Service{&fake{}}, ContactWait: -1}, "ContactWait"),
		Entry("a negative queue", several.Config{Services: []several.Service{&fake{}}, Queue: -1}, "Queue"),
	)

	Describe("of which two are servers", func() {
		var one, two *service
		BeforeEach(func() { one, two = serve(server.Config{}), serve(server.Config{}) })

		It("let a peer in that is linked to both, and out again", func() {
			a := joined("a", one.client("a"), two.client("a")).enter("room")
			one.has(1)
			two.has(1)
			a.Leave()
			a.Leave()
			Expect(a.lost()).To(Succeed())
			one.has(0)
			two.has(0)
			a.enter("room").Leave()
			Expect(a.lost()).To(Succeed())
			Expect(a.events).To(BeEmpty())
		})

		It("connect who shares one of them, and say of others that they are unknown", func() {
			a := joined("a", one.client("a")).enter("room")
			b := joined("b", two.client("b")).enter("room")
			c := joined("c", one.client("c"), two.client("c")).enter("room")
			one.has(2)
			two.has(2)
			meets(a, c, "a", "c", 1)
			meets(c, a, "c", "a", 2)
			meets(b, c, "b", "c", 3)
			meets(c, b, "c", "b", 4)
			a.Signal(offer("a", "b", 5))
			Expect(next[*messages.Gone](a)).To(gone("b", 5))
			c.Signal(offer("c", "nobody", 6))
			Expect(next[*messages.Gone](c)).To(gone("nobody", 6))
			for _, g := range []*guest{a, b, c} {
				Expect(g.events).To(BeEmpty())
			}
		})

		It("merge their contacts, each once", func() {
			a := joined("a", one.client("a")).enter("room")
			b := joined("b", two.client("b")).enter("room")
			c := joined("c", one.client("c"), two.client("c")).enter("room")
			d := joined("d", one.client("d"), two.client("d")).enter("room")
			one.has(3)
			two.has(3)
			Expect(d.contacts(64)).To(HaveLen(3))
			Expect(d.contacts(64)).To(ContainElements([]messages.PeerID{a.id, b.id, c.id}))
			Expect(d.contacts(2)).To(HaveLen(2))
			Expect(c.contacts(1)).To(HaveLen(1))
		})

		It("go on when one of them goes, and use it when it is back", func() {
			a := joined("a", one.client("a"), two.client("a")).enter("room")
			b := joined("b", one.client("b"), two.client("b")).enter("room")
			one.has(2)
			two.has(2)
			greet(a, "a", two.client("usher"))
			greet(b, "b", two.client("usher"))
			one.stop()
			Eventually(one.stopped).WithTimeout(patience).Should(Receive(Succeed()))
			one.stopped <- nil
			reaches(a, b, "a", "b")
			b.Contacts(7, 1)
			until(b, BeComparableTo(&messages.ContactList{Request: 7, Peers: [][]byte{a.id.Bytes()}}, protoEqual))
			// Neither has heard of the loss yet, so there is a link.
			undisturbed(a)
			undisturbed(b)
		})

		It("let in through one when the room at the other is full", func() {
			full := serve(server.Config{MaxMembers: 1})
			full.peer("first").enter("room")
			b := joined("b", two.client("b")).enter("room")
			a := joined("a", full.client("a"), two.client("a")).enter("room")
			meets(a, b, "a", "b", 1)
			Expect(a.contacts(1)).To(Equal([]messages.PeerID{b.id}))
		})

		It("stay with the others when a newer link of the peer ends one for good", func() {
			a := joined("a", one.client("a"), two.client("a")).enter("room")
			b := joined("b", two.client("b")).enter("room")
			one.has(1)
			two.has(2)
			greet(a, "a", two.client("usher"))
			one.raw("a").enter("room")
			reaches(a, b, "a", "b")
			undisturbed(a)
			two.raw("a").enter("room")
			Expect(a.lost()).To(And(MatchError(messages.ErrDuplicate), MatchError(ContainSubstring("have ended"))))
		})
	})

	Describe("of which servers die", func() {
		// This server keeps its address.
		type station struct {
			*service
			address string
			kill    func()
		}
		start := func(s *station) {
			GinkgoHelper()
			var listener net.Listener
			var err error
			Eventually(func() error {
				listener, err = server.Listen(context.Background(), s.address)
				return err
			}).WithTimeout(patience).Should(Succeed())
			s.address = listener.Addr().String()
			rooms, err := server.New(server.Config{Logger: quiet})
			Expect(err).NotTo(HaveOccurred())
			s.service = &service{Server: rooms}
			ctx, cancel := context.WithCancel(context.Background())
			done := make(chan error, 1)
			go func() { done <- rooms.Serve(ctx, listener) }()
			s.kill = sync.OnceFunc(func() {
				cancel()
				Expect(<-done).To(Succeed())
			})
		}
		open := func() *station {
			GinkgoHelper()
			s := &station{address: "127.0.0.1:0"}
			start(s)
			DeferCleanup(func() { s.kill() })
			return s
		}
		var one, two *station
		enter := func(name string) *guest {
			GinkgoHelper()
			return joined(name,
				clientOf(name, client.Config{URL: "ws://" + one.address}),
				clientOf(name, client.Config{URL: "ws://" + two.address}))
		}
		known := func(s *station, a, b *guest) {
			GinkgoHelper()
			greet(a, "a", clientOf("usher", client.Config{URL: "ws://" + s.address}))
			greet(b, "b", clientOf("usher", client.Config{URL: "ws://" + s.address}))
		}
		BeforeEach(func() { one, two = open(), open() })

		It("lead to each other through either, as these come and go", func() {
			a, b := enter("a").enter("room"), enter("b").enter("room")
			one.has(2)
			two.has(2)
			known(two, a, b)
			one.kill()
			reaches(a, b, "a", "b")
			start(one)
			one.has(2)
			known(one, a, b)
			two.kill()
			reaches(b, a, "b", "a")
			undisturbed(a)
			undisturbed(b)
		})

		It("let in through the other while one is down, and through it when it comes", func() {
			one.kill()
			a, b := enter("a").enter("room"), enter("b").enter("room")
			meets(a, b, "a", "b", 1)
			start(one)
			one.has(2)
		})

		It("say at once that nobody is known while all are down, and are back with the first", func() {
			a, b := enter("a").enter("room"), enter("b").enter("room")
			one.has(2)
			two.has(2)
			one.kill()
			two.kill()
			Eventually(func() int {
				a.Signal(offer("a", "b", 1))
				return len(a.events)
			}).WithTimeout(patience).Should(BeNumerically(">", 0))
			a.Signal(offer("a", "b", 2))
			until(a, gone("b", 2))
			a.Contacts(7, 1)
			start(two)
			next[messages.RendezvousEntered](a)
			Expect(next[*messages.ContactList](a).GetRequest()).To(BeEquivalentTo(7))
			until(b, BeAssignableToTypeOf(messages.RendezvousEntered{}))
			meets(a, b, "a", "b", 3)
		})

		It("say of each why it does not let in, once, and may be tried again", func() {
			one.kill()
			two.kill()
			a := enter("a")
			for range 2 {
				a.Enter("room", a.post)
				Expect(a.lost()).To(MatchError(And(
					ContainSubstring("no service lets the peer into room"),
					ContainSubstring("no server listens at ws://"+one.address), ContainSubstring("no server listens at ws://"+two.address),
				)))
			}
			Expect(a.events).To(BeEmpty())
			start(one)
			a.enter("room")
		})

		It("are left while none of them is there", func() {
			a := enter("a").enter("room")
			one.has(1)
			two.has(1)
			one.kill()
			two.kill()
			Expect(next[messages.RendezvousUnlinked](a).Err).To(HaveOccurred()) // only once, with the last service
			a.Leave()
			Expect(a.lost()).To(Succeed())
		})
	})

	It("enter one room at a time, of a name that is one", func() {
		lobby := newHall(hall.Config{})
		a := joined("a", lobby.Link(idOf("a")))
		a.Enter(strings.Repeat("r", 65), a.post)
		Expect(a.lost()).To(MatchError(ContainSubstring("65 bytes, must have 1 to 64")))
		a.enter("room").Enter("other", a.post)
		Expect(a.lost()).To(MatchError(messages.ErrDuplicate))
		Expect(a.contacts(1)).To(BeEmpty())
	})

	It("keep the newest of the requests for contacts that wait", func() {
		asked := make(chan uint64, 1000)
		f := &fake{contacts: func(_ func(any), request uint64, _ int) { asked <- request }}
		a := joined("a", f).enter("room")
		for request := range uint64(65) {
			a.Contacts(request, 1)
		}
		for request := range uint64(65) {
			Eventually(asked).WithTimeout(patience).Should(Receive(Equal(request)))
			listing("b")(f.say, request, 1)
		}
		for request := range uint64(64) {
			Expect(next[*messages.ContactList](a).GetRequest()).To(Equal(request + 1))
		}
		Expect(a.events).To(BeEmpty())
	})
})
