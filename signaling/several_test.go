//go:build !js

package signaling_test

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/types"
	"google.golang.org/protobuf/proto"

	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/signaling"
)

var (
	_ actors.Rendezvous = (*signaling.Several)(nil)
	_ actors.Rendezvous = (*signaling.HallLink)(nil)
)

// several is a peer with these services.
func several(name string, services ...signaling.Service) *guest {
	GinkgoHelper()
	s, err := signaling.NewSeveral(signaling.SeveralConfig{Services: services, ContactWait: patience, Logger: quiet})
	Expect(err).NotTo(HaveOccurred())
	return guestOf(name, s)
}

// client is the way of a peer to a server that listens in memory.
func (s *service) client(name string) *signaling.Client {
	GinkgoHelper()
	return clientOf(name, signaling.ClientConfig{URL: "ws://signaling", HTTPClient: s.pipe.HTTPClient()})
}

func clientOf(name string, config signaling.ClientConfig) *signaling.Client {
	GinkgoHelper()
	config.Identity, config.Logger = identityOf(name), quiet
	config.BackoffMin, config.BackoffMax = time.Millisecond, 10*time.Millisecond
	c, err := signaling.NewClient(config)
	Expect(err).NotTo(HaveOccurred())
	return c
}

// has waits until a server has so many members.
func (s *service) has(members int) {
	GinkgoHelper()
	Eventually(s.Stats).WithTimeout(patience).Should(HaveField("Members", members))
}

// meets expects a signal to get from one to another, and the answer back.
func meets(a, b *guest, from, to string, job uint64) {
	GinkgoHelper()
	a.Signal(offer(from, to, job))
	Expect(next[*messages.Signal](b)).To(BeComparableTo(offer(from, to, job), protoEqual))
	b.Signal(answer(to, from, job))
	Expect(next[*messages.Signal](a)).To(BeComparableTo(answer(to, from, job), protoEqual))
}

