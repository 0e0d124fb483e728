//go:build !js

package signaling_test

import (
	"bytes"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"google.golang.org/protobuf/proto"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/signaling/client"
	"github.com/n2n-overlay/n2n/signaling/hall"
	"github.com/n2n-overlay/n2n/signaling/several"
)

// fake is a service that says and does what a test wants.
type fake struct {
	mu     sync.Mutex
	events func(any)

	// Nil: it lets the peer in and does nothing else.
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

// listing names peers, which need not exist.
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

var _ = Describe("Several services, of which one is not as it should be", func() {
	var lobby *hall.Hall
	BeforeEach(func() { lobby = newHall(hall.Config{}) })
	link := func(name string) several.Service { return lobby.Link(idOf(name)) }
	beside := func(f several.Service) (a, b *guest) {
		GinkgoHelper()
		b = joined("b", link("b")).enter("room")
		a = joined("a", f, link("a")).enter("room")
		// Now it knows both.
		greet(a, "a", link("usher"))
		return a, b
	}

	It("let in though one hangs", func() {
		silent, err := net.Listen("tcp", "127.0.0.1:0") // it accepts connections and says nothing
		Expect(err).NotTo(HaveOccurred())
		DeferCleanup(silent.Close)
		a, b := beside(clientOf("a", client.Config{URL: "ws://" + silent.Addr().String()}))
		meets(a, b, "a", "b", 1)
		Expect(a.contacts(1)).To(Equal([]messages.PeerID{b.id}))
		a.Leave()
		Expect(a.lost()).To(Succeed())
	})

	It("let in though one sends frames that are none", func() {
		web := httptest.NewServer(answering([]byte("hello")))
		DeferCleanup(web.Close)
		a, b := beside(clientOf("a", client.Config{URL: "ws" + strings.TrimPrefix(web.URL, "http")}))
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
		a, b := beside(clientOf("a", client.Config{URL: "ws" + strings.TrimPrefix(web.URL, "http")}))
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
		a := joined("a", named, other).enter("room")
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
		s, err := several.New(several.Config{
			Services: []several.Service{&fake{}, link("a")}, ContactWait: time.Millisecond, Logger: quiet,
		})
		Expect(err).NotTo(HaveOccurred())
		a := guestOf("a", s).enter("room")
		Expect(a.contacts(3)).To(BeEmpty())
	})

	It("go another way when it keeps an offer to itself", func() {
		a, b := beside(&fake{contacts: listing("b")})
		Expect(a.contacts(1)).To(Equal([]messages.PeerID{b.id}))
		a.Signal(offer("a", "b", 1)) // it is never answered
		meets(a, b, "a", "b", 2)
	})

	It("believe no Gone of a signal that it was not given", func() {
		f := &fake{}
		b := joined("b", link("b")).enter("room")
		a := joined("a", link("a"), f).enter("room")
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
		f.say(offer("b", "a", 99)) // from the wrong sender
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
		var s *several.Several
		f := &fake{enter: func(func(any)) { s.Leave() }}
		s, err := several.New(several.Config{Services: []several.Service{f, link("a")}, Logger: quiet})
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
		hallLink := lobby.Link(a.id) // a newer link of the same peer
		hallLink.Enter("room", func(any) {})
		DeferCleanup(hallLink.Leave)
		Expect(a.lost()).To(And(MatchError(messages.ErrDuplicate), MatchError(ContainSubstring("without a word"))))
	})

	It("may report within a call", func() {
		f := &fake{contacts: listing(), signal: knowsNobody}
		a := joined("a", f).enter("room")
		Expect(a.contacts(1)).To(BeEmpty())
		a.Signal(offer("a", "b", 1))
		Expect(next[*messages.Gone](a)).To(gone("b", 1))
	})
})
