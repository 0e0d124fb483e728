//go:build !js

package signaling_test

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"go.uber.org/goleak"

	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/signaling/client"
	"github.com/n2n-overlay/n2n/signaling/server"
)

var _ actors.Rendezvous = (*client.Client)(nil)

func TestSignaling(t *testing.T) {
	before := goleak.IgnoreCurrent()
	RegisterFailHandler(Fail)
	RunSpecs(t, "signaling")
	goleak.VerifyNone(t, before,
		goleak.IgnoreAnyFunction("github.com/onsi/ginkgo/v2/internal/interrupt_handler.(*InterruptHandler).registerForInterrupts.func2"))
}

// patience bounds every wait. Only a failing test waits that long.
const patience = 2 * time.Minute

var quiet = slog.New(slog.DiscardHandler)

func keyOf(name string) ed25519.PrivateKey {
	seed := sha256.Sum256([]byte(name))
	return ed25519.NewKeyFromSeed(seed[:])
}

func identityOf(name string) *actors.KeyIdentity { return actors.NewIdentity(keyOf(name)) }

func idOf(name string) messages.PeerID { return identityOf(name).ID() }

// service is a server that listens in memory.
type service struct {
	*server.Server
	pipe    *server.Pipe
	stop    context.CancelFunc
	stopped chan error
}

func serve(config server.Config) *service {
	GinkgoHelper()
	config.Logger = quiet
	rooms, err := server.New(config)
	Expect(err).NotTo(HaveOccurred())
	s := &service{Server: rooms, stopped: make(chan error, 1)}
	s.listen()
	DeferCleanup(func() {
		s.stop()
		Eventually(s.stopped).WithTimeout(patience).Should(Receive(Succeed()))
		s.stopped <- nil
	})
	return s
}

func (s *service) listen() {
	ctx, cancel := context.WithCancel(context.Background())
	s.pipe, s.stop = server.NewPipe(), cancel
	go func() { s.stopped <- s.Serve(ctx, s.pipe) }()
}

// peer is a client with its events.
type peer struct {
	*client.Client
	id     messages.PeerID
	events chan any
}

func newPeer(config client.Config, name string) *peer {
	GinkgoHelper()
	identity := identityOf(name)
	config.Identity = identity
	config.Logger = quiet
	member, err := client.New(config)
	Expect(err).NotTo(HaveOccurred())
	p := &peer{Client: member, id: identity.ID(), events: make(chan any, 10_000)}
	DeferCleanup(member.Leave)
	return p
}

func (s *service) peer(name string) *peer {
	GinkgoHelper()
	return newPeer(client.Config{URL: "ws://signaling", HTTPClient: s.pipe.HTTPClient()}, name)
}

func (p *peer) post(event any) { p.events <- event }

// enter enters a room and waits until the peer is in it.
func (p *peer) enter(room string) *peer {
	GinkgoHelper()
	p.Enter(room, p.post)
	p.is(BeAssignableToTypeOf(messages.RendezvousEntered{}))
	return p
}

// is waits for the next event and checks it.
func (p *peer) is(matcher any) any {
	GinkgoHelper()
	var event any
	Eventually(p.events).WithTimeout(patience).Should(Receive(&event))
	Expect(event).To(matcher.(interface {
		Match(any) (bool, error)
		FailureMessage(any) string
		NegatedFailureMessage(any) string
	}))
	return event
}

// lost waits for the last event and returns its error.
func (p *peer) lost() error {
	GinkgoHelper()
	return p.is(BeAssignableToTypeOf(messages.RendezvousLost{})).(messages.RendezvousLost).Err
}

// unlinked waits for the loss of the link and returns its error.
func (p *peer) unlinked() error {
	GinkgoHelper()
	return p.is(BeAssignableToTypeOf(messages.RendezvousUnlinked{})).(messages.RendezvousUnlinked).Err
}

func offer(from, to string, job uint64) *messages.Signal {
	return &messages.Signal{
		Job: job, From: idOf(from).Bytes(), To: idOf(to).Bytes(),
		Body: &messages.Signal_Offer{Offer: &messages.Offer{Sdp: "v=0", Protocol: "spray"}},
	}
}

// raw is a peer that sends whatever the test wants.
type raw struct {
	*websocket.Conn
	key   ed25519.PrivateKey
	nonce []byte
}

func dial(pipe *server.Pipe, header http.Header) (*websocket.Conn, *http.Response, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	return websocket.Dial(ctx, "ws://signaling", &websocket.DialOptions{HTTPClient: pipe.HTTPClient(), HTTPHeader: header})
}

// raw connects a raw peer, and waits for the challenge.
func (s *service) raw(name string) *raw {
	GinkgoHelper()
	conn, _, err := dial(s.pipe, nil)
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(func() { _ = conn.CloseNow() })
	r := &raw{Conn: conn, key: keyOf(name)}
	r.nonce = r.receive().GetChallenge().GetNonce()
	Expect(r.nonce).To(HaveLen(messages.NonceSize))
	return r
}

func (r *raw) send(frame []byte) {
	GinkgoHelper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	Expect(r.Write(ctx, websocket.MessageBinary, frame)).To(Succeed())
}

func (r *raw) say(m *messages.Rendezvous) {
	GinkgoHelper()
	frame, err := messages.EncodeRendezvous(m)
	Expect(err).NotTo(HaveOccurred())
	r.send(frame)
}

func (r *raw) receive() *messages.Rendezvous {
	GinkgoHelper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	_, frame, err := r.Read(ctx)
	Expect(err).NotTo(HaveOccurred())
	m, err := messages.DecodeRendezvous(frame)
	Expect(err).NotTo(HaveOccurred())
	return m
}

func (r *raw) prove(room string, nonce []byte) *messages.Enter {
	return &messages.Enter{
		Room:      room,
		PublicKey: r.key.Public().(ed25519.PublicKey),
		Signature: ed25519.Sign(r.key, messages.EnterText(room, nonce)),
	}
}

func (r *raw) enter(room string) *raw {
	GinkgoHelper()
	r.say(enterOf(r.prove(room, r.nonce)))
	Expect(r.receive().GetEntered().GetMembers()).To(BeNumerically(">=", 1))
	return r
}

// faulted waits for the Fault and the close after it.
func (r *raw) faulted(code messages.Code, text string) {
	GinkgoHelper()
	fault := r.receive().GetFault()
	Expect(fault).NotTo(BeNil(), "no Fault")
	Expect(fault.GetReason().Code()).To(Equal(code))
	Expect(strings.ToLower(fault.GetText())).To(ContainSubstring(text))
	r.closed()
}

func (r *raw) closed() {
	GinkgoHelper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	_, _, err := r.Read(ctx)
	Expect(err).To(HaveOccurred())
	Expect(ctx.Err()).NotTo(HaveOccurred(), "the link was not closed")
}

func enterOf(e *messages.Enter) *messages.Rendezvous {
	return &messages.Rendezvous{Body: &messages.Rendezvous_Enter{Enter: e}}
}

func signalOf(s *messages.Signal) *messages.Rendezvous {
	return &messages.Rendezvous{Body: &messages.Rendezvous_Signal{Signal: s}}
}

func contactsOf(request uint64, n uint32) *messages.Rendezvous {
	return &messages.Rendezvous{Body: &messages.Rendezvous_ContactRequest{
		ContactRequest: &messages.ContactRequest{Request: request, Count: n},
	}}
}
