//go:build !js

package actors_test

import (
	"container/heap"
	"crypto/ed25519"
	"crypto/sha256"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	"google.golang.org/protobuf/proto"

	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

// memory is a world in which everything happens in one loop and virtual time:
// a network of which a test can cut links, delay signals and look at frames.
type memory struct {
	system  *actor.ActorSystem
	now     time.Time
	ready   []func()
	later   schedule
	seq     int
	conns   []*memoryConn
	rooms   map[string][]*memoryRoom
	latency time.Duration
	// frames counts what crossed a channel, by type of control message or "envelope".
	frames map[string]int
	// fingerprint lets a test put somebody in the middle of a connection.
	fingerprint func(c *memoryConn, remote []byte) []byte
	silent      map[messages.PeerID]bool // nothing that is sent to it arrives
	// intercept, if set, sees each frame that a connection sends, with its control
	// message, or nil for a protocol's, and returns what is to arrive in its place:
	// nothing when nil.
	intercept func(c *memoryConn, m proto.Message, frame []byte) []byte
	down      error // why nobody can enter a room
	starts    int   // of peers, each with random numbers of its own
}

func newMemory() *memory {
	silence := func(*actor.ActorSystem) *slog.Logger { return slog.New(slog.DiscardHandler) }
	return &memory{
		system: actor.NewActorSystem(actor.WithLoggerFactory(silence)),
		now:    time.Unix(0, 0), latency: time.Millisecond,
		frames: map[string]int{}, rooms: map[string][]*memoryRoom{}, silent: map[messages.PeerID]bool{},
		fingerprint: func(_ *memoryConn, remote []byte) []byte { return remote },
	}
}

func (m *memory) identity(name string) *actors.KeyIdentity {
	seed := sha256.Sum256([]byte(name))
	return actors.NewIdentity(ed25519.NewKeyFromSeed(seed[:]))
}

// world makes what a peer of that name lives in.
func (m *memory) world(name string) actors.World {
	identity := m.identity(name)
	m.starts++
	start := m.starts
	return actors.World{
		Identity:  identity,
		Transport: &memoryTransport{memory: m, self: identity.ID()},
		Clock:     memoryClock{m},
		Rand: func(purpose string) *rand.Rand {
			return rand.New(rand.NewChaCha8(sha256.Sum256(fmt.Appendf(nil, "%s/%s/%d", name, purpose, start))))
		},
		Dispatcher: m,
		Rendezvous: &memoryRoom{memory: m, self: identity.ID()},
		Await:      m.await,
	}
}

func (m *memory) Schedule(fn func()) { m.ready = append(m.ready, fn) }
func (m *memory) Throughput() int    { return 1 << 30 }

// await runs the world until done is closed, at most a virtual minute.
func (m *memory) await(done <-chan struct{}) {
	end := m.now.Add(time.Minute)
	for m.now.Before(end) {
		select {
		case <-done:
			return
		default:
		}
		if !m.step() {
			return
		}
	}
}

// step runs what is ready, else the next event in time.
func (m *memory) step() bool {
	if len(m.ready) > 0 {
		fn := m.ready[0]
		m.ready = m.ready[1:]
		fn()
		return true
	}
	if len(m.later) == 0 {
		return false
	}
	e := heap.Pop(&m.later).(*memoryEvent)
	m.now = e.at
	if !e.stopped {
		e.done = true
		e.fn()
	}
	return true
}

// run lets d of virtual time pass.
func (m *memory) run(d time.Duration) {
	end := m.now.Add(d)
	for len(m.ready) > 0 || len(m.later) > 0 && !m.later[0].at.After(end) {
		m.step()
	}
	m.now = end
}

func (m *memory) after(d time.Duration, fn func()) *memoryEvent {
	m.seq++
	e := &memoryEvent{at: m.now.Add(d), seq: m.seq, fn: fn}
	heap.Push(&m.later, e)
	return e
}

type memoryEvent struct {
	at            time.Time
	seq           int
	fn            func()
	stopped, done bool
}

func (e *memoryEvent) Stop() bool {
	was := !e.stopped && !e.done
	e.stopped = true
	return was
}

type schedule []*memoryEvent

func (s schedule) Len() int { return len(s) }
func (s schedule) Less(i, j int) bool {
	return s[i].at.Before(s[j].at) || s[i].at.Equal(s[j].at) && s[i].seq < s[j].seq
}
func (s schedule) Swap(i, j int) { s[i], s[j] = s[j], s[i] }
func (s *schedule) Push(e any)   { *s = append(*s, e.(*memoryEvent)) }
func (s *schedule) Pop() any {
	e := (*s)[len(*s)-1]
	*s = (*s)[:len(*s)-1]
	return e
}

type memoryClock struct{ *memory }

func (c memoryClock) Now() time.Time { return c.now }
func (c memoryClock) AfterFunc(d time.Duration, post func()) actors.Timer {
	return c.after(d, post)
}

type memoryTransport struct {
	*memory
	self  messages.PeerID
	conns []*memoryConn
}

func (t *memoryTransport) Connect(remote messages.PeerID, events func(actors.ConnEvent)) actors.Conn {
	c := &memoryConn{transport: t, number: len(t.memory.conns), remote: remote, events: events, fingerprint: []byte(fmt.Sprintf("certificate of %s", t.self))}
	t.memory.conns = append(t.memory.conns, c)
	t.conns = append(t.conns, c)
	return c
}

func (t *memoryTransport) Close() {
	for _, c := range t.conns {
		c.Close(false)
	}
}

type memoryConn struct {
	transport   *memoryTransport
	number      int
	remote      messages.PeerID
	events      func(actors.ConnEvent)
	fingerprint []byte
	other       *memoryConn
	open        bool
	closed      bool
	arrival     time.Time // of what was sent last
}

func (c *memoryConn) later(fn func()) { c.transport.after(c.transport.latency, fn) }

// travel lets fn happen at the other side, behind what was sent before.
func (c *memoryConn) travel(fn func()) {
	m := c.transport.memory
	if at := m.now.Add(m.latency); at.After(c.arrival) {
		c.arrival = at
	}
	m.after(c.arrival.Sub(m.now), fn)
}

func (c *memoryConn) emit(e actors.ConnEvent) {
	if !c.closed {
		c.events(e)
	}
}

func (c *memoryConn) Offer() {
	c.later(func() { c.emit(actors.ConnSignal{SDP: fmt.Sprintf("offer %d", c.number)}) })
}

func (c *memoryConn) Answer(offer string) {
	var number int
	if _, err := fmt.Sscanf(offer, "offer %d", &number); err != nil {
		c.later(func() { c.end(fmt.Errorf("offer %q: %w", offer, err)) })
		return
	}
	c.other = c.transport.memory.conns[number]
	c.later(func() { c.emit(actors.ConnSignal{SDP: fmt.Sprintf("answer %d", c.number)}) })
}

func (c *memoryConn) Accept(answer string) {
	var number int
	if _, err := fmt.Sscanf(answer, "answer %d", &number); err != nil {
		c.later(func() { c.end(fmt.Errorf("answer %q: %w", answer, err)) })
		return
	}
	other := c.transport.memory.conns[number]
	c.other = other
	c.later(func() {
		for _, side := range []*memoryConn{c, other} {
			if side.closed || side.other.closed {
				continue
			}
			side.open = true
			side.emit(actors.ConnOpened{Local: side.fingerprint, Remote: side.transport.memory.fingerprint(side, side.other.fingerprint)})
		}
	})
}

func (c *memoryConn) OpenClass(class protocols.Delivery) {
	c.later(func() { c.emit(actors.ConnClassOpened{Class: class}) })
}

func (c *memoryConn) Send(class protocols.Delivery, envelope messages.Envelope) error {
	if c.closed || !c.open {
		return messages.ErrClosed
	}
	name, control := "envelope", proto.Message(nil)
	if envelope.Protocol == 0 {
		control = envelope.Message
		name = string(control.ProtoReflect().Descriptor().Name())
	}
	frame, err := messages.AppendEnvelope(nil, envelope)
	if err != nil {
		return err
	}
	c.transport.frames[name]++
	if intercept := c.transport.intercept; intercept != nil {
		frame = intercept(c, control, frame)
	}
	if frame != nil {
		c.deliver(class, frame)
	}
	return nil
}

// deliver lets a frame arrive, whatever it holds.
func (c *memoryConn) deliver(class protocols.Delivery, frame []byte) {
	other := c.other
	c.travel(func() {
		if other.closed || c.transport.silent[other.transport.self] {
			return
		}
		envelopes, err := messages.DecodeFrame(slices.Clone(frame))
		if err != nil {
			other.emit(actors.ConnViolated{Err: err})
			other.Close(false)
			return
		}
		other.emit(actors.ConnReceived{Class: class, Envelopes: envelopes})
	})
}

func (c *memoryConn) Congested() bool { return false }

func (c *memoryConn) Close(bool) {
	if c.closed {
		return
	}
	if other := c.other; other != nil {
		c.travel(func() {
			if !c.transport.silent[other.transport.self] {
				other.end(fmt.Errorf("the other side closed"))
			}
		})
	}
	c.end(nil)
}

func (c *memoryConn) end(err error) {
	if !c.closed {
		c.events(actors.ConnClosed{Err: err})
		c.closed = true
	}
}

// memoryRoom is a rendezvous without a server.
type memoryRoom struct {
	*memory
	self    messages.PeerID
	room    string
	events  func(any)
	signals int
	asked   int // for contacts
}

func (r *memoryRoom) member(peer messages.PeerID) *memoryRoom {
	for _, m := range r.rooms[r.room] {
		if m.self == peer {
			return m
		}
	}
	return nil
}

func (r *memoryRoom) post(event any) {
	events := r.events
	r.after(r.latency, func() { events(event) })
}

func (r *memoryRoom) Enter(room string, events func(any)) {
	r.room, r.events = room, events
	if r.down != nil {
		r.post(messages.RendezvousLost{Err: r.down})
		return
	}
	r.rooms[room] = append(r.rooms[room], r)
	r.post(messages.RendezvousEntered{Members: len(r.rooms[room])})
}

func (r *memoryRoom) Contacts(request uint64, n int) {
	r.asked++
	list := &messages.ContactList{Request: request}
	for _, m := range r.rooms[r.room] {
		if m.self != r.self && len(list.GetPeers()) < n {
			list.Peers = append(list.Peers, m.self.Bytes())
		}
	}
	r.post(list)
}

func (r *memoryRoom) Signal(s *messages.Signal) {
	r.signals++
	to := messages.PeerID(s.GetTo())
	if m := r.member(to); m != nil {
		m.post(s)
		return
	}
	r.post(&messages.Gone{Peer: s.GetTo(), Job: s.GetJob()})
}

func (r *memoryRoom) Leave() {
	r.rooms[r.room] = slices.DeleteFunc(r.rooms[r.room], func(m *memoryRoom) bool { return m == r })
	r.post(messages.RendezvousLost{})
}
