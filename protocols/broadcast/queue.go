package broadcast

import (
	"cmp"
	"slices"
	"time"

	"github.com/n2n-overlay/n2n/messages"
)

// maxWaiting is how many messages may wait for others.
const maxWaiting = 1024

// waiting is a message that came before messages that are to be delivered first.
type waiting struct {
	flood
	from  messages.PeerID
	since time.Time
	met   int       // how many of those to be delivered first were; see handler.need
	needs MessageID // the first of those that were not
	given bool      // it is being given up
	gone  bool      // it no longer waits
}

// queue holds the waiting messages. Each is found by its own ID and by the message
// that it waits for next. So a delivery looks only at messages that waited for it:
// an attacker may have filled the queue.
type queue struct {
	messages []*waiting            // in the order of arrival
	of       map[source][]*waiting // by sequence number
	needing  map[source][]*waiting // by the sequence number of the message that they need
	bytes    int
}

func newQueue() queue {
	return queue{of: map[source][]*waiting{}, needing: map[source][]*waiting{}}
}

// fits reports whether a message may wait.
func (q *queue) fits(f flood, keep int) bool {
	return len(q.messages) < maxWaiting && q.bytes+len(f.payload) <= keep
}

// add lets a message wait for the one that it needs.
func (q *queue) add(w *waiting) {
	q.messages = append(q.messages, w)
	insert(q.of, w.id, w, byID)
	insert(q.needing, w.needs, w, byNeed)
	q.bytes += len(w.payload)
}

// move lets a message wait for another one.
func (q *queue) move(w *waiting, needs MessageID) {
	take(q.needing, sourceOf(w.needs), w)
	w.needs = needs
	insert(q.needing, w.needs, w, byNeed)
}

func (q *queue) remove(w *waiting) {
	w.gone = true
	i := slices.Index(q.messages, w)
	q.messages = slices.Delete(q.messages, i, i+1)
	take(q.of, sourceOf(w.id), w)
	take(q.needing, sourceOf(w.needs), w)
	q.bytes -= len(w.payload)
}

// drop removes the waiting messages of a source up to seq.
func (q *queue) drop(s source, seq uint64) {
	for w := q.earliest(s.id(seq)); w != nil; w = q.earliest(s.id(seq)) {
		q.remove(w)
	}
}

// has reports whether a message waits.
func (q *queue) has(i MessageID) bool {
	_, found := slices.BinarySearchFunc(q.of[sourceOf(i)], i.Seq, byID)
	return found
}

// earliest returns the waiting message of a source with the lowest sequence number
// up to that of i, or nil.
func (q *queue) earliest(i MessageID) *waiting {
	if of := q.of[sourceOf(i)]; len(of) > 0 && of[0].id.Seq <= i.Seq {
		return of[0]
	}
	return nil
}

// needed lists the messages that need one of a source up to seq.
func (q *queue) needed(s source, seq uint64) []*waiting {
	all := q.needing[s]
	n, _ := slices.BinarySearchFunc(all, seq+1, byNeed)
	return slices.Clone(all[:n])
}

func byID(w *waiting, seq uint64) int { return cmp.Compare(w.id.Seq, seq) }

func byNeed(w *waiting, seq uint64) int { return cmp.Compare(w.needs.Seq, seq) }

// insert adds w after the entries for the same message.
func insert(all map[source][]*waiting, i MessageID, w *waiting, by func(*waiting, uint64) int) {
	at, _ := slices.BinarySearchFunc(all[sourceOf(i)], i.Seq+1, by)
	all[sourceOf(i)] = slices.Insert(all[sourceOf(i)], at, w)
}

func take(all map[source][]*waiting, s source, w *waiting) {
	if i := slices.Index(all[s], w); len(all[s]) > 1 {
		all[s] = slices.Delete(all[s], i, i+1)
	} else {
		delete(all, s)
	}
}
