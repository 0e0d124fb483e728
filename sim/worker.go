package sim

import (
	"fmt"
	"log/slog"
	"time"

	"github.com/asynkron/protoactor-go/actor"
)

// worker runs a part of a world's peers, one event at a time. They have an actor system of
// their own, so workers share no registry of actors.
type worker struct {
	world  *World
	number int
	system *actor.ActorSystem
	queue  queue
	now    time.Duration
	events schedule
	free   []*delivery // to be used again, up to maxFree
	totals Totals
	failed error

	// These wait for the end of the window.
	out        [][]*event // for the peers of each other worker
	made, gone []*conn
	asked      []asking
	told       []telling
}

// asking is something that changes what several peers share.
type asking struct {
	moment
	leg time.Duration // until the service hears it
	do  func(at time.Duration)
}

// telling is the call of a subscriber of a peer.
type telling struct {
	moment
	do func()
}

func newWorker(w *World, number, of int, log *slog.Logger) *worker {
	k := &worker{
		world: w, number: number, out: make([][]*event, of),
		system: actor.NewActorSystem(actor.WithLoggerFactory(func(*actor.ActorSystem) *slog.Logger { return log })),
	}
	k.queue.post = k.queue.line.Push
	k.queue.panicked = func(reason any) { k.fail(fmt.Errorf("an actor panicked: %v", reason)) }
	k.system.EventStream.Subscribe(func(event any) {
		if letter, ok := event.(*actor.DeadLetterEvent); ok {
			k.fail(fmt.Errorf("dead letter: %T to %s", letter.Message, letter.PID.GetId()))
		}
	})
	return k
}

func (k *worker) fail(err error) {
	if k.failed == nil {
		k.failed = fmt.Errorf("at %v of virtual time: %w", k.now, err)
	}
}

// run lets all events before limit happen.
func (k *worker) run(limit time.Duration) {
	k.queue.drain()
	for k.failed == nil && len(k.events) > 0 && k.events[0].at < limit {
		k.step()
	}
}

// step lets the first event happen, and the actors handle what comes of it.
func (k *worker) step() {
	e := k.events.pop()
	k.now = e.at
	k.totals.Events++
	if d := e.delivery; d != nil {
		d.conn.happen(d)
		k.release(d)
	} else {
		call := e.call
		e.call = nil
		call()
	}
	k.queue.drain()
}

// maxFree bounds the places of deliveries that are kept, which take 3 MB. The rest of
// what a crowd needed goes back.
const maxFree = 1 << 14

// release keeps the place of a delivery that has happened.
func (k *worker) release(d *delivery) {
	*d = delivery{event: event{index: -1}}
	if len(k.free) < maxFree {
		k.free = append(k.free, d)
	}
}

// delivery returns d in a place that can be used again once it has happened.
func (k *worker) delivery(d delivery) *delivery {
	place := &delivery{}
	if n := len(k.free); n > 0 {
		place = k.free[n-1]
		k.free[n-1] = nil
		k.free = k.free[:n-1]
	}
	*place = d
	place.event.delivery = place
	return place
}
