package live

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/n2n-overlay/n2n/messages"
)

// stateTimeout is how long a Source may take to answer.
const stateTimeout = time.Second

// room is a room as pages see it, with its goroutine.
type room struct {
	config Config
	log    *slog.Logger
	name   string
	steady bool // it is watched all the time
	stop   context.CancelFunc
	done   chan struct{}

	mu      sync.Mutex // guards the rest, and feed.selected
	feeds   map[*feed]bool
	numbers *numbers
	reports reports
	scene   *scene
	view    *view
	sampler sampler
	chat    *chat
	serving bool
}

func newRoom(config Config, name string, steady bool) *room {
	ctx, stop := context.WithCancel(context.Background())
	r := &room{
		config: config, log: config.Logger, name: name, steady: steady, stop: stop, done: make(chan struct{}),
		feeds: map[*feed]bool{}, numbers: newNumbers(), chat: newChat(),
	}
	r.scene = newScene(State{}, nil, r.numbers)
	go r.watch(ctx)
	return r
}

// end returns when the goroutine has ended. The room has no feeds then.
func (r *room) end() {
	r.stop()
	<-r.done
}

// watch looks at the room, twice a second while pages watch. Every second time it
// makes a sample.
func (r *room) watch(ctx context.Context) {
	defer close(r.done)
	ticker := time.NewTicker(pictureEvery)
	defer ticker.Stop()
	for second := true; ; second = !second {
		if second || r.watched() {
			r.look(ctx, second)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

func (r *room) watched() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.feeds) > 0
}

// look asks the source and sends changes to the pages.
func (r *room) look(ctx context.Context, second bool) {
	limited, cancel := context.WithTimeout(ctx, stateTimeout)
	state := r.config.Source.State(limited, r.name)
	cancel()
	if ctx.Err() != nil {
		return
	}
	now := time.Now()
	r.mu.Lock()
	r.reports.expire(now)
	next := newScene(state, r.reports.peers(), r.numbers)
	last := r.scene
	r.mu.Unlock()
	// There can be many arcs. Peers that report chat messages do not wait for them.
	next.finish()
	change, follows := diff(last.picture, next.picture)

	r.mu.Lock()
	defer r.mu.Unlock()
	r.view = r.follow(next, change, follows, now)
	r.scene = next
	if state.Serving != r.serving {
		r.serving = state.Serving
		r.tell(encode(serverFrame{"server", r.serving}))
	}
	r.chat.without(next.own)
	r.chat.news(func(m *said) { r.tell(m.heardFrame()) })
	if second {
		r.tell(encode(sampleFrame{"sample", r.sampler.take(now, next)}))
	}
	for f := range r.feeds {
		f.show(r.view)
		if second && f.selected != 0 {
			f.tell(next.details(f.selected, r.numbers))
		}
	}
}

// follow makes the view of the next scene. If follows is true, change leads to it.
func (r *room) follow(next *scene, change change, follows bool, now time.Time) *view {
	v := &view{version: 1, picture: sync.OnceValue(func() []byte { return next.frame(now) })}
	if r.view == nil {
		return v
	}
	v.version = r.view.version + 1
	if !follows {
		return v
	}
	if v.nothing = change.nothing(r.scene.hidden); !v.nothing {
		v.change = change.frame(now, r.how(next, change.went))
	}
	return v
}

// how returns how each of the gone peers went.
func (r *room) how(next *scene, gone []int) []went {
	all := make([]went, 0, len(gone))
	for _, n := range gone {
		id := r.numbers.by[n]
		_, left := r.reports.left[id]
		all = append(all, went{n, next.how(id, left)})
	}
	return all
}

// tell sends a frame to all pages.
func (r *room) tell(frame []byte) {
	for f := range r.feeds {
		f.tell(frame)
	}
}

// enter adds a page. It gets the frames first before all others.
func (r *room) enter(f *feed, first ...[]byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, frame := range first {
		f.tell(frame)
	}
	f.tell(encode(serverFrame{"server", r.serving}))
	f.tell(encode(samplesFrame{"samples", append([]sample{}, r.sampler.samples...)}))
	for _, m := range r.chat.recent() {
		f.tell(m.frame(r.numbers.number(m.key.Origin)))
		f.tell(m.heardFrame())
	}
	r.feeds[f] = true
	if r.view != nil {
		f.show(r.view)
	}
}

// exit removes a page, and returns how many are left.
func (r *room) exit(f *feed) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.feeds, f)
	r.reports.release(f.number)
	return len(r.feeds)
}

// choose selects the peer whose details a page gets, or none for 0.
func (r *room) choose(f *feed, n int) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if n != 0 && r.numbers.by[n].IsZero() {
		return refuse(messages.ErrUnknownPeer, "there is no peer %d", n)
	}
	f.selected = n
	if n != 0 {
		f.tell(r.scene.details(n, r.numbers))
	}
	return nil
}

// ownPeer returns the program's own peer with a number.
func (r *room) ownPeer(n int) (messages.PeerID, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	id := r.numbers.by[n]
	if r.scene.own[id] == nil {
		return messages.PeerID{}, refuse(messages.ErrUnknownPeer, "peer %d is none of those that this program runs", n)
	}
	return id, nil
}

// report takes a page's report of its peer.
func (r *room) report(f *feed, peer *Peer) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.scene.own[peer.ID] != nil || r.scene.gone[peer.ID] != "" {
		return refuse(messages.ErrRefused, "this program knows that peer itself")
	}
	return r.reports.put(f.number, peer, time.Now())
}

// unreport withdraws it.
func (r *room) unreport(f *feed) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.reports.drop(f.number)
}

// heard notes that one of the program's own peers got a message of the chat.
func (r *room) heard(by messages.PeerID, d messages.Delivered) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if m := r.chat.heard(by, d, r.scene.own, time.Now()); m != nil {
		r.tell(m.frame(r.numbers.number(d.Origin)))
	}
}
