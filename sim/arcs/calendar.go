package arcs

import "time"

// A calendar has a ring of buckets, each for the events of one width of time.
const (
	bucketWidth = 8 * time.Millisecond
	bucketCount = 1 << 13 // 65 s
	chunkSize   = 1 << 10 // events that are allocated at once
)

// handle names an event in a calendar, to take it out. The zero value names none.
type handle struct{ index, generation uint32 }

// slot is an event's place in a heap. It repeats what orders events, as the event may
// be gone.
type slot struct {
	at            time.Duration
	dst, src, seq uint32
	handle
}

func (s slot) before(o slot) bool {
	switch {
	case s.at != o.at:
		return s.at < o.at
	case s.dst != o.dst:
		return s.dst < o.dst
	case s.src != o.src:
		return s.src < o.src
	default:
		return int32(s.seq-o.seq) < 0 // the sequence wraps
	}
}

// calendar is a queue of events in the order of time. Events lie in chunks that are
// used again, so that none of them costs an allocation. Those of a bucket are a list,
// and are put in order when their time comes: most timers are cancelled before.
type calendar struct {
	chunks      [][]entry
	generations []uint32 // by event; odd while it waits
	free        uint32   // a list; 0: none

	current []slot   // a heap: of the bucket at base, and before
	buckets []uint32 // the first event of each; 0: none
	base    int64    // number of the bucket that current holds
	far     []slot   // a heap: beyond the ring
	count   int      // events in buckets, and slots in heaps, those of cancelled events too
	passing int      // events that wait and are not idle
}

// entry is an event in a calendar, and its neighbors in the list of its bucket.
type entry struct {
	event
	previous, next uint32
}

func newCalendar() *calendar {
	return &calendar{buckets: make([]uint32, bucketCount)}
}

func (c *calendar) entry(index uint32) *entry {
	return &c.chunks[index/chunkSize][index%chunkSize]
}

// grow makes room for more events.
func (c *calendar) grow() {
	first := uint32(len(c.chunks)) * chunkSize
	c.chunks = append(c.chunks, make([]entry, chunkSize))
	c.generations = append(c.generations, make([]uint32, chunkSize)...)
	for i := first + chunkSize - 1; i > first; i-- {
		c.entry(i).next = c.free
		c.free = i
	}
	if first > 0 { // 0 names no event
		c.entry(first).next = c.free
		c.free = first
	}
}

// push adds an event.
func (c *calendar) push(e *event) handle {
	if c.free == 0 {
		c.grow()
	}
	index := c.free
	x := c.entry(index)
	c.free = x.next
	c.generations[index]++
	if !e.kind.idle() {
		c.passing++
	}
	x.event = *e
	h := handle{index, c.generations[index]}
	c.count++
	switch number := int64(e.at / bucketWidth); {
	case number <= c.base:
		c.current = up(c.current, slot{e.at, e.dst, e.src, e.seq, h})
	case number < c.base+bucketCount:
		c.add(number, index, x)
	default:
		c.far = up(c.far, slot{e.at, e.dst, e.src, e.seq, h})
	}
	return h
}

// add puts an event first in the list of a bucket.
func (c *calendar) add(number int64, index uint32, x *entry) {
	first := &c.buckets[number%bucketCount]
	x.previous, x.next = 0, *first
	if *first != 0 {
		c.entry(*first).previous = index
	}
	*first = index
}

// waits reports whether the event has neither happened nor been cancelled.
func (c *calendar) waits(h handle) bool {
	return h.generation != 0 && c.generations[h.index] == h.generation
}

// cancel takes an event out. False: it is not there any more.
func (c *calendar) cancel(h handle) bool {
	if !c.waits(h) {
		return false
	}
	x := c.entry(h.index)
	if number := int64(x.at / bucketWidth); number > c.base && number < c.base+bucketCount {
		if x.previous != 0 {
			c.entry(x.previous).next = x.next
		} else {
			c.buckets[number%bucketCount] = x.next
		}
		if x.next != 0 {
			c.entry(x.next).previous = x.previous
		}
		c.count--
	}
	c.release(h.index, x)
	return true
}

