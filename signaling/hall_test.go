//go:build !js

package signaling_test

import (
	"fmt"
	"strings"
	"sync"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/types"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/signaling/hall"
	"github.com/n2n-overlay/n2n/signaling/several"
)

// guest is a peer in a hall or in several services, with its events.
type guest struct {
	several.Service
	id     messages.PeerID
	events chan any
}

func guestOf(name string, service several.Service) *guest {
	g := &guest{Service: service, id: idOf(name), events: make(chan any, 10_000)}
	DeferCleanup(service.Leave)
	return g
}

func (g *guest) post(event any) { g.events <- event }

func (g *guest) enter(room string) *guest {
	GinkgoHelper()
	g.Enter(room, g.post)
	next[messages.RendezvousEntered](g)
	return g
}

// next waits for the next event, which must have this type.
func next[T any](g *guest) T {
	GinkgoHelper()
	var event any
	Eventually(g.events).WithTimeout(patience).Should(Receive(&event))
	Expect(event).To(BeAssignableToTypeOf(*new(T)))
	return event.(T)
}

func (g *guest) lost() error {
	GinkgoHelper()
	return next[messages.RendezvousLost](g).Err
}

// contacts asks for contacts and returns them.
func (g *guest) contacts(n int) []messages.PeerID {
	GinkgoHelper()
	g.Contacts(7, n)
	list := next[*messages.ContactList](g)
	Expect(list.GetRequest()).To(BeEquivalentTo(7))
	var peers []messages.PeerID
	for _, peer := range list.GetPeers() {
		peers = append(peers, messages.PeerID(peer))
	}
	return peers
}

func gone(to string, job uint64) types.GomegaMatcher {
	return BeComparableTo(&messages.Gone{Peer: idOf(to).Bytes(), Job: job}, protoEqual)
}

func newHall(config hall.Config) *hall.Hall {
	GinkgoHelper()
	lobby, err := hall.New(config)
	Expect(err).NotTo(HaveOccurred())
	return lobby
}

