package client

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/signaling/internal/link"
	"github.com/n2n-overlay/n2n/signaling/internal/visit"
)

// session is one Enter of a client, up to its RendezvousLost. One goroutine owns it
// and reports all events. Each attempt is a goroutine that dials, enters and then
// reads, and tells the owner.
type session struct {
	config   Config
	room     string
	events   func(any)
	requests *requests
	// steady says that a first attempt that fails is tried again too, and that each
	// failure is reported.
	steady bool

	ctx   context.Context // done after Leave
	leave context.CancelFunc

	told     chan any // to the owner: entered, *messages.Rendezvous, lost
	attempts sync.WaitGroup

	// The fields below belong to the owner.
	link    *link.Link           // nil: not in the room
	next    *messages.Rendezvous // encoded in frame, to be written next
	frame   []byte
	entered bool // at least once
	wait    time.Duration
}

// The messages of an attempt to the owner, beside the messages that it reads.
type (
	entered struct {
		link    *link.Link
		members int
	}
	lost struct{ err error }
)

func newSession(config Config, room string, events func(any), steady bool) *session {
	s := &session{
		config:   config,
		room:     room,
		events:   events,
		steady:   steady,
		requests: newRequests(config.Queue),
		told:     make(chan any),
		wait:     config.BackoffMin,
	}
	s.ctx, s.leave = context.WithCancel(context.Background())
	return s
}

// run runs the owner. It calls free before the last event.
func (s *session) run(free func()) {
	err := visit.CheckRoom(s.room)
	if err == nil {
		err = s.stay()
	}
	s.leave()
	s.attempts.Wait()
	free()
	s.events(messages.RendezvousLost{Err: err})
}

// stay keeps a link until Leave (nil) or a final error.
func (s *session) stay() error {
	again := time.NewTimer(0)
	defer again.Stop()
	for {
		s.prepare()
		var out chan<- []byte
		if s.next != nil {
			out = s.link.Out()
		}
		select {
		case <-s.ctx.Done():
			return nil
		case <-again.C:
			s.attempts.Go(s.attempt)
		case out <- s.frame:
			s.next, s.frame = nil, nil
		case <-s.requests.wake:
		case what := <-s.told:
			if l, ok := what.(lost); ok {
				if final(l.err) || !s.entered && !s.steady {
					return l.err
				}
				inside := s.link != nil
				s.lose(l.err, again)
				if inside || s.steady {
					s.events(messages.RendezvousUnlinked{Err: l.err})
				}
				continue
			}
			s.hear(what)
		}
	}
}

// hear handles a message of an attempt.
func (s *session) hear(what any) {
	switch what := what.(type) {
	case entered:
		s.link, s.entered, s.wait = what.link, true, s.config.BackoffMin
		s.events(messages.RendezvousEntered{Members: what.members})
	case *messages.ContactList, *messages.Signal, *messages.Gone:
		s.events(what)
	}
}

// lose prepares the next attempt after a failure.
func (s *session) lose(err error, again *time.Timer) {
	level := slog.LevelDebug // for an attempt that failed
	if s.link != nil {
		level = slog.LevelInfo
	}
	s.link = nil
	wait := s.wait/2 + rand.N(s.wait/2+1)
	s.wait = min(2*s.wait, s.config.BackoffMax)
	again.Reset(wait)
	s.config.Logger.Log(s.ctx, level, "signaling: link lost, trying again", "peer", s.config.Identity.ID(), "room", s.room, "wait", wait, "cause", err)
}

// prepare chooses the next message to write, and reports the signals that will not be
// written.
func (s *session) prepare() {
	if s.link == nil && s.next != nil {
		if signal := s.next.GetSignal(); signal != nil {
			s.gone(signal)
		}
		s.next, s.frame = nil, nil
	}
	for _, signal := range s.requests.rejected(s.link == nil) {
		s.gone(signal)
	}
	for s.link != nil && s.next == nil {
		m := s.requests.pop()
		if m == nil {
			return
		}
		frame, err := s.encode(m)
		if err != nil {
			s.config.Logger.Warn("signaling: a signal cannot be sent", "peer", s.config.Identity.ID(), "cause", err)
			s.gone(m.GetSignal())
			continue
		}
		s.next, s.frame = m, frame
	}
}

// encode encodes a message. It refuses a signal for which the server would close the
// link.
func (s *session) encode(m *messages.Rendezvous) ([]byte, error) {
	if signal := m.GetSignal(); signal != nil {
		return visit.EncodeSignal(signal, s.config.Identity.ID())
	}
	return messages.EncodeRendezvous(m)
}

func (s *session) gone(signal *messages.Signal) { s.events(visit.GoneOf(signal)) }