func (c *calendar) release(index uint32, x *entry) {
	c.generations[index]++
	if !x.kind.idle() {
		c.passing--
	}
	x.body = nil
	x.next = c.free
	c.free = index
}

// pop takes out the first event if it is before limit, into e.
func (c *calendar) pop(limit time.Duration, e *event) bool {
	if at, ok := c.peek(); !ok || at >= limit {
		return false
	}
	index := c.current[0].index
	x := c.entry(index)
	*e = x.event
	c.release(index, x)
	c.current = down(c.current)
	c.count--
	return true
}

// popPassing takes out the first event that is not idle, into e. It puts the slots of
// the idle events before it aside; their events still wait, and can be cancelled.
func (c *calendar) popPassing(aside *[]slot, e *event) bool {
	for c.passing > 0 {
		c.peek()
		s := c.current[0]
		c.current = down(c.current)
		c.count--
		if x := c.entry(s.index); !x.kind.idle() {
			*e = x.event
			c.release(s.index, x)
			return true
		}
		*aside = append(*aside, s)
	}
	return false
}

// restore puts slots back that popPassing has put aside.
func (c *calendar) restore(aside []slot) {
	for _, s := range aside {
		c.current = up(c.current, s)
		c.count++
	}
}

// peek returns the time of the first event.
func (c *calendar) peek() (time.Duration, bool) {
	for {
		for len(c.current) > 0 {
			if c.waits(c.current[0].handle) {
				return c.current[0].at, true
			}
			c.current = down(c.current)
			c.count--
		}
		if c.count == 0 {
			return 0, false
		}
		c.advance()
	}
}

// advance goes to the next bucket that has events.
func (c *calendar) advance() {
	if c.count == len(c.far) { // nothing in the ring
		c.base = int64(c.far[0].at/bucketWidth) - 1
	}
	c.base++
	for len(c.far) > 0 && int64(c.far[0].at/bucketWidth) < c.base+bucketCount {
		s := c.far[0]
		c.far = down(c.far)
		if c.waits(s.handle) {
			c.add(int64(s.at/bucketWidth), s.index, c.entry(s.index))
		} else {
			c.count--
		}
	}
	first := &c.buckets[c.base%bucketCount]
	for index := *first; index != 0; {
		x := c.entry(index)
		c.current = append(c.current, slot{x.at, x.dst, x.src, x.seq, handle{index, c.generations[index]}})
		index = x.next
	}
	*first = 0
	for i := len(c.current)/4 + 1; i >= 0; i-- {
		sink(c.current, i)
	}
}

// up adds a slot to a heap, four children to a node.
func up(heap []slot, s slot) []slot {
	heap = append(heap, s)
	i := len(heap) - 1
	for i > 0 {
		parent := (i - 1) / 4
		if !s.before(heap[parent]) {
			break
		}
		heap[i] = heap[parent]
		i = parent
	}
	heap[i] = s
	return heap
}

// down removes the first slot of a heap.
func down(heap []slot) []slot {
	last := len(heap) - 1
	heap[0] = heap[last]
	heap = heap[:last]
	if last > 1 {
		sink(heap, 0)
	}
	return heap
}

func sink(heap []slot, i int) {
	if i >= len(heap) {
		return
	}
	s := heap[i]
	for {
		first := 4*i + 1
		if first >= len(heap) {
			break
		}
		least := first
		for child := first + 1; child < min(first+4, len(heap)); child++ {
			if heap[child].before(heap[least]) {
				least = child
			}
		}
		if !heap[least].before(s) {
			break
		}
		heap[i] = heap[least]
		i = least
	}
	heap[i] = s
}

// any reports whether one of the events that wait is such.
func (c *calendar) any(such func(*event) bool) bool {
	for i, generation := range c.generations {
		if generation%2 == 1 && such(&c.entry(uint32(i)).event) {
			return true
		}
	}
	return false
}