// reaches is meets for links that a server may know of before their peer does, or
// a peer may know of after they are gone: what is said to go nowhere is tried again.
func reaches(a, b *guest, from, to string) {
	GinkgoHelper()
	for job := uint64(1000); ; job++ {
		a.Signal(offer(from, to, job))
		select {
		case event := <-a.events:
			Expect(event).To(BeAssignableToTypeOf(&messages.Gone{}))
		case event := <-b.events:
			// One that was said to go nowhere can have arrived all the same, before
			// the link was lost that its answer would have come by.
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

// greetings are jobs that nothing else has: a signal that comes again is dropped.
var greetings atomic.Uint64

// greet returns when a peer knows that it is linked to a service, by the word of
// another that is.
func greet(g *guest, name string, service signaling.Service) {
	GinkgoHelper()
	usher := guestOf("usher", service).enter("room")
	greeting := offer("usher", name, greetings.Add(1))
	usher.Signal(greeting)
	until(g, BeComparableTo(greeting, protoEqual))
	usher.Leave()
	Expect(usher.lost()).To(Succeed())
}

// undisturbed expects that no service told a peer anything but of signals.
func undisturbed(g *guest) {
	GinkgoHelper()
	for len(g.events) > 0 {
		Expect(<-g.events).To(Or(BeAssignableToTypeOf(&messages.Gone{}), BeAssignableToTypeOf(&messages.Signal{})))
	}
}

// until drops events up to one that fits.
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

// fake is a service that says and does what a test makes it.
type fake struct {
	mu     sync.Mutex
	events func(any)

	// Nil: it lets in, and does nothing else.
	enter    func(events func(any))
	contacts func(events func(any), request uint64, n int)
	signal   func(events func(any), signal *messages.Signal)
}

func (f *fake) Enter(_ string, events func(any)) {
	f.mu.Lock()
	f.events = events
	f.mu.Unlock()
	if f.enter == nil {
		events(messages.RendezvousEntered{Members: 1})
		return
	}
	f.enter(events)
}

func (f *fake) say(event any) {
	f.mu.Lock()
	events := f.events
	f.mu.Unlock()
	events(event)
}

func (f *fake) Contacts(request uint64, n int) {
	if f.contacts != nil {
		f.contacts(f.say, request, n)
	}
}

func (f *fake) Signal(signal *messages.Signal) {
	if f.signal != nil {
		f.signal(f.say, signal)
	}
}

func (f *fake) Leave() { f.say(messages.RendezvousLost{}) }

// listing names peers that may be none.
func listing(peers ...string) func(func(any), uint64, int) {
	return func(events func(any), request uint64, _ int) {
		list := &messages.ContactList{Request: request}
		for _, peer := range peers {
			list.Peers = append(list.Peers, idOf(peer).Bytes())
		}
		events(list)
	}
}

// knowsNobody answers each signal with Gone.
func knowsNobody(events func(any), s *messages.Signal) {
	events(&messages.Gone{Peer: s.GetTo(), Job: s.GetJob()})
}

var _ = Describe("Several services", func() {
	DescribeTable("are not made of", func(config signaling.SeveralConfig, text string) {
		_, err := signaling.NewSeveral(config)
		Expect(err).To(MatchError(ContainSubstring(text)))
	},
		Entry("none", signaling.SeveralConfig{}, "0 services, must have 1 to 16"),
		Entry("too many", signaling.SeveralConfig{Services: make([]signaling.Service, 17)}, "17 services"),
		Entry("nil", signaling.SeveralConfig{Services: make([]signaling.Service, 1)}, "nil"),
		Entry("a negative wait", signaling.SeveralConfig{Services: []signaling.Service{&fake{}}, ContactWait: -1}, "ContactWait"),
		Entry("a negative queue", signaling.SeveralConfig{Services: []signaling.Service{&fake{}}, Queue: -1}, "Queue"),
	)

	Describe("of which two are servers", func() {
		var one, two *service
		BeforeEach(func() { one, two = serve(signaling.Config{}), serve(signaling.Config{}) })

		It("let a peer in that is linked to both, and out again", func() {
			a := several("a", one.client("a"), two.client("a")).enter("room")
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
			a := several("a", one.client("a")).enter("room")
			b := several("b", two.client("b")).enter("room")
			c := several("c", one.client("c"), two.client("c")).enter("room")
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
			a := several("a", one.client("a")).enter("room")
			b := several("b", two.client("b")).enter("room")
			c := several("c", one.client("c"), two.client("c")).enter("room")
			d := several("d", one.client("d"), two.client("d")).enter("room")
			one.has(3)
			two.has(3)
			Expect(d.contacts(64)).To(HaveLen(3))
			Expect(d.contacts(64)).To(ContainElements([]messages.PeerID{a.id, b.id, c.id}))
			Expect(d.contacts(2)).To(HaveLen(2))
			Expect(c.contacts(1)).To(HaveLen(1))
		})

		It("go on when one of them goes, and use it when it is back", func() {
			a := several("a", one.client("a"), two.client("a")).enter("room")
			b := several("b", one.client("b"), two.client("b")).enter("room")
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
			// Neither has heard of the loss: there is a link.
			undisturbed(a)
			undisturbed(b)
		})

		It("let in through one when the room at the other is full", func() {
			full := serve(signaling.Config{MaxMembers: 1})
			full.peer("first").enter("room")
			b := several("b", two.client("b")).enter("room")
			a := several("a", full.client("a"), two.client("a")).enter("room")
			meets(a, b, "a", "b", 1)
			Expect(a.contacts(1)).To(Equal([]messages.PeerID{b.id}))
		})

		It("stay with the others when a newer link of the peer ends one for good", func() {
			a := several("a", one.client("a"), two.client("a")).enter("room")
			b := several("b", two.client("b")).enter("room")
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
		// A server at an address that stays.
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
				listener, err = signaling.Listen(context.Background(), s.address)
				return err
			}).WithTimeout(patience).Should(Succeed())
			s.address = listener.Addr().String()
			server, err := signaling.NewServer(signaling.Config{Logger: quiet})
			Expect(err).NotTo(HaveOccurred())
			s.service = &service{Server: server}
			ctx, cancel := context.WithCancel(context.Background())
			done := make(chan error, 1)
			go func() { done <- server.Serve(ctx, listener) }()
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
			return several(name,
				clientOf(name, signaling.ClientConfig{URL: "ws://" + one.address}),
				clientOf(name, signaling.ClientConfig{URL: "ws://" + two.address}))
		}
		known := func(s *station, a, b *guest) {
			GinkgoHelper()
			greet(a, "a", clientOf("usher", signaling.ClientConfig{URL: "ws://" + s.address}))
			greet(b, "b", clientOf("usher", signaling.ClientConfig{URL: "ws://" + s.address}))
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
			one.kill()
			two.kill()
			a.Leave()
			Expect(a.lost()).To(Succeed())
		})
	})

	Describe("of which one is not as it should be", func() {
		var hall *signaling.Hall
		BeforeEach(func() { hall = newHall(signaling.HallConfig{}) })
		link := func(name string) signaling.Service { return hall.Link(idOf(name)) }
		beside := func(f signaling.Service) (a, b *guest) {
			GinkgoHelper()
			b = several("b", link("b")).enter("room")
			a = several("a", f, link("a")).enter("room")
			// It knows of both then.
			greet(a, "a", link("usher"))
			return a, b
		}

		It("let in though one hangs", func() {
			silent, err := net.Listen("tcp", "127.0.0.1:0") // takes connections, and says nothing
			Expect(err).NotTo(HaveOccurred())
			DeferCleanup(silent.Close)
			a, b := beside(clientOf("a", signaling.ClientConfig{URL: "ws://" + silent.Addr().String()}))
			meets(a, b, "a", "b", 1)
			Expect(a.contacts(1)).To(Equal([]messages.PeerID{b.id}))
			a.Leave()
			Expect(a.lost()).To(Succeed())
		})

		It("let in though one sends frames that are none", func() {
			web := httptest.NewServer(answering([]byte("hello")))
			DeferCleanup(web.Close)
			a, b := beside(clientOf("a", signaling.ClientConfig{URL: "ws" + strings.TrimPrefix(web.URL, "http")}))
			meets(a, b, "a", "b", 1)
		})

		DescribeTable("are undisturbed by a server that lets in and then sends", func(frame func() []byte) {
			var times atomic.Int32
			hostile := answering(
				encoded(&messages.Rendezvous{Body: &messages.Rendezvous_Challenge{Challenge: &messages.Challenge{Nonce: make([]byte, messages.NonceSize)}}}),
				encoded(&messages.Rendezvous{Body: &messages.Rendezvous_Entered{Entered: &messages.Entered{Members: 9}}}),
				frame(),
			)
			web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				times.Add(1)
				hostile(w, r)
			}))
			DeferCleanup(web.Close)
			a, b := beside(clientOf("a", signaling.ClientConfig{URL: "ws" + strings.TrimPrefix(web.URL, "http")}))
			Eventually(times.Load).WithTimeout(patience).Should(BeNumerically(">", 3), "it is tried again and again")
			meets(a, b, "a", "b", 1)
			Expect(a.contacts(1)).To(Equal([]messages.PeerID{b.id}))
			Expect(a.events).To(BeEmpty())
			a.Leave()
			Expect(a.lost()).To(Succeed())
		},
			Entry("garbage", func() []byte { return []byte("hello") }),
			Entry("more than a frame", func() []byte { return make([]byte, messages.MaxFrame+1) }),
			Entry("a signal for somebody else", func() []byte { return encoded(signalOf(offer("b", "c", 1))) }),
			Entry("a signal with a route", func() []byte {
				routed := offer("b", "a", 1)
				routed.Route = [][]byte{idOf("c").Bytes()}
				return encoded(signalOf(routed))
			}),
			Entry("too many contacts", func() []byte {
				list := &messages.ContactList{}
				for range messages.MaxContacts + 1 {
					list.Peers = append(list.Peers, idOf("c").Bytes())
				}
				frame, err := proto.Marshal(&messages.Rendezvous{Body: &messages.Rendezvous_ContactList{ContactList: list}})
				Expect(err).NotTo(HaveOccurred())
				return frame
			}),
			Entry("another challenge", func() []byte {
				return encoded(&messages.Rendezvous{Body: &messages.Rendezvous_Challenge{Challenge: &messages.Challenge{Nonce: make([]byte, messages.NonceSize)}}})
			}),
		)

		It("try the next for those that it named and does not know", func() {
			a, b := beside(&fake{contacts: listing("b"), signal: knowsNobody})
			Expect(a.contacts(1)).To(Equal([]messages.PeerID{b.id}))
			for job := range uint64(3) {
				meets(a, b, "a", "b", job)
			}
			a.Signal(offer("a", "c", 9))
			Expect(next[*messages.Gone](a)).To(gone("c", 9))
			Expect(a.events).To(BeEmpty())
		})

		It("take it for no way to those that another named", func() {
			asked := make(chan string, 2)
			named := &fake{contacts: listing("b"), signal: func(func(any), *messages.Signal) { asked <- "the one that named it" }}
			other := &fake{contacts: listing(), signal: func(func(any), *messages.Signal) { asked <- "the other" }}
			a := several("a", named, other).enter("room")
			Expect(a.contacts(2)).To(Equal([]messages.PeerID{idOf("b")}))
			a.Signal(offer("a", "b", 1))
			Expect(<-asked).To(Equal("the one that named it"))
		})

		It("take no more contacts than were asked for, and none that are no PeerIDs", func() {
			flood := func(events func(any), request uint64, n int) {
				list := &messages.ContactList{Request: request}
				for i := range 30 {
					list.Peers = append(list.Peers, bytes.Repeat([]byte{1}, i), bytes.Repeat([]byte{byte(i)}, 20))
				}
				events(list)
				listing("late")(events, request, n)
				listing("late")(events, 1234, n)
			}
			a, b := beside(&fake{contacts: flood})
			Expect(a.contacts(2)).To(HaveLen(2))
			Expect(a.contacts(64)).To(And(HaveLen(30+1), ContainElement(Equal(b.id)), Not(ContainElement(Equal(idOf("late"))))))
			Expect(a.events).To(BeEmpty())
		})

		It("answer without one that does not", func() {
			s, err := signaling.NewSeveral(signaling.SeveralConfig{
				Services: []signaling.Service{&fake{}, link("a")}, ContactWait: time.Millisecond, Logger: quiet,
			})
			Expect(err).NotTo(HaveOccurred())
			a := guestOf("a", s).enter("room")
			Expect(a.contacts(3)).To(BeEmpty())
		})

		It("go another way when it keeps an offer to itself", func() {
			a, b := beside(&fake{contacts: listing("b")})
			Expect(a.contacts(1)).To(Equal([]messages.PeerID{b.id}))
			a.Signal(offer("a", "b", 1)) // is never heard of again
			meets(a, b, "a", "b", 2)
		})

		It("believe no Gone of a signal that it was not given", func() {
			f := &fake{}
			b := several("b", link("b")).enter("room")
			a := several("a", link("a"), f).enter("room")
			b.Signal(offer("b", "a", 0))
			next[*messages.Signal](a)
			a.Signal(offer("a", "b", 1))
			f.say(&messages.Gone{Peer: b.id.Bytes(), Job: 1})
			f.say(&messages.Gone{Peer: b.id.Bytes(), Job: 2})
			f.say(&messages.Gone{Peer: []byte("b"), Job: 2})
			next[*messages.Signal](b)
			b.Signal(answer("b", "a", 1))
			next[*messages.Signal](a)
			Expect(a.events).To(BeEmpty())
		})

		It("drop the answer of a peer that the same service did not know", func() {
			f := &fake{signal: func(events func(any), s *messages.Signal) {
				knowsNobody(events, s)
				forged := answer("b", "a", s.GetJob())
				forged.GetAnswer().Sdp = "v=1"
				events(forged)
			}}
			a, b := beside(f)
			a.Signal(offer("a", "b", 1))
			next[*messages.Signal](b)
			b.Signal(answer("b", "a", 1))
			Expect(next[*messages.Signal](a)).To(BeComparableTo(answer("b", "a", 1), protoEqual))
			Expect(a.events).To(BeEmpty())
		})

		It("drop a signal that came through another already, and those without a sender", func() {
			f := &fake{}
			a, b := beside(f)
			f.say(&messages.Signal{From: []byte("b"), To: a.id.Bytes(), Job: 1})
			b.Signal(offer("b", "a", 1))
			Expect(next[*messages.Signal](a)).To(BeComparableTo(offer("b", "a", 1), protoEqual))
			f.say(offer("b", "a", 1))
			b.Signal(offer("b", "a", 2))
			Expect(next[*messages.Signal](a)).To(BeComparableTo(offer("b", "a", 2), protoEqual))
		})

		It("answer through the one by which the offer came, whoever else names its sender since", func() {
			took := make(chan *messages.Signal, 10)
			f := &fake{signal: func(_ func(any), s *messages.Signal) { took <- s }}
			a, b := beside(f)
			b.Signal(offer("b", "a", 1))
			next[*messages.Signal](a)
			f.say(offer("b", "a", 99)) // by the wrong sender
			next[*messages.Signal](a)
			a.Signal(answer("a", "b", 1))
			Expect(next[*messages.Signal](b)).To(BeComparableTo(answer("a", "b", 1), protoEqual))
			a.Signal(answer("a", "b", 99))
			Eventually(took).WithTimeout(patience).Should(Receive(BeComparableTo(answer("a", "b", 99), protoEqual)))
		})

		It("are left when it lets in only after that", func() {
			let := make(chan func(any), 1)
			f := &fake{enter: func(events func(any)) { let <- events }}
			a, _ := beside(f)
			a.Leave()
			(<-let)(messages.RendezvousEntered{})
			Expect(a.lost()).To(Succeed())
			Expect(a.events).To(BeEmpty())
		})

		It("are all left when that is asked for while they are entered", func() {
			var s *signaling.Several
			f := &fake{enter: func(func(any)) { s.Leave() }}
			s, err := signaling.NewSeveral(signaling.SeveralConfig{Services: []signaling.Service{f, link("a")}, Logger: quiet})
			Expect(err).NotTo(HaveOccurred())
			a := guestOf("a", s)
			a.Enter("room", a.post)
			Expect(a.lost()).To(Succeed())
		})

		It("remain when it ends", func() {
			f := &fake{}
			a, b := beside(f)
			f.say(messages.RendezvousLost{})
			meets(a, b, "a", "b", 1)
			Expect(a.contacts(1)).To(Equal([]messages.PeerID{b.id}))
			hallLink := hall.Link(a.id) // a newer link of the same peer
			hallLink.Enter("room", func(any) {})
			DeferCleanup(hallLink.Leave)
			Expect(a.lost()).To(And(MatchError(messages.ErrDuplicate), MatchError(ContainSubstring("without a word"))))
		})

		It("may report within a call", func() {
			f := &fake{contacts: listing(), signal: knowsNobody}
			a := several("a", f).enter("room")
			Expect(a.contacts(1)).To(BeEmpty())
			a.Signal(offer("a", "b", 1))
			Expect(next[*messages.Gone](a)).To(gone("b", 1))
		})
	})

	It("enter one room at a time, of a name that is one", func() {
		hall := newHall(signaling.HallConfig{})
		a := several("a", hall.Link(idOf("a")))
		a.Enter(strings.Repeat("r", 65), a.post)
		Expect(a.lost()).To(MatchError(ContainSubstring("at most 64")))
		a.enter("room").Enter("other", a.post)
		Expect(a.lost()).To(MatchError(messages.ErrDuplicate))
		Expect(a.contacts(1)).To(BeEmpty())
	})

	It("keep the newest of the requests for contacts that wait", func() {
		asked := make(chan uint64, 1000)
		f := &fake{contacts: func(_ func(any), request uint64, _ int) { asked <- request }}
		a := several("a", f).enter("room")
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
