package protocols

import (
	"iter"
	"slices"
	"time"
)

// Kept holds the last messages of a protocol for the neighbors that lack them, in
// the order in which they were added. It is bounded in number and in bytes: a new
// message takes the place of the oldest ones. Make one with NewKept.
type Kept[M any] struct {
	most, mostBytes int
	dropped         func(M)
	messages        []keptMessage[M]
	front           int // how many messages at the front were dropped already
	bytes           int
}

type keptMessage[M any] struct {
	message M
	size    int
	at      time.Time
}

// NewKept returns an empty Kept of at most so many messages and so many bytes. It
// calls dropped with each message that it drops, in the order in which they were
// added: a handler that has an index of them updates it there. Nil: nobody is told.
func NewKept[M any](most, mostBytes int, dropped func(M)) *Kept[M] {
	return &Kept[M]{most: most, mostBytes: mostBytes, dropped: dropped}
}

// Add keeps a message of so many bytes, which came now. The time does not go back
// from one Add to the next. A message that is larger than all that may be kept is
// dropped at once, and all others with it.
func (k *Kept[M]) Add(message M, size int, now time.Time) {
	k.messages = append(k.messages, keptMessage[M]{message, size, now})
	k.bytes += size
	for k.bytes > k.mostBytes || len(k.messages)-k.front > k.most {
		k.drop()
	}
}

// Expire drops the messages that came before then.
func (k *Kept[M]) Expire(then time.Time) {
	for k.front < len(k.messages) && k.messages[k.front].at.Before(then) {
		k.drop()
	}
}

// All returns the messages, oldest first. The Kept is not to be changed meanwhile.
func (k *Kept[M]) All() iter.Seq[M] { return k.from(k.front) }

// Since returns the messages that came then or later, oldest first. The Kept is not
// to be changed meanwhile.
func (k *Kept[M]) Since(then time.Time) iter.Seq[M] {
	i, _ := slices.BinarySearchFunc(k.messages[k.front:], then, func(m keptMessage[M], then time.Time) int { return m.at.Compare(then) })
	return k.from(k.front + i)
}

func (k *Kept[M]) from(i int) iter.Seq[M] {
	return func(yield func(M) bool) {
		for _, m := range k.messages[i:] {
			if !yield(m.message) {
				return
			}
		}
	}
}

// drop drops the oldest message. The space at the front is used again when it is
// half of all.
func (k *Kept[M]) drop() {
	m := k.messages[k.front]
	k.messages[k.front] = keptMessage[M]{}
	k.bytes -= m.size
	if k.front++; 2*k.front >= len(k.messages) {
		k.messages = slices.Delete(k.messages, 0, k.front)
		k.front = 0
	}
	if k.dropped != nil {
		k.dropped(m.message)
	}
}
