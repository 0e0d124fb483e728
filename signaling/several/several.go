package several

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/signaling/internal/visit"
)

// maxServices bounds how often a signal is tried, and what a peer is linked to.
const maxServices = 16

// Config says through which services a peer meets others.
type Config struct {
	// Services are 1 to 16, each used by no one else, and of any kinds. Where
	// nothing speaks for another, those that come first are used first.
	Services []Service

	// ContactWait is how long a request for contacts waits for the other services
	// once the first has answered with too few. Default 1 s.
	ContactWait time.Duration
	// Queue is how many events wait for the peer at most. What services pass on
	// waits for room in it then; the Several's own answers are dropped, and the
	// requests that they are for end at their deadline. Default 1,024.
	Queue int

	// Logger takes what happens to the services. Nil: slog.Default.
	Logger *slog.Logger
}

// Validate names the first field that breaks its rule.
func (c Config) Validate() error {
	switch {
	case len(c.Services) < 1 || len(c.Services) > maxServices:
		return fmt.Errorf("signaling: Config.Services has %d services, must have 1 to %d", len(c.Services), maxServices)
	case slices.Contains(c.Services, nil):
		return errors.New("signaling: Config.Services has one that is nil")
	case c.ContactWait < 0:
		return fmt.Errorf("signaling: Config.ContactWait is %v, must be positive", c.ContactWait)
	case c.Queue < 0:
		return fmt.Errorf("signaling: Config.Queue is %d, must be at least 1", c.Queue)
	}
	return nil
}

// Several is the link of a peer to several signaling services at once; it
// implements actors.Rendezvous. Its methods may be called from any goroutine, and
// do not block.
//
// It enters the room at all services, and is inside as soon as the first lets it
// in: that is messages.RendezvousEntered. It stays with all that it reaches, so
// that it can be found through any. A client.Client among them is tried again, with its
// own growing waits, also if it could not enter at first. While no service is
// linked, which messages.RendezvousUnlinked tells, a signal is answered with
// messages.Gone at once and requests for contacts wait; the first that is back is a RendezvousEntered again. RendezvousLost comes
// after Leave, when no service lets the peer in, or when all have ended; its
// error is then that of each.
//
// Contacts are asked for at all services. The lists are merged as they come,
// each peer once, until there are as many as were asked for, all services that
// are linked or about to be have answered, or ContactWait has passed since the
// first answer.
//
// A signal goes through one service at a time: an answer or refusal through the
// one that its offer came by, an offer through the one that last brought a signal
// of its target or named it, and rather not through one where an offer to the
// same target is unanswered. If that one does not know the target, the next is
// tried, each once; so is what was signalled in the last ten seconds when the link
// to its service is lost before anything came back. messages.Gone tells that none
// knows the target.
//
// A signal that comes again, through whichever service, is dropped; so is the
// answer of a peer that the same service said not to know.
type Several struct {
	config Config

	mu   sync.Mutex
	stay *stay // nil: not entered
}

// New returns a Several that has not entered. The error names the field of
// the config that breaks its rule.
func New(config Config) (*Several, error) {
	if err := config.Validate(); err != nil {
		return nil, err
	}
	config.Services = slices.Clone(config.Services)
	config.ContactWait = cmp.Or(config.ContactWait, time.Second)
	config.Queue = cmp.Or(config.Queue, 1024)
	if config.Logger == nil {
		config.Logger = slog.Default()
	}
	return &Several{config: config}, nil
}

// Enter enters a room of 1 to 64 bytes of UTF-8 at all services. While the peer is
// in a room, or about to be, events gets no more than a messages.RendezvousLost.
func (s *Several) Enter(room string, events func(event any)) {
	s.mu.Lock()
	if s.stay != nil {
		s.mu.Unlock()
		go events(messages.RendezvousLost{Err: visit.ErrEntered})
		return
	}
	y := newStay(s.config, room, events, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.stay = nil
	})
	s.stay = y
	s.mu.Unlock()
	y.enter()
}

// Contacts asks for n members, between 1 and 64: one *messages.ContactList with the
// same request. Of more than 64 requests that wait, the oldest are dropped.
func (s *Several) Contacts(request uint64, n int) {
	if y := s.current(); y != nil {
		y.ask(request, min(max(n, 1), messages.MaxContacts))
	}
}

// Signal passes a signal to the member that it is for. The signal is not to be
// changed any more. *messages.Gone tells that no service has passed it on.
func (s *Several) Signal(signal *messages.Signal) {
	if y := s.current(); y != nil {
		y.signal(signal)
	}
}

// Leave leaves all services; messages.RendezvousLost follows when the last has let
// go, without an error. It may be called again.
func (s *Several) Leave() {
	if y := s.current(); y != nil {
		y.leave()
	}
}

func (s *Several) current() *stay {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stay
}
