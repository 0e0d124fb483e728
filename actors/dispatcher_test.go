//go:build !js

package actors_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

// TestDefaultDispatcher has many goroutines make requests of a few peers whose
// actors run on the default dispatcher: side by side, each turn on a goroutine
// of its own. It is for the race detector, and for orders of messages that one
// loop never shows. What happens at one instant of the virtual time happens in
// any order.
func TestDefaultDispatcher(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &shared{memory: newMemory()}
		m.system.EventStream.Subscribe(func(e any) {
			if d, ok := e.(*actor.DeadLetterEvent); ok && !isStop(d.Message) {
				t.Errorf("%T was sent to %s, which is gone", d.Message, d.PID.GetId())
			}
		})
		over := make(chan struct{})
		go m.pass(over)
		defer close(over)
		peers := m.start(t, "a", "b", "c", "d")
		var workers sync.WaitGroup
		for i, peer := range peers {
			for worker := range 3 {
				random := rand.New(rand.NewPCG(uint64(i), uint64(worker)))
				workers.Go(func() { makeRequests(t, random, peer, peers) })
			}
			workers.Go(func() { readdOften(t, rand.New(rand.NewPCG(uint64(i), 99)), peer) })
		}
		workers.Go(func() { m.cutOften(rand.New(rand.NewPCG(0, 100))) })
		workers.Wait()
		time.Sleep(2 * time.Minute)
		checkAtRest(t, peers)
		for _, peer := range peers {
			workers.Go(func() {
				if err := peer.Leave(t.Context()); err != nil {
					t.Errorf("leave: %v", err)
				}
			})
		}
		workers.Wait()
		time.Sleep(time.Minute) // the actor system counts dead letters for a while
	})
}

// isStop reports whether a message is the actor library's: an actor that ends
// stops its children, among them those that are just ending.
func isStop(message any) bool {
	_, ok := message.(*actor.Stop)
	return ok
}

// possible are the codes with which the requests of makeRequests may end. A code of
// something else, and none, as of a request that did not end in time, is a fault.
var possible = []messages.Code{
	messages.ErrSelf, messages.ErrUnknownPeer, messages.ErrNotNeighbor, messages.ErrLocked, messages.ErrNoArc,
	messages.ErrNoProtocol, messages.ErrTimeout, messages.ErrRefused, messages.ErrRate, messages.ErrDuplicate, messages.ErrClosed,
}

// makeRequests makes random requests in the name of lab. Each must end in time,
// with success or a code that is possible.
func makeRequests(t *testing.T, random *rand.Rand, peer *actors.Peer, peers []*actors.Peer) {
	for range 80 {
		b, c := peers[random.IntN(len(peers))].ID(), peers[random.IntN(len(peers))].ID()
		ctx, cancel := context.WithTimeout(t.Context(), quick().RequestTimeout+time.Second)
		var err error
		switch random.IntN(9) {
		case 0, 1:
			err = peer.Open(ctx, "lab", b)
		case 2:
			err = peer.Open(ctx, "lab", b, c)
		case 3:
			err = peer.Close(ctx, "lab", b)
		case 4:
			err = peer.Lock(ctx, "lab", b)
		case 5:
			err = peer.Drop(ctx, "lab", b)
		case 6:
			err = peer.Introduce(ctx, "lab", b, c, messages.Views{})
		case 7:
			err = peer.Invite(ctx, "lab", b)
		case 8:
			_ = peer.Send("lab", b, wrapperspb.Bytes([]byte("x")))
			_, err = peer.Snapshot(ctx)
		}
		cancel()
		if code := messages.CodeOf(err); err != nil && !slices.Contains(possible, code) {
			t.Errorf("a request ended with the code %q: %v", string(code), err)
		}
		time.Sleep(time.Duration(random.IntN(50)) * time.Millisecond)
	}
}

// readdOften removes a peer's lab and adds it again.
func readdOften(t *testing.T, random *rand.Rand, peer *actors.Peer) {
	for range 6 {
		time.Sleep(time.Duration(random.IntN(300)) * time.Millisecond)
		err := peer.Remove(t.Context(), "lab")
		_, again := peer.Spawn(t.Context(), lab)
		if err := errors.Join(err, again); err != nil {
			t.Errorf("lab is added again: %v", err)
		}
	}
}

// cutOften cuts a connection of any peer.
func (m *shared) cutOften(random *rand.Rand) {
	for range 30 {
		time.Sleep(time.Duration(random.IntN(100)) * time.Millisecond)
		m.locked(func() {
			if len(m.conns) > 0 {
				m.conns[random.IntN(len(m.conns))].Close(false)
			}
		})
	}
}

