package several

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/signaling/internal/visit"
)

// stay is one Enter of a Several, up to its RendezvousLost. Decisions that are made
// under its lock are executed afterwards: no service is called with the lock held.
type stay struct {
	config Config
	room   string

	mu       sync.Mutex
	out      *visit.Outbox
	branches []*branch
	contacts []*contactRequest // oldest first
	routes   *routes
	begun    bool // Enter was called at all services
	inside   bool // a service has let the peer in
	leaving  bool
	cause    error // the reason of leaving
}

// branch is a service during a stay.
type branch struct {
	service Service
	state   branchState
	failed  error // the error of the last link, nil while there is one
}

type branchState int

const (
	branchEntering branchState = iota
	branchLinked
	branchWaiting // without a link, but trying again
	branchOver    // after its RendezvousLost
)

// todo lists the calls to make without the lock.
type todo []func()

func (t todo) run() {
	for _, do := range t {
		do()
	}
}

func newStay(config Config, room string, events func(any), free func()) *stay {
	y := &stay{config: config, room: room, routes: newRoutes(), out: visit.NewOutbox(config.Queue, events, free)}
	for _, service := range config.Services {
		y.branches = append(y.branches, &branch{service: service})
	}
	return y
}

func (y *stay) enter() {
	if err := visit.CheckRoom(y.room); err != nil {
		y.mu.Lock()
		defer y.mu.Unlock()
		y.leaving = true
		y.out.End(messages.RendezvousLost{Err: err})
		return
	}
	for _, b := range y.branches {
		events := func(event any) { y.take(b, event) }
		if k, ok := b.service.(keeper); ok {
			k.Keep(y.room, events)
		} else {
			b.service.Enter(y.room, events)
		}
	}
	y.mu.Lock()
	y.begun = true
	do := y.giveUp()
	if y.leaving {
		do = y.leaveAll()
	}
	y.mu.Unlock()
	do.run()
}

// leave implements Leave.
func (y *stay) leave() {
	y.mu.Lock()
	var do todo
	if !y.leaving {
		y.leaving = true
		if y.begun { // otherwise enter does it
			do = y.leaveAll()
		}
	}
	y.mu.Unlock()
	do.run()
}

func (y *stay) leaveAll() (do todo) {
	for _, r := range y.contacts {
		r.stop()
	}
	for _, b := range y.branches {
		if b.state != branchOver {
			do = append(do, b.service.Leave)
		}
	}
	return do
}

// take handles an event of a service.
func (y *stay) take(b *branch, event any) {
	y.mu.Lock()
	var do todo
	if lost, ok := event.(messages.RendezvousLost); ok {
		do = y.lost(b, lost.Err)
	} else if !y.leaving {
		do = y.hear(b, event)
	}
	y.mu.Unlock()
	do.run()
}

func (y *stay) hear(b *branch, event any) todo {
	switch e := event.(type) {
	case messages.RendezvousEntered:
		return y.entered(b, e)
	case messages.RendezvousUnlinked:
		return y.unlinked(b, e)
	case *messages.ContactList:
		y.listed(b, e)
	case *messages.Signal:
		if y.routes.hear(b, e) {
			return todo{func() { y.out.Push(e) }}
		}
	case *messages.Gone:
		return y.gone(b, e)
	}
	return nil
}

func (y *stay) entered(b *branch, e messages.RendezvousEntered) (do todo) {
	if len(y.linked()) == 0 {
		y.out.Offer(e)
	}
	b.state, b.failed = branchLinked, nil
	if !y.inside {
		y.inside = true
		for _, other := range y.branches {
			if other.failed != nil {
				y.warn(other)
			}
		}
	}
	for _, r := range y.contacts {
		if !r.answeredBy(b) {
			do = append(do, func() { b.service.Contacts(r.number, r.n) })
		}
	}
	return do
}

// unlinked reports the loss of the last link.
func (y *stay) unlinked(b *branch, e messages.RendezvousUnlinked) todo {
	if b.state == branchLinked && len(y.linked()) == 1 {
		y.out.Offer(e)
	}
	return y.without(b, branchWaiting, e.Err)
}

// without goes on after a service has lost its link.
func (y *stay) without(b *branch, state branchState, err error) todo {
	news := b.state == branchEntering || state == branchOver
	b.state, b.failed = state, err
	if news && y.inside { // otherwise the error may become that of Enter
		y.warn(b)
	}
	y.settle()
	var do todo
	y.routes.stranded(b, func(signal *messages.Signal, next *branch) {
		do = append(do, y.pass(signal, next)...)
	})
	return append(do, y.giveUp()...)
}

func (y *stay) warn(b *branch) {
	y.config.Logger.Warn("signaling: the peer is not linked to one of its services", "room", y.room, "again", b.state == branchWaiting, "cause", b.failed)
}

// giveUp leaves all services when none lets the peer in.
func (y *stay) giveUp() todo {
	if y.leaving || !y.begun || y.inside || y.some(branchEntering) {
		return nil
	}
	y.leaving, y.cause = true, fmt.Errorf("signaling: no service lets the peer into room %q: %w", y.room, y.failures())
	return y.leaveAll()
}

// lost ends a service, and ends the stay with the last service.
func (y *stay) lost(b *branch, err error) (do todo) {
	if y.leaving {
		b.state = branchOver
	} else {
		if err == nil {
			err = fmt.Errorf("signaling: a service ended without a word: %w", messages.ErrClosed)
		}
		do = y.without(b, branchOver, err)
	}
	if y.some(branchEntering) || y.some(branchLinked) || y.some(branchWaiting) {
		return do
	}
	if !y.leaving {
		y.leaving, y.cause = true, fmt.Errorf("signaling: all services of room %q have ended: %w", y.room, y.failures())
	}
	y.out.End(messages.RendezvousLost{Err: y.cause})
	return do
}

// signal passes a signal to the service that it is to be tried at first.
func (y *stay) signal(signal *messages.Signal) {
	y.mu.Lock()
	var do todo
	if !y.leaving {
		do = y.pass(signal, y.routes.send(signal, y.linked()))
	}
	y.mu.Unlock()
	do.run()
}

// gone tries the next service.
func (y *stay) gone(b *branch, gone *messages.Gone) todo {
	signal, next := y.routes.gone(b, gone)
	if signal == nil { // it was not asked
		return nil
	}
	return y.pass(signal, next)
}

// pass gives a signal to a service; nil: there is none.
func (y *stay) pass(signal *messages.Signal, to *branch) todo {
	if to == nil {
		y.out.Offer(visit.GoneOf(signal))
		return nil
	}
	return todo{func() { to.service.Signal(signal) }}
}

// linked are the services that can be used, in their order.
func (y *stay) linked() []*branch {
	var all []*branch
	for _, b := range y.branches {
		if b.state == branchLinked {
			all = append(all, b)
		}
	}
	return all
}

func (y *stay) some(state branchState) bool {
	return slices.ContainsFunc(y.branches, func(b *branch) bool { return b.state == state })
}

// failures are why the services have no link.
func (y *stay) failures() error {
	var all failures
	for _, b := range y.branches {
		all = append(all, b.failed)
	}
	return all
}

// failures are errors on one line.
type failures []error

// Error lists them.
func (f failures) Error() string {
	var texts []string
	for _, err := range f {
		texts = append(texts, err.Error())
	}
	return strings.Join(texts, "; ")
}

// Unwrap is for errors.Is and errors.As.
func (f failures) Unwrap() []error { return f }
