package several

import (
	"cmp"
	"hash/maphash"
	"slices"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/n2n-overlay/n2n/messages"
)

const (
	// keptSignals is how many signals may still be tried at another service.
	keptSignals = 256
	// keptTraces is how many peers and signals are remembered.
	keptTraces = 1024
	// freshFor is how long a peer waits for the result of a signal: the default
	// deadline of a request.
	freshFor = 10 * time.Second
)

// routes remembers which service leads to which peer, as far as known.
type routes struct {
	leads *recent[messages.PeerID, *branch] // the service that last brought a signal of a peer, or named it
	came  *recent[signalKey, *branch]       // the service by which an offer came
	tried *recent[signalKey, *trial]
	seen  *recent[uint64, struct{}] // hashes of the received signals
	seed  maphash.Seed
}

// signalKey is the peer at the other end of a signal, and its job.
type signalKey struct {
	peer messages.PeerID
	job  uint64
}

// trial is a signal on its way.
type trial struct {
	signal *messages.Signal
	at     *branch
	rest   []*branch // services to try next
	gone   []*branch // services that do not know the target
	since  time.Time
}

func newRoutes() *routes {
	return &routes{
		leads: newRecent[messages.PeerID, *branch](keptTraces),
		came:  newRecent[signalKey, *branch](keptTraces),
		tried: newRecent[signalKey, *trial](keptSignals),
		seen:  newRecent[uint64, struct{}](keptTraces),
		seed:  maphash.MakeSeed(),
	}
}

// named notes that a service knows a peer, as it says.
func (r *routes) named(b *branch, peer messages.PeerID) { r.leads.put(peer, b) }

// send returns the service at which to try a signal first, or nil.
func (r *routes) send(signal *messages.Signal, linked []*branch) *branch {
	to, ok := peerOf(signal.GetTo())
	if !ok || len(linked) == 0 {
		return nil
	}
	key := signalKey{to, signal.GetJob()}
	best, known := r.leads.get(to)
	if signal.GetOffer() == nil {
		if b, ok := r.came.get(key); ok {
			best, known = b, true
		}
	}
	rank := func(b *branch) int {
		switch {
		case signal.GetOffer() != nil && r.unanswered(to, b):
			return 2
		case known && b == best:
			return 0
		default:
			return 1
		}
	}
	slices.SortStableFunc(linked, func(a, b *branch) int { return cmp.Compare(rank(a), rank(b)) })
	r.tried.put(key, &trial{signal: signal, at: linked[0], rest: linked[1:], since: time.Now()})
	return linked[0]
}

// unanswered reports whether an offer to a peer went through a service and has no
// answer yet.
func (r *routes) unanswered(to messages.PeerID, b *branch) bool {
	for key, t := range r.tried.entries {
		if key.peer == to && t.at == b && t.signal.GetOffer() != nil {
			return true
		}
	}
	return false
}

// gone returns the signal that a service could not pass on, and the service to try
// next. The signal is nil if the service was not asked to pass it on. The service
// is nil if none is left.
func (r *routes) gone(b *branch, gone *messages.Gone) (*messages.Signal, *branch) {
	peer, _ := peerOf(gone.GetPeer())
	key := signalKey{peer, gone.GetJob()}
	t, ok := r.tried.get(key)
	if !ok || t.at != b {
		return nil, nil
	}
	t.gone = append(t.gone, b)
	return t.signal, r.advance(key, t)
}

// advance moves a signal to the next service. It returns nil if none is left.
func (r *routes) advance(key signalKey, t *trial) *branch {
	for len(t.rest) > 0 {
		t.at, t.rest = t.rest[0], t.rest[1:]
		if t.at.state == branchLinked {
			return t.at
		}
	}
	r.tried.remove(key)
	return nil
}

// stranded calls again for each signal that may have been lost with the link to a
// service, oldest first, with the service to try next. For an offer without another
// service, that is nil. An answer without another service is skipped, because no
// peer waits to hear of it.
func (r *routes) stranded(b *branch, again func(*messages.Signal, *branch)) {
	for _, key := range slices.Clone(r.tried.order) {
		t, _ := r.tried.get(key)
		switch {
		case t.at != b:
		case time.Since(t.since) > freshFor:
			r.tried.remove(key)
		default:
			if next := r.advance(key, t); next != nil || t.signal.GetOffer() != nil {
				again(t.signal, next)
			}
		}
	}
}

// hear notes by which service a signal came. It returns false if the signal must be
// dropped.
func (r *routes) hear(b *branch, signal *messages.Signal) bool {
	from, ok := peerOf(signal.GetFrom())
	if !ok {
		return false
	}
	key := signalKey{from, signal.GetJob()}
	answer := signal.GetOffer() == nil
	t, ours := r.tried.get(key)
	ours = ours && answer && t.signal.GetOffer() != nil
	if ours && slices.Contains(t.gone, b) {
		return false // it must be forged
	}
	encoded, err := proto.MarshalOptions{Deterministic: true}.Marshal(signal)
	hash := maphash.Bytes(r.seed, encoded)
	if _, again := r.seen.get(hash); err != nil || again {
		return false
	}
	r.seen.put(hash, struct{}{})
	r.leads.put(from, b)
	if ours {
		r.tried.remove(key)
	}
	if !answer {
		r.came.put(key, b)
	}
	return true
}

// peerOf reads a PeerID that may be of any length.
func peerOf(b []byte) (messages.PeerID, bool) {
	if len(b) != len(messages.PeerID{}) {
		return messages.PeerID{}, false
	}
	return messages.PeerID(b), true
}