var _ = Describe("A hall", func() {
	var lobby *hall.Hall
	BeforeEach(func() { lobby = newHall(hall.Config{}) })
	link := func(name string) *guest { return guestOf(name, lobby.Link(idOf(name))) }

	DescribeTable("is not made with", func(config hall.Config, text string) {
		_, err := hall.New(config)
		Expect(err).To(MatchError(ContainSubstring(text)))
	},
		Entry("fewer than no members", hall.Config{MaxMembers: -2}, "MaxMembers"),
		Entry("a negative queue", hall.Config{Queue: -1}, "Queue"),
	)

	It("hands a signal over to the member that it is for, whole and in order", func() {
		a, b := link("a").enter("room"), link("b").enter("room")
		for job := range uint64(50) {
			a.Signal(offer("a", "b", job))
		}
		for job := range uint64(50) {
			Expect(next[*messages.Signal](b)).To(BeComparableTo(offer("a", "b", job), protoEqual))
		}
		Expect(a.events).To(BeEmpty())
	})

	It("hands over a copy", func() {
		a, b := link("a").enter("room"), link("b").enter("room")
		sent := offer("a", "b", 1)
		a.Signal(sent)
		Expect(next[*messages.Signal](b)).NotTo(BeIdenticalTo(sent))
	})

	It("names members that entered earlier, and counts them", func() {
		a, b := link("a").enter("room"), link("b").enter("room")
		Expect(a.contacts(1)).To(Equal([]messages.PeerID{b.id}))
		c := link("c")
		c.Enter("room", c.post)
		Expect(next[messages.RendezvousEntered](c).Members).To(Equal(3))
		Expect(b.contacts(64)).To(Equal([]messages.PeerID{a.id}))
		Expect(c.contacts(64)).To(ConsistOf(a.id, b.id))
	})

	It("keeps rooms apart, and knows no one who has left", func() {
		a, b := link("a").enter("room"), link("b").enter("other")
		a.Signal(offer("a", "b", 1))
		Expect(next[*messages.Gone](a)).To(gone("b", 1))
		Expect(a.contacts(1)).To(BeEmpty())
		b.Leave()
		b.Leave()
		Expect(b.lost()).To(Succeed())
		b.enter("room")
		a.Signal(offer("a", "b", 2))
		Expect(next[*messages.Signal](b).GetJob()).To(BeEquivalentTo(2))
	})

	DescribeTable("turns away what a server would not let pass:", func(change func(*messages.Signal)) {
		a, b := link("a").enter("room"), link("b").enter("room")
		signal := offer("a", "b", 1)
		change(signal)
		a.Signal(signal)
		Expect(next[*messages.Gone](a).GetPeer()).To(Equal(signal.GetTo()))
		Expect(b.events).To(BeEmpty())
	},
		Entry("another sender", func(s *messages.Signal) { s.From = idOf("c").Bytes() }),
		Entry("a route", func(s *messages.Signal) { s.Route = [][]byte{idOf("c").Bytes()} }),
		Entry("a description over the caps", func(s *messages.Signal) { s.GetOffer().Sdp = strings.Repeat("s", messages.MaxSDP+1) }),
		Entry("a target that is none", func(s *messages.Signal) { s.To = []byte("b") }),
		Entry("the sender as the target", func(s *messages.Signal) { s.To = s.From }),
	)

	It("lets nobody into a full room, but a newer link of a member", func() {
		lobby = newHall(hall.Config{MaxMembers: 1})
		a, b := link("a").enter("room"), link("b")
		b.Enter("room", b.post)
		Expect(b.lost()).To(And(MatchError(messages.ErrFull), MatchError(ContainSubstring("no place for"))))
		link("a").enter("room")
		Expect(a.lost()).To(And(MatchError(messages.ErrDuplicate), MatchError(ContainSubstring("identity of its own"))))
		b.enter("other")
	})

	It("does not let in for a room that has no name, nor a link twice", func() {
		a := link("a")
		a.Enter("", a.post)
		Expect(a.lost()).To(MatchError(ContainSubstring("empty")))
		a.enter("room").Enter("room", a.post)
		Expect(a.lost()).To(MatchError(messages.ErrDuplicate))
		Expect(a.contacts(1)).To(BeEmpty())
	})

	It("turns signals away from a member that takes none, and nobody waits for it", func() {
		lobby = newHall(hall.Config{Queue: 2})
		first, held := make(chan struct{}), make(chan struct{})
		release := sync.OnceFunc(func() { close(held) })
		b := link("b")
		DeferCleanup(release)
		b.Enter("room", func(event any) {
			if _, ok := event.(messages.RendezvousEntered); ok {
				close(first)
				<-held
			}
			b.post(event)
		})
		<-first
		a := link("a").enter("room")
		for job := range uint64(3) {
			a.Signal(offer("a", "b", job))
		}
		Expect(next[*messages.Gone](a)).To(gone("b", 2))
		release()
		next[messages.RendezvousEntered](b)
		for job := range uint64(2) {
			Expect(next[*messages.Signal](b).GetJob()).To(Equal(job))
		}
	})

	It("may be used from within the events", func() {
		names := []string{"a", "b"}
		links := map[string]*guest{}
		ended := make(chan struct{})
		for i, name := range names {
			g, other := link(name), names[1-i]
			links[name] = g
			g.Enter("room", func(event any) {
				switch e := event.(type) {
				case messages.RendezvousEntered:
					g.post(event)
				case *messages.Signal:
					if e.GetJob() == 100 {
						close(ended)
						return
					}
					g.Signal(offer(name, other, e.GetJob()+1))
				}
			})
			next[messages.RendezvousEntered](g)
		}
		links["a"].Signal(offer("a", "b", 0))
		Eventually(ended).WithTimeout(patience).Should(BeClosed())
	})

	It("serves many at once", func() {
		var all sync.WaitGroup
		for i := range 20 {
			g := link(fmt.Sprint(i))
			all.Go(func() {
				defer GinkgoRecover()
				g.enter("room")
				g.Contacts(1, 64)
				g.Leave()
				next[*messages.ContactList](g)
				Expect(g.lost()).To(Succeed())
			})
		}
		all.Wait()
	})
})
