//go:build !js

package server

import (
	"crypto/ed25519"
	crand "crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"golang.org/x/time/rate"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/signaling/internal/link"
	"github.com/n2n-overlay/n2n/signaling/internal/room"
)

// member is one link to the server. It is outside of rooms until it has proved its
// identity, and then in one room until it ends.
type member struct {
	*link.Link
	server  *Server
	remote  string
	nonce   [messages.NonceSize]byte
	limiter *rate.Limiter
	seat    room.Seat[*member] // its ID is set once, before the member enters; Server.mu guards the rest
}

func newMember(s *Server, remote string) *member {
	limit := rate.Limit(s.config.Rate)
	if limit < 0 {
		limit = rate.Inf
	}
	m := &member{
		Link:    link.New(s.config.linkLimits()),
		server:  s,
		remote:  remote,
		limiter: rate.NewLimiter(limit, s.config.Burst),
	}
	m.seat.Member = m
	_, _ = crand.Read(m.nonce[:]) // never fails
	return m
}

// run serves the link until it ends.
func (m *member) run(socket *link.Socket) {
	m.Start(socket)
	defer m.Wait()
	m.server.attach(m)
	defer m.server.detach(m)

	m.Send(link.Encode(&messages.Rendezvous{Body: &messages.Rendezvous_Challenge{
		Challenge: &messages.Challenge{Nonce: m.nonce[:]},
	}}))
	late := time.AfterFunc(m.server.config.HandshakeTimeout, func() {
		m.End(&link.Fault{Code: messages.ErrTimeout, Text: "no Enter came in time"})
	})
	err := m.next(m.enter)
	late.Stop()
	for err == nil {
		err = m.next(m.serve)
	}
	m.End(err)
	m.report()
}

// next reads one frame and handles it. An error ends the link.
func (m *member) next(handle func(*messages.Rendezvous, []byte) error) error {
	frame, err := m.Read()
	if err != nil {
		return err
	}
	if !m.limiter.Allow() {
		m.server.count(&m.server.stats.RateLimited)
		if err := m.limiter.Wait(m.Context()); err != nil {
			return err // the link has ended
		}
	}
	if err := m.Cause(); err != nil {
		return err
	}
	message, err := messages.DecodeRendezvous(frame)
	if err != nil {
		return link.Malformed(err.Error())
	}
	return handle(message, frame)
}

// enter handles the first message of a peer.
func (m *member) enter(message *messages.Rendezvous, _ []byte) error {
	enter := message.GetEnter()
	if enter == nil {
		return outOfOrder(message, "before Enter")
	}
	if !ed25519.Verify(enter.GetPublicKey(), messages.EnterText(enter.GetRoom(), m.nonce[:]), enter.GetSignature()) {
		return &link.Fault{Code: messages.ErrRefused, Text: "the signature in Enter does not prove the key for this room and nonce"}
	}
	m.seat.ID = messages.PeerIDOf(enter.GetPublicKey())
	if err := m.server.enter(m, enter.GetRoom()); err != nil {
		return err
	}
	m.server.log.Debug("signaling: entered", "peer", m.seat.ID, "room", enter.GetRoom(), "remote", m.remote)
	return nil
}

// serve handles the messages of a member.
func (m *member) serve(message *messages.Rendezvous, frame []byte) error {
	switch body := message.GetBody().(type) {
	case *messages.Rendezvous_ContactRequest:
		m.contacts(body.ContactRequest)
		return nil
	case *messages.Rendezvous_Signal:
		return m.signal(body.Signal, frame)
	default:
		return outOfOrder(message, "inside a room")
	}
}

func (m *member) contacts(request *messages.ContactRequest) {
	list := &messages.ContactList{Request: request.GetRequest()}
	for _, id := range m.server.contacts(m, int(request.GetCount())) {
		list.Peers = append(list.Peers, id.Bytes())
	}
	m.answer(&messages.Rendezvous{Body: &messages.Rendezvous_ContactList{ContactList: list}})
}

// signal passes a signal on unchanged. It was decoded, and its sender is the peer
// of this link.
func (m *member) signal(signal *messages.Signal, frame []byte) error {
	if from := messages.PeerID(signal.GetFrom()); from != m.seat.ID {
		return &link.Fault{Code: messages.ErrRefused, Text: "a signal names another sender than the peer of this link"}
	}
	if len(signal.GetRoute()) != 0 {
		return link.Malformed("a signal through the server has a route")
	}
	if !m.server.relay(m, messages.PeerID(signal.GetTo()), frame) {
		m.answer(&messages.Rendezvous{Body: &messages.Rendezvous_Gone{
			Gone: &messages.Gone{Peer: signal.GetTo(), Job: signal.GetJob()},
		}})
	}
	return nil
}

// answer queues the answer to a member. A member that asks faster than it reads is
// read more slowly.
func (m *member) answer(message *messages.Rendezvous) {
	select {
	case m.Out() <- link.Encode(message):
	case <-m.Context().Done():
	}
}

// report counts the reason for which the link ended, and logs it if something was
// wrong.
func (m *member) report() {
	var (
		f       *link.Fault
		stats   = &m.server.stats
		cause   = m.Cause()
		level   = slog.LevelInfo
		counter *uint64
	)
	switch {
	case errors.As(cause, &f) && f.Malformed, errors.Is(cause, link.ErrProtocol):
		counter = &stats.Malformed
	case errors.Is(cause, link.ErrSlow):
		counter = &stats.Slow
	case errors.Is(cause, link.ErrSilent), errors.Is(cause, messages.ErrTimeout):
		counter = &stats.TimedOut
	case errors.Is(cause, messages.ErrDuplicate), errors.Is(cause, messages.ErrClosed):
		level = slog.LevelDebug
	case f != nil:
		counter = &stats.Refused
	default:
		level = slog.LevelDebug
	}
	if counter != nil {
		m.server.count(counter)
	}
	m.server.log.Log(m.Context(), level, "signaling: link ended", "peer", m.seat.ID, "remote", m.remote, "cause", cause)
}

func outOfOrder(message *messages.Rendezvous, when string) error {
	return link.Malformed(fmt.Sprintf("a message came out of order: %T %s", message.GetBody(), when))
}
