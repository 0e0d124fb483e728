package actors

import (
	"fmt"
	"sync/atomic"

	"github.com/n2n-overlay/n2n/actors/internal/tally"
	"github.com/n2n-overlay/n2n/messages"
)

// maxServiceEvents is how many events of a signaling service may wait for the
// rendezvous actor. More are dropped, as a service may lose them too.
const maxServiceEvents = 1024

// fromRendezvous is an event of a signaling service.
type fromRendezvous struct{ event any }

// service takes the events of a signaling service, on any goroutine, and bounds how
// many wait.
type service struct {
	inbox            *inbox
	waiting, dropped atomic.Int64
}

func (s *service) post(event any) {
	switch event.(type) {
	case *messages.Signal, *messages.ContactList, *messages.Gone:
		if s.waiting.Load() >= maxServiceEvents {
			s.dropped.Add(1)
			return
		}
	}
	s.waiting.Add(1)
	s.inbox.post(fromRendezvous{event})
}

// heard takes the next event of the service.
func (r *rendezvous) heard(event any) {
	r.service.waiting.Add(-1)
	r.tally.AddN(tally.ServiceEventsDropped, uint32(r.service.dropped.Swap(0)))
	switch m := event.(type) {
	case messages.RendezvousEntered:
		r.entered()
	case *messages.ContactList:
		r.listed(m)
	case *messages.Signal:
		r.ctx.Send(r.n2n, fromService{m})
	case *messages.Gone:
		r.gone(m)
	case messages.RendezvousLost:
		r.lost(noService(m.Err))
	}
}

// noService says that the service cannot be reached, if an error tells no more than that: a
// link that was closed, or a server that did not answer in time.
func noService(err error) error {
	switch messages.CodeOf(err) {
	case messages.ErrClosed, messages.ErrTimeout:
		return fmt.Errorf("%w: %w", messages.ErrUnreachable, err)
	default:
		return err
	}
}
