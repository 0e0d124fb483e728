//go:build !js

package signaling_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/coder/websocket"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/signaling/client"
	"github.com/n2n-overlay/n2n/signaling/server"
)

var _ = Describe("A server", func() {
	var rooms *service
	stats := func() server.Stats { return rooms.Stats() }
	eventually := func(get func(server.Stats) uint64, want int) {
		GinkgoHelper()
		Eventually(func() uint64 { return get(stats()) }).WithTimeout(patience).Should(BeEquivalentTo(want))
	}
	// unharmed shows that two members still reach each other.
	unharmed := func(a, b *peer, from, to string) {
		GinkgoHelper()
		a.Signal(offer(from, to, 99))
		Expect(b.is(BeAssignableToTypeOf(&messages.Signal{})).(*messages.Signal).GetJob()).To(BeEquivalentTo(99))
	}

	BeforeEach(func() { rooms = serve(server.Config{}) })

	Describe("with a room", func() {
		It("tells who enters how many are inside", func() {
			a, b := rooms.peer("a"), rooms.peer("b")
			a.Enter("room", a.post)
			a.is(Equal(messages.RendezvousEntered{Members: 1}))
			b.Enter("room", b.post)
			b.is(Equal(messages.RendezvousEntered{Members: 2}))
			Expect(stats()).To(And(HaveField("Members", 2), HaveField("Rooms", 1), HaveField("Links", 2), HaveField("Entered", uint64(2))))
		})

		It("forgets a member that leaves, and a room without members", func() {
			a := rooms.peer("a").enter("room")
			a.Leave()
			Expect(a.lost()).To(Succeed())
			Eventually(stats).WithTimeout(patience).Should(And(HaveField("Members", 0), HaveField("Rooms", 0), HaveField("Links", 0)))
		})

		It("lists its members as they entered", func() {
			Expect(rooms.Members("room")).To(BeEmpty())
			var ids []messages.PeerID
			for _, name := range strings.Split("hcagbfde", "") {
				p := rooms.peer(name).enter("room")
				ids = append(ids, p.id)
			}
			rooms.peer("x").enter("another room")
			Expect(rooms.Members("room")).To(Equal(ids))
		})

		It("names other members at random, never the asker", func() {
			names := []string{"b", "c", "d"}
			a := rooms.peer("a").enter("room")
			for _, name := range names {
				rooms.peer(name).enter("room")
			}
			rooms.peer("e").enter("elsewhere")
			first := map[messages.PeerID]int{}
			for request := range uint64(100) {
				a.Contacts(request, 2)
				list := a.is(BeAssignableToTypeOf(&messages.ContactList{})).(*messages.ContactList)
				Expect(list.GetRequest()).To(Equal(request))
				Expect(list.GetPeers()).To(HaveLen(2))
				Expect(list.GetPeers()[0]).NotTo(Equal(list.GetPeers()[1]))
				first[messages.PeerID(list.GetPeers()[0])]++
				for _, id := range list.GetPeers() {
					Expect(id).To(BeElementOf(idOf("b").Bytes(), idOf("c").Bytes(), idOf("d").Bytes()))
				}
			}
			Expect(first).To(HaveLen(3), "one of three was never drawn first in 100 draws")
		})

		It("names those that entered earlier, also after many have left", func() {
			rooms.peer("a").enter("room")
			for i := range 40 {
				p := rooms.peer(fmt.Sprint("short-lived ", i)).enter("room")
				p.Leave()
				Expect(p.lost()).To(Succeed())
			}
			Eventually(stats).WithTimeout(patience).Should(HaveField("Members", 1))
			c := rooms.peer("c").enter("room")
			rooms.peer("d").enter("room")
			for request := range uint64(20) {
				c.Contacts(request, 5)
				list := c.is(BeAssignableToTypeOf(&messages.ContactList{})).(*messages.ContactList)
				Expect(list.GetPeers()).To(Equal([][]byte{idOf("a").Bytes()}))
			}
		})

		It("names nobody to who is alone, and all when more are asked for", func() {
			a := rooms.peer("a").enter("room")
			a.Contacts(1, 5)
			Expect(a.is(BeAssignableToTypeOf(&messages.ContactList{})).(*messages.ContactList).GetPeers()).To(BeEmpty())
			rooms.peer("b").enter("room")
			a.Contacts(2, 64)
			Expect(a.is(BeAssignableToTypeOf(&messages.ContactList{})).(*messages.ContactList).GetPeers()).To(Equal([][]byte{idOf("b").Bytes()}))
		})

		It("passes offers, answers and refusals on as they are", func() {
			a, b := rooms.peer("a").enter("room"), rooms.peer("b").enter("room")
			sent := offer("a", "b", 7)
			a.Signal(sent)
			b.is(BeComparableTo(sent, protoEqual))
			answer := &messages.Signal{
				Job: 7, From: b.id.Bytes(), To: a.id.Bytes(),
				Body: &messages.Signal_Answer{Answer: &messages.Answer{Sdp: "v=0", Incarnation: 3}},
			}
			b.Signal(answer)
			a.is(BeComparableTo(answer, protoEqual))
			refusal := &messages.Signal{
				Job: 8, From: b.id.Bytes(), To: a.id.Bytes(),
				Body: &messages.Signal_Refusal{Refusal: &messages.Refusal{Reason: messages.Reason_REASON_FULL}},
			}
			b.Signal(refusal)
			a.is(BeComparableTo(refusal, protoEqual))
			Expect(stats()).To(And(HaveField("Signals", uint64(3)), HaveField("Gone", BeZero())))
		})

		It("does not pass signals across rooms, nor back to their sender", func() {
			a, b := rooms.peer("a").enter("room"), rooms.peer("b").enter("other")
			a.Signal(offer("a", "b", 7))
			a.is(BeComparableTo(&messages.Gone{Peer: b.id.Bytes(), Job: 7}, protoEqual))
			a.Signal(offer("a", "a", 8))
			a.is(BeComparableTo(&messages.Gone{Peer: a.id.Bytes(), Job: 8}, protoEqual))
			Expect(b.events).To(BeEmpty())
			Expect(stats()).To(And(HaveField("Signals", BeZero()), HaveField("Gone", uint64(2))))
		})

		It("tells that the target of a signal is gone", func() {
			a, b := rooms.peer("a").enter("room"), rooms.peer("b").enter("room")
			b.Leave()
			Expect(b.lost()).To(Succeed())
			Eventually(stats).WithTimeout(patience).Should(HaveField("Members", 1))
			a.Signal(offer("a", "b", 7))
			a.is(BeComparableTo(&messages.Gone{Peer: b.id.Bytes(), Job: 7}, protoEqual))
		})

		It("replaces the link of a peer that enters again", func() {
			a := rooms.peer("a").enter("room")
			older, newer := rooms.raw("b").enter("room"), rooms.peer("b").enter("room")
			older.faulted(messages.ErrDuplicate, "newer link")
			unharmed(a, newer, "a", "b")
			Expect(stats()).To(And(HaveField("Members", 2), HaveField("Replaced", uint64(1))))
		})

		It("keeps the same peer's links to two rooms", func() {
			rooms.peer("a").enter("room")
			rooms.peer("a").enter("other")
			Expect(stats()).To(And(HaveField("Members", 2), HaveField("Rooms", 2), HaveField("Replaced", BeZero())))
		})
	})

	Describe("asked to let in", func() {
		It("refuses a signature of another key", func() {
			r := rooms.raw("a")
			enter := r.prove("room", r.nonce)
			enter.PublicKey = identityOf("b").PublicKey()
			r.say(enterOf(enter))
			r.faulted(messages.ErrRefused, "signature")
			eventually(func(s server.Stats) uint64 { return s.Refused }, 1)
			Expect(stats().Entered).To(BeZero())
		})

		It("refuses a signature for another room", func() {
			r := rooms.raw("a")
			enter := r.prove("room", r.nonce)
			enter.Room = "other"
			r.say(enterOf(enter))
			r.faulted(messages.ErrRefused, "signature")
		})

		It("refuses the signature of another link, replayed", func() {
			first := rooms.raw("a")
			recorded := first.prove("room", first.nonce)
			first.say(enterOf(recorded))
			Expect(first.receive().GetEntered()).NotTo(BeNil())
			second := rooms.raw("a")
			second.say(enterOf(recorded))
			second.faulted(messages.ErrRefused, "signature")
			Expect(stats()).To(And(HaveField("Members", 1), HaveField("Replaced", BeZero())))
		})
	})

	Describe("with a hostile link", func() {
		var a, b *peer
		BeforeEach(func() { a, b = rooms.peer("a").enter("room"), rooms.peer("b").enter("room") })
		AfterEach(func() {
			unharmed(a, b, "a", "b")
			Expect(stats().Members).To(Equal(2))
		})

		It("refuses a false sender", func() {
			r := rooms.raw("c").enter("room")
			r.say(signalOf(offer("a", "b", 7)))
			r.faulted(messages.ErrRefused, "sender")
			eventually(func(s server.Stats) uint64 { return s.Refused }, 1)
			Expect(stats().Signals).To(BeZero())
		})

		DescribeTable("closes only the link of a frame that is",
			func(frame func(r *raw) []byte, inside bool, code messages.Code, text string) {
				r := rooms.raw("c")
				if inside {
					r.enter("room")
				}
				r.send(frame(r))
				r.faulted(code, text)
				eventually(func(s server.Stats) uint64 { return s.Malformed }, 1)
				Expect(stats().Refused).To(BeZero())
			},
			Entry("garbage before Enter", func(*raw) []byte { return []byte("garbage") }, false, messages.ErrRefused, "malformed"),
			Entry("garbage", func(*raw) []byte { return []byte("\xff\xff\xff") }, true, messages.ErrRefused, "malformed"),
			Entry("empty", func(*raw) []byte { return nil }, true, messages.ErrRefused, "malformed"),
			Entry("oversized before Enter", func(*raw) []byte { return make([]byte, messages.MaxFrame+1) }, false, messages.ErrTooBig, "more than 16384 bytes"),
			Entry("oversized", func(*raw) []byte { return make([]byte, 1<<20) }, true, messages.ErrTooBig, "more than 16384 bytes"),
			Entry("a signal before Enter", func(*raw) []byte { return encoded(signalOf(offer("c", "a", 1))) }, false, messages.ErrRefused, "out of order"),
			Entry("a second Enter", func(r *raw) []byte { return encoded(enterOf(r.prove("room", r.nonce))) }, true, messages.ErrRefused, "out of order"),
			Entry("the server's own", func(*raw) []byte {
				return encoded(&messages.Rendezvous{Body: &messages.Rendezvous_Gone{Gone: &messages.Gone{Peer: idOf("a").Bytes()}}})
			}, true, messages.ErrRefused, "out of order"),
			Entry("a signal with a route", func(*raw) []byte {
				s := offer("c", "a", 1)
				s.Route = [][]byte{idOf("b").Bytes()}
				return encoded(signalOf(s))
			}, true, messages.ErrRefused, "route"),
			Entry("of a room without a name", func(r *raw) []byte { return enterFrame("") }, false, messages.ErrRefused, "room"),
			Entry("of a room with a name too long", func(r *raw) []byte { return enterFrame(strings.Repeat("r", 65)) }, false, messages.ErrRefused, "room"),
			Entry("of a room whose name is not UTF-8", func(r *raw) []byte { return enterFrame("\xff") }, false, messages.ErrRefused, "malformed"),
		)

		It("closes a link that sends text", func() {
			r := rooms.raw("c").enter("room")
			Expect(r.Write(context.Background(), websocket.MessageText, []byte("hello"))).To(Succeed())
			r.faulted(messages.ErrRefused, "text")
		})

		It("reads a member that sends too fast more slowly, and only that one", func() {
			limited := serve(server.Config{Rate: 200, Burst: 5})
			flooder, c := limited.raw("f").enter("room"), limited.peer("c").enter("room")
			done := make(chan struct{})
			go func() {
				defer close(done)
				defer GinkgoRecover()
				for request := range uint64(20) {
					Expect(flooder.receive().GetContactList().GetRequest()).To(Equal(request))
				}
			}()
			for request := range uint64(20) {
				flooder.say(contactsOf(request, 1))
			}
			Eventually(done).WithTimeout(patience).Should(BeClosed())
			Expect(limited.Stats().RateLimited).To(BeNumerically(">", 0))
			c.Contacts(1, 1)
			c.is(BeAssignableToTypeOf(&messages.ContactList{}))
		})
	})

	It("answers all that a member asks, however small its queue", func() {
		rooms = serve(server.Config{Queue: 1})
		a := rooms.peer("a").enter("room")
		for request := range uint64(100) {
			a.Contacts(request, 1)
		}
		for request := range uint64(100) {
			Expect(a.is(BeAssignableToTypeOf(&messages.ContactList{})).(*messages.ContactList).GetRequest()).To(Equal(request))
		}
	})

	Describe("with a member that does not read", func() {
		It("keeps a bounded queue, tells the senders, and closes that link", func() {
			rooms = serve(server.Config{Queue: 4, WriteTimeout: 100 * time.Millisecond, PingInterval: -1})
			a := rooms.peer("a").enter("room")
			rooms.raw("slow").enter("room")
			for job := range uint64(10) {
				a.Signal(offer("a", "slow", job))
			}
			a.is(BeAssignableToTypeOf(&messages.Gone{}))
			eventually(func(s server.Stats) uint64 { return s.Slow }, 1)
			Eventually(stats).WithTimeout(patience).Should(And(HaveField("Members", 1), HaveField("Dropped", BeNumerically(">", 0))))
		})
	})

	Describe("at its limits", func() {
		It("says that the room, or the table of rooms, is full", func() {
			rooms = serve(server.Config{MaxMembers: 1, MaxRooms: 1})
			rooms.peer("a").enter("room")
			b := rooms.peer("b")
			b.Enter("room", b.post)
			Expect(b.lost()).To(And(MatchError(messages.ErrFull), MatchError(ContainSubstring("the room is full"))))
			b.Enter("other", b.post)
			Expect(b.lost()).To(And(MatchError(messages.ErrFull), MatchError(ContainSubstring("rooms"))))
			// A member that enters again replaces itself.
			rooms.peer("a").enter("room")
		})

		It("takes no more links", func() {
			rooms = serve(server.Config{MaxLinks: 1})
			rooms.raw("a")
			_, response, err := dial(rooms.pipe, nil)
			Expect(err).To(HaveOccurred())
			Expect(response.StatusCode).To(Equal(http.StatusServiceUnavailable))
			Expect(stats().Rejected).To(BeEquivalentTo(1))
		})

		It("takes no more links from one address, and gives the place of one that ended away", func() {
			rooms = serve(server.Config{MaxLinksPerAddress: 1})
			first := rooms.raw("a")
			_, response, err := dial(rooms.pipe, nil)
			Expect(err).To(HaveOccurred())
			Expect(response.StatusCode).To(Equal(http.StatusTooManyRequests))
			Expect(first.CloseNow()).To(Succeed())
			Eventually(stats).WithTimeout(patience).Should(HaveField("Links", 0))
			Eventually(func() error {
				conn, _, err := dial(rooms.pipe, nil)
				if err == nil {
					DeferCleanup(func() { _ = conn.CloseNow() })
				}
				return err
			}).WithTimeout(patience).Should(Succeed())
		})
	})

	Describe("asked by a web page", func() {
		from := func(s *service, origin string) int {
			conn, response, err := dial(s.pipe, http.Header{"Origin": {origin}})
			if err == nil {
				DeferCleanup(func() { _ = conn.CloseNow() })
			}
			Expect(response).NotTo(BeNil())
			return response.StatusCode
		}

		It("takes its own host's only", func() {
			Expect(from(rooms, "http://signaling")).To(Equal(http.StatusSwitchingProtocols))
			Expect(from(rooms, "http://evil.example")).To(Equal(http.StatusForbidden))
			Expect(stats().Rejected).To(BeEquivalentTo(1))
		})

		It("takes those of the hosts that it is told", func() {
			rooms = serve(server.Config{Origins: []string{"*.example"}})
			Expect(from(rooms, "http://app.example")).To(Equal(http.StatusSwitchingProtocols))
			Expect(from(rooms, "http://app.evil")).To(Equal(http.StatusForbidden))
		})

		It("takes all if it is told so", func() {
			rooms = serve(server.Config{Origins: []string{"*"}})
			Expect(from(rooms, "http://anybody.evil")).To(Equal(http.StatusSwitchingProtocols))
		})
	})

	It("tells how it is at /healthz, wherever it is mounted", func() {
		rooms.peer("a").enter("room")
		mux := http.NewServeMux()
		mux.Handle("/signal/", http.StripPrefix("/signal", rooms))
		web := httptest.NewServer(mux)
		DeferCleanup(web.Close)
		response, err := web.Client().Get(web.URL + "/signal/healthz")
		Expect(err).NotTo(HaveOccurred())
		defer response.Body.Close()
		Expect(response.StatusCode).To(Equal(http.StatusOK))
		var health map[string]any
		Expect(json.NewDecoder(response.Body).Decode(&health)).To(Succeed())
		Expect(health).To(Equal(map[string]any{"status": "ok", "members": 1.0, "rooms": 1.0}))
		Expect(rooms.Close()).To(Succeed())
		response, err = web.Client().Get(web.URL + "/signal/healthz")
		Expect(err).NotTo(HaveOccurred())
		defer response.Body.Close()
		Expect(response.StatusCode).To(Equal(http.StatusServiceUnavailable))
		_, response, err = websocket.Dial(context.Background(), web.URL+"/signal/", nil)
		Expect(err).To(HaveOccurred())
		Expect(response.StatusCode).To(Equal(http.StatusServiceUnavailable))
	})

	It("says to what is no WebSocket that it wants one", func() {
		web := httptest.NewServer(rooms)
		DeferCleanup(web.Close)
		response, err := web.Client().Get(web.URL)
		Expect(err).NotTo(HaveOccurred())
		defer response.Body.Close()
		Expect(response.StatusCode).To(Equal(http.StatusUpgradeRequired))
		Expect(io.ReadAll(response.Body)).To(ContainSubstring("WebSocket"))
	})

	Describe("shutting down", func() {
		It("tells the members, waits for them, and may be asked again", func() {
			r := rooms.raw("a").enter("room")
			outside := rooms.raw("b")
			down := make(chan error, 1)
			go func() { down <- rooms.Shutdown(context.Background()) }()
			r.faulted(messages.ErrClosed, "shutting down")
			outside.faulted(messages.ErrClosed, "shutting down")
			Eventually(down).WithTimeout(patience).Should(Receive(Succeed()))
			Eventually(rooms.stopped).WithTimeout(patience).Should(Receive(Succeed()))
			rooms.stopped <- nil
			Expect(rooms.Shutdown(context.Background())).To(Succeed())
			Expect(rooms.Close()).To(Succeed())
			Expect(stats()).To(And(HaveField("Links", 0), HaveField("Members", 0), HaveField("Rooms", 0)))
		})

		It("cuts off those that do not go", func() {
			rooms.raw("stuck").enter("room") // it never reads, so it gets no close frame
			ctx, cancel := context.WithCancel(context.Background())
			cancel()
			Expect(rooms.Shutdown(ctx)).To(MatchError(ContainSubstring("1 links did not end in time")))
			Expect(stats().Links).To(BeZero())
		})

		It("closes at once when told so", func() {
			a := rooms.raw("a").enter("room")
			Expect(rooms.Close()).To(Succeed())
			Expect(stats().Links).To(BeZero())
			Expect(a.CloseNow()).To(Succeed())
		})
	})

	Describe("listening on a port", func() {
		It("serves until it is told to stop, and says when the port is taken", func() {
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			listener, err := server.Listen(ctx, "127.0.0.1:0")
			Expect(err).NotTo(HaveOccurred())
			address := listener.Addr().String()
			done := make(chan error, 1)
			go func() { done <- rooms.Serve(ctx, listener) }()
			a := newPeer(client.Config{URL: "ws://" + address}, "a").enter("room")

			err = rooms.ListenAndServe(ctx, address)
			Expect(err).To(MatchError(And(ContainSubstring(address), ContainSubstring("in use"), ContainSubstring("choose another port"))))

			cancel()
			Eventually(done).WithTimeout(patience).Should(Receive(Succeed()))
			Expect(a.unlinked()).To(HaveOccurred())
			a.Leave()
			Expect(a.lost()).To(Succeed())
		})

		It("says what is wrong with an address", func() {
			err := rooms.ListenAndServe(context.Background(), "nowhere")
			Expect(err).To(MatchError(And(ContainSubstring("nowhere"), ContainSubstring("host:port"))))
		})
	})

	DescribeTable("names the field of its config that is wrong",
		func(config server.Config, field string) {
			_, err := server.New(config)
			Expect(err).To(MatchError(ContainSubstring("Config." + field)))
		},
		Entry(nil, server.Config{MaxFrame: 17 << 10}, "MaxFrame"),
		Entry(nil, server.Config{MaxMembers: -2}, "MaxMembers"),
		Entry(nil, server.Config{HandshakeTimeout: -1}, "HandshakeTimeout"),
		Entry(nil, server.Config{Burst: -1}, "Burst"),
		Entry(nil, server.Config{Queue: -1}, "Queue"),
		Entry(nil, server.Config{Origins: []string{"["}}, "Origins"),
	)
})