// checkAtRest asserts that the views of all peers agree and that nothing is left over.
func checkAtRest(t *testing.T, peers []*actors.Peer) {
	snapshots := make([]actors.Snapshot, len(peers))
	for i, peer := range peers {
		s, err := peer.Snapshot(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		snapshots[i] = s
	}
	opened := 0.0
	for _, s := range snapshots {
		opened += s.Counters["arcs_opened"]
		for _, other := range snapshots {
			out, in := s.Views["lab"].Out.Count(other.ID), other.Views["lab"].In.Count(s.ID)
			if out != in {
				t.Errorf("%s holds %d arcs to %s, which knows of %d", s.ID.Short(), out, other.ID.Short(), in)
			}
		}
		for what, n := range s.Held {
			if n != 0 {
				t.Errorf("%s holds %d %s", s.ID.Short(), n, what)
			}
		}
		for _, sum := range []string{"violations", "connections_violated", "connection_panics"} {
			if n := s.Counters[sum]; n != 0 {
				t.Errorf("%s counts %v %s", s.ID.Short(), n, sum)
			}
		}
	}
	if opened < 50 {
		t.Errorf("%v arcs were opened, too few to say anything", opened)
	}
}

// shared is a memory that many goroutines use.
type shared struct {
	*memory
	mutex sync.Mutex
}

// pass lets the memory's time pass with that of the test, until over.
func (m *shared) pass(over <-chan struct{}) {
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-over:
			return
		case <-tick.C:
			m.locked(func() { m.run(time.Millisecond) })
		}
	}
}

func (m *shared) locked(do func()) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	do()
}

// start starts peers that run lab, and lets them enter a room.
func (m *shared) start(t *testing.T, names ...string) []*actors.Peer {
	var peers []*actors.Peer
	for _, name := range names {
		world := m.world(name)
		world.Dispatcher, world.Await = nil, nil
		world.Transport = sharedTransport{m, world.Transport}
		world.Clock = sharedClock{m, world.Clock}
		world.Rendezvous = sharedRoom{m, world.Rendezvous}
		peer, err := actors.Start(m.system, world, quick())
		if err == nil {
			_, err = peer.Spawn(t.Context(), lab)
		}
		if err == nil {
			_, err = peer.Join(t.Context(), "room")
		}
		if err != nil {
			t.Fatal(err)
		}
		peers = append(peers, peer)
	}
	return peers
}

type sharedClock struct {
	*shared
	clock actors.Clock
}

func (c sharedClock) Now() (now time.Time) {
	c.locked(func() { now = c.clock.Now() })
	return now
}

func (c sharedClock) AfterFunc(d time.Duration, post func()) (timer actors.Timer) {
	c.locked(func() { timer = sharedTimer{c.shared, c.clock.AfterFunc(d, post)} })
	return timer
}

type sharedTimer struct {
	*shared
	timer actors.Timer
}

func (t sharedTimer) Stop() (was bool) {
	t.locked(func() { was = t.timer.Stop() })
	return was
}

type sharedTransport struct {
	*shared
	transport actors.Transport
}

func (t sharedTransport) Connect(remote messages.PeerID, events func(actors.ConnEvent)) (conn actors.Conn) {
	t.locked(func() { conn = sharedConn{t.shared, t.transport.Connect(remote, events)} })
	return conn
}

func (t sharedTransport) Close() { t.locked(t.transport.Close) }

type sharedConn struct {
	*shared
	conn actors.Conn
}

func (c sharedConn) Offer()               { c.locked(c.conn.Offer) }
func (c sharedConn) Answer(offer string)  { c.locked(func() { c.conn.Answer(offer) }) }
func (c sharedConn) Accept(answer string) { c.locked(func() { c.conn.Accept(answer) }) }
func (c sharedConn) Congested() bool      { return false }
func (c sharedConn) Close(flush bool)     { c.locked(func() { c.conn.Close(flush) }) }

func (c sharedConn) OpenClass(class protocols.Delivery) {
	c.locked(func() { c.conn.OpenClass(class) })
}

func (c sharedConn) Send(class protocols.Delivery, envelope messages.Envelope) (err error) {
	c.locked(func() { err = c.conn.Send(class, envelope) })
	return err
}

type sharedRoom struct {
	*shared
	room actors.Rendezvous
}

func (r sharedRoom) Enter(room string, events func(any)) {
	r.locked(func() { r.room.Enter(room, events) })
}

func (r sharedRoom) Contacts(request uint64, n int) {
	r.locked(func() { r.room.Contacts(request, n) })
}
func (r sharedRoom) Signal(s *messages.Signal) { r.locked(func() { r.room.Signal(s) }) }
func (r sharedRoom) Leave()                    { r.locked(r.room.Leave) }