// attempt is one link from dialling to its end.
func (s *session) attempt() {
	ctx, cancel := context.WithTimeout(s.ctx, s.config.DialTimeout)
	defer cancel()
	l := link.New(s.config.linkLimits())
	socket, err := dial(ctx, s.config, l.Ping)
	if err != nil {
		s.tell(lost{err})
		return
	}
	l.Start(socket)
	left := context.AfterFunc(s.ctx, func() { l.End(link.ErrLeft) })
	defer left()
	err = s.use(l)
	l.End(err)
	l.Wait()
	s.tell(lost{s.explain(l.Cause())})
}

// use enters the room over a link and reports all messages, until an error ends it.
func (s *session) use(l *link.Link) error {
	late := time.AfterFunc(s.config.HandshakeTimeout, func() { l.End(messages.ErrTimeout) })
	defer late.Stop()
	m, err := s.read(l)
	if err != nil {
		return err
	}
	challenge := m.GetChallenge()
	if challenge == nil {
		return fmt.Errorf("it does not begin with a challenge: %w", messages.ErrMalformed)
	}
	if err := l.Write(link.Encode(&messages.Rendezvous{Body: &messages.Rendezvous_Enter{Enter: &messages.Enter{
		Room:      s.room,
		PublicKey: s.config.Identity.PublicKey(),
		Signature: s.config.Identity.Sign(messages.EnterText(s.room, challenge.GetNonce())),
	}}})); err != nil {
		return err
	}
	if m, err = s.read(l); err != nil {
		return err
	}
	if m.GetEntered() == nil {
		return fmt.Errorf("it answers Enter with %T: %w", m.GetBody(), messages.ErrMalformed)
	}
	late.Stop()
	s.tell(entered{l, int(m.GetEntered().GetMembers())})
	for {
		if m, err = s.read(l); err != nil {
			return err
		}
		switch body := m.GetBody().(type) {
		case *messages.Rendezvous_ContactList:
			s.tell(body.ContactList)
		case *messages.Rendezvous_Gone:
			s.tell(body.Gone)
		case *messages.Rendezvous_Signal:
			id := s.config.Identity.ID()
			if !bytes.Equal(body.Signal.GetTo(), id[:]) || len(body.Signal.GetRoute()) != 0 {
				return fmt.Errorf("it passes on a signal that is not for this peer: %w", messages.ErrMalformed)
			}
			s.tell(body.Signal)
		default:
			return fmt.Errorf("it sends %T inside a room: %w", body, messages.ErrMalformed)
		}
	}
}

// read reads one message. A Fault is an error.
func (s *session) read(l *link.Link) (*messages.Rendezvous, error) {
	frame, err := l.Read()
	var f *link.Fault
	if errors.As(err, &f) {
		// A client does not tell the server about a fault. It only leaves.
		return nil, fmt.Errorf("%s: %w", f.Text, messages.ErrMalformed)
	}
	if err != nil {
		return nil, err
	}
	m, err := messages.DecodeRendezvous(frame)
	if err != nil {
		return nil, err
	}
	if said := m.GetFault(); said != nil {
		return nil, &refusal{code: said.GetReason().Code(), text: said.GetText()}
	}
	return m, nil
}

// tell tells the owner something, unless the client leaves.
func (s *session) tell(what any) {
	select {
	case s.told <- what:
	case <-s.ctx.Done():
	}
}

// refusal is a Fault of the server.
type refusal struct {
	code messages.Code
	text string
}

// Error returns the text of the server.
func (r *refusal) Error() string { return fmt.Sprintf("%q (%s)", r.text, string(r.code)) }

// Unwrap returns the server's reason.
func (r *refusal) Unwrap() error { return r.code }

// final reports whether another attempt is useless or harmful. Two processes with the
// same identity would replace each other for ever.
func final(err error) bool {
	return errors.Is(err, messages.ErrRefused) || errors.Is(err, messages.ErrDuplicate)
}

// explain adds the purpose of the link to an error, and what to do.
func (s *session) explain(err error) error {
	var r *refusal
	url := link.Shown(s.config.URL)
	switch {
	case errors.As(err, &r):
		hint := "see what the server says"
		switch r.code {
		case messages.ErrRefused:
			hint = "is the key of this identity right, and the server of the same version?"
		case messages.ErrDuplicate:
			hint = "another process uses the same identity"
		case messages.ErrFull, messages.ErrRate:
			hint = "try again later, or another room"
		case messages.ErrClosed, messages.ErrTimeout:
			hint = "try again"
		}
		return fmt.Errorf("signaling: %s closed the link for room %q: %w: %s", url, s.room, err, hint)
	case errors.Is(err, messages.ErrMalformed), errors.Is(err, messages.ErrTimeout):
		return fmt.Errorf("signaling: %s is no signaling server, or one of another version: %w", url, err)
	default:
		return fmt.Errorf("signaling: the link to %s was lost: %w", url, err)
	}
}
