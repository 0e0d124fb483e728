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

// maxServices bounds how often a signal is tried, and to how many services a peer is linked.
const maxServices = 16

// Config says through which services a peer meets others.
type Config struct {
	// Services are 1 to 16 services of any kinds, which are not used elsewhere. If nothing speaks
	// for another one, earlier ones are used first.
	Services []Service

	// ContactWait is how long a request for contacts waits for the other services, when the first
	// has answered with too few. Default 1 s.
	ContactWait time.Duration
	// Queue is the most events that wait for the peer. When it is full, messages of services wait.
	// The Several's own answers are dropped, and their requests end at their deadlines. Default
	// 1,024.
	Queue int

	// Logger gets the events of the services. Nil: slog.Default.
	Logger *slog.Logger
}

// Validate returns an error that names the first invalid field, if there is one.
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

// Several is the link of a peer to several signaling services at once. It implements
// actors.Rendezvous. Its methods may be called from any goroutine, and do not block.
//
// It enters the room at all services. It is in the room when the first one lets it in, which
// messages.RendezvousEntered reports. It stays linked to all that it reaches, so that others can
// find it through any. A client.Client among them tries again with its own growing waits, even if
// it could not enter at first. messages.RendezvousUnlinked reports that no service is linked. Until
// one is, the answer to a signal is messages.Gone at once, and requests for contacts wait.
// RendezvousEntered comes again when the first service is back. RendezvousLost comes after Leave,
// when no service lets the peer in, or when all have ended. Its error has the error of each
// service.
//
// Contacts asks all services. Their lists are merged, each peer once. The answer is complete when
// it has enough peers, when all services that are linked or about to be have answered, or when
// ContactWait has passed since the first answer.
//
// A signal goes through one service at a time. An answer or refusal goes through the service that
// brought the offer. An offer goes through the service that last brought a signal of its target or
// named it, but if possible not through one where an offer to the same target is unanswered. If
// that service does not know the target, the next one is tried, each once. When the link to a
// service is lost, signals of the last ten seconds without an answer are tried again at the next
// one. messages.Gone tells that no service knows the target.
//
// A signal that comes twice, through any services, is dropped the second time. The answer of a peer
// is dropped if the same service has said that it does not know the peer.
type Several struct {
	config Config

	mu   sync.Mutex
	stay *stay // nil: it has not entered
}

// New returns a Several that has not entered. Its error names the invalid field of the config.
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

// Enter enters a room of 1 to 64 bytes of UTF-8 at all services. If the peer is in a room already,
// or about to be, events gets only a messages.RendezvousLost.
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

// Contacts asks for n members, 1 to 64. The answer is one *messages.ContactList with the same
// request. If more than 64 requests wait, the oldest are dropped.
func (s *Several) Contacts(request uint64, n int) {
	if y := s.current(); y != nil {
		y.ask(request, min(max(n, 1), messages.MaxContacts))
	}
}

// Signal passes a signal to its target. The caller must not change the signal afterwards.
// *messages.Gone tells that no service has passed it on.
func (s *Several) Signal(signal *messages.Signal) {
	if y := s.current(); y != nil {
		y.signal(signal)
	}
}

// Leave leaves all services. When the last one has ended, messages.RendezvousLost follows without
// an error. It may be called again.
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
