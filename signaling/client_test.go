//go:build !js

package signaling_test

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/coder/websocket"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/testing/protocmp"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/signaling/client"
	"github.com/n2n-overlay/n2n/signaling/server"
)

var protoEqual = protocmp.Transform()

func encoded(m *messages.Rendezvous) []byte {
	frame, err := messages.EncodeRendezvous(m)
	Expect(err).NotTo(HaveOccurred())
	return frame
}

var _ = Describe("A client", func() {
	DescribeTable("is not made with",
		func(config client.Config, text string) {
			_, err := client.New(config)
			Expect(err).To(MatchError(ContainSubstring(text)))
		},
		Entry("no URL", client.Config{Identity: identityOf("a")}, `"" is no URL of a signaling server: want ws://host:port`),
		Entry("a host in place of a URL", client.Config{Identity: identityOf("a"), URL: "localhost:5555"}, `"localhost:5555" is no URL`),
		Entry("another scheme", client.Config{Identity: identityOf("a"), URL: "ftp://host"}, "is no URL"),
		Entry("no host", client.Config{Identity: identityOf("a"), URL: "ws://:5555"}, "is no URL"),
		Entry("no identity", client.Config{URL: "ws://host"}, "Identity is missing"),
		Entry("a negative timeout", client.Config{URL: "ws://host", Identity: identityOf("a"), DialTimeout: -1}, "DialTimeout"),
		Entry("waits upside down", client.Config{URL: "ws://host", Identity: identityOf("a"), BackoffMin: 2, BackoffMax: 1}, "BackoffMax"),
	)

	DescribeTable("does not dial for a room whose name is",
		func(room, text string) {
			p := newPeer(client.Config{URL: "ws://unreachable.invalid"}, "a")
			p.Enter(room, p.post)
			Expect(p.lost()).To(MatchError(ContainSubstring(text)))
		},
		Entry("empty", "", "empty"),
		Entry("too long", strings.Repeat("é", 33), "66 bytes, must have 1 to 64"),
		Entry("not UTF-8", "\xff", "not UTF-8"),
	)

	It("says that no server listens, once, and may try again", func() {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		Expect(err).NotTo(HaveOccurred())
		address := listener.Addr().String()
		Expect(listener.Close()).To(Succeed())
		p := newPeer(client.Config{URL: "ws://me:secret@" + address}, "a")
		for range 2 {
			p.Enter("room", p.post)
			Expect(p.lost()).To(MatchError(And(ContainSubstring("no server listens at ws://me:xxxxx@"+address), ContainSubstring("start one"))))
		}
		Expect(p.events).To(BeEmpty())
	})

	DescribeTable("says that what it dialled is no signaling server:",
		func(handler http.HandlerFunc, text string) {
			web := httptest.NewServer(handler)
			DeferCleanup(web.Close)
			p := newPeer(client.Config{URL: web.URL, HandshakeTimeout: 100 * time.Millisecond}, "a")
			p.Enter("room", p.post)
			Expect(p.lost()).To(MatchError(And(ContainSubstring(strings.TrimPrefix(web.URL, "http")), ContainSubstring(text))))
		},
		Entry("another page", http.NotFound, "answered Not Found"),
		Entry("another WebSocket", answering([]byte("hello")), "no signaling server, or one of another version"),
		Entry("a larger one", answering(make([]byte, 1<<20)), "no signaling server, or one of another version"),
		Entry("one that begins otherwise", answering(enterFrame("room")), "does not begin with a challenge"),
		Entry("one that says nothing", answering(), "no signaling server, or one of another version"),
	)

	Describe("in a room", func() {
		var (
			rooms *service
			url   string
			stop  func()
		)
		// The server keeps one port for the whole spec, and can be stopped and started.
		start := func() {
			var err error
			rooms = &service{stopped: make(chan error, 1)}
			rooms.Server, err = server.New(server.Config{Logger: quiet})
			Expect(err).NotTo(HaveOccurred())
			var listener net.Listener
			Eventually(func() error {
				listener, err = server.Listen(context.Background(), strings.TrimPrefix(url, "ws://"))
				return err
			}).WithTimeout(patience).Should(Succeed())
			url = "ws://" + listener.Addr().String()
			ctx, cancel := context.WithCancel(context.Background())
			done := make(chan error, 1)
			go func() { done <- rooms.Serve(ctx, listener) }()
			stop = func() {
				cancel()
				Eventually(done).WithTimeout(patience).Should(Receive(Succeed()))
				done <- nil
			}
		}
		enter := func(name string) *peer {
			return newPeer(client.Config{URL: url, BackoffMin: time.Millisecond, BackoffMax: 10 * time.Millisecond}, name).enter("room")
		}
		BeforeEach(func() {
			url = "ws://127.0.0.1:0"
			start()
			DeferCleanup(func() { stop() })
		})

		It("reports what cannot be passed on while the server is down, and is back with it", func() {
			a, b := enter("a"), enter("b")
			stop()
			Eventually(func() any {
				a.Signal(offer("a", "b", 1))
				select {
				case event := <-a.events:
					return event
				default:
					return nil
				}
			}).WithTimeout(patience).Should(BeComparableTo(&messages.Gone{Peer: b.id.Bytes(), Job: 1}, protoEqual))
			start()
			for _, p := range []*peer{a, b} {
				Eventually(func() any { return <-p.events }).WithTimeout(patience).Should(BeAssignableToTypeOf(messages.RendezvousEntered{}))
			}
			Eventually(rooms.Stats).WithTimeout(patience).Should(HaveField("Members", 2))
			a.Signal(offer("a", "b", 2))
			Expect(b.is(BeAssignableToTypeOf(&messages.Signal{})).(*messages.Signal).GetJob()).To(BeEquivalentTo(2))
		})

		It("asks for contacts when it is back", func() {
			a := enter("a")
			stop()
			Eventually(func() any {
				a.Signal(offer("a", "b", 1))
				return len(a.events)
			}).WithTimeout(patience).Should(BeNumerically(">", 0))
			a.Contacts(5, 1)
			start()
			Eventually(func() any { return <-a.events }).WithTimeout(patience).Should(BeAssignableToTypeOf(&messages.ContactList{}))
		})

		It("leaves while the server is down", func() {
			a := enter("a")
			stop()
			Expect(a.unlinked()).To(MatchError(ContainSubstring("shutting down")))
			a.Leave()
			a.Leave()
			Expect(a.lost()).To(Succeed())
			Expect(a.events).To(BeEmpty())
			start()
		})

		It("gives way to a newer link of the same peer, for good", func() {
			older := enter("a")
			newer := enter("a")
			Expect(older.lost()).To(And(MatchError(messages.ErrDuplicate), MatchError(ContainSubstring("another process uses the same identity"))))
			newer.Contacts(1, 1)
			newer.is(BeAssignableToTypeOf(&messages.ContactList{}))
		})

		It("enters one room at a time, and another after leaving", func() {
			a := enter("a")
			a.Enter("other", a.post)
			Expect(a.lost()).To(MatchError(ContainSubstring("leave it first")))
			a.Leave()
			Expect(a.lost()).To(Succeed())
			a.enter("other")
		})

		It("turns away a signal that the server would take for a forgery, or that is over the caps", func() {
			a := enter("a")
			a.Signal(offer("b", "c", 1))
			a.is(BeComparableTo(&messages.Gone{Peer: idOf("c").Bytes(), Job: 1}, protoEqual))
			big := offer("a", "c", 2)
			big.GetOffer().Sdp = strings.Repeat("s", messages.MaxSDP+1)
			a.Signal(big)
			a.is(BeComparableTo(&messages.Gone{Peer: idOf("c").Bytes(), Job: 2}, protoEqual))
			a.Contacts(1, 1)
			a.is(BeAssignableToTypeOf(&messages.ContactList{}))
		})

		It("delivers a burst whole and in order", func() {
			a, b := enter("a"), enter("b")
			for job := range uint64(50) {
				a.Signal(offer("a", "b", job))
			}
			for job := range uint64(50) {
				Expect(b.is(BeAssignableToTypeOf(&messages.Signal{})).(*messages.Signal).GetJob()).To(Equal(job))
			}
		})
	})
})

// answering serves a WebSocket that sends frames, and reads until it is closed.
func answering(frames ...[]byte) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		conn, err := websocket.Accept(w, r, nil)
		if err != nil {
			return
		}
		conn.SetReadLimit(-1)
		for _, frame := range frames {
			_ = conn.Write(context.Background(), websocket.MessageBinary, frame)
		}
		for err == nil {
			_, _, err = conn.Read(context.Background())
		}
	}
}

// enterFrame returns an Enter that the encoder would refuse.
func enterFrame(room string) []byte {
	var enter []byte
	for field, value := range []string{room, string(make([]byte, messages.KeySize)), string(make([]byte, messages.SignatureSize))} {
		enter = protowire.AppendTag(enter, protowire.Number(field+1), protowire.BytesType)
		enter = protowire.AppendString(enter, value)
	}
	return protowire.AppendBytes(protowire.AppendTag(nil, 2, protowire.BytesType), enter)
}
