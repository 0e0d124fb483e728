package arcs

import "time"

// A calendar has a ring of buckets, each for the events of one width of time.
const (
	bucketWidth = 8 * time.Millisecond
	bucketCount = 1 << 13 // 65 s
	chunkSize   = 1 << 12 // events that are allocated at once
)

// handle names an event in a calendar, to take it out. The zero value names none.
type handle struct{ index, generation uint32 }

// slot is an event's place in the order. It repeats what orders events, as the event
// may be gone.
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
// used again, so that none of them costs an allocation.
type calendar struct {
	chunks      [][]event
	generations []uint32 // by event; odd while it waits
	free        []uint32

	current []slot // a heap: of the bucket at base, and before
	buckets [][]slot
	base    int64  // number of the bucket that current holds
	far     []slot // a heap: beyond the ring
	spare   [][]slot
	count   int // slots, those of cancelled events too
	passing int // events that wait and are not idle
}

func newCalendar() *calendar {
	return &calendar{buckets: make([][]slot, bucketCount)}
}

func (c *calendar) event(index uint32) *event {
	return &c.chunks[index/chunkSize][index%chunkSize]
}

// push adds an event.
func (c *calendar) push(e event) handle {
	if len(c.free) == 0 {
		first := uint32(len(c.chunks)) * chunkSize
		c.chunks = append(c.chunks, make([]event, chunkSize))
		c.generations = append(c.generations, make([]uint32, chunkSize)...)
		for i := range uint32(chunkSize) {
			c.free = append(c.free, first+chunkSize-1-i)
		}
	}
	index := c.free[len(c.free)-1]
	c.free = c.free[:len(c.free)-1]
	c.generations[index]++
	if !e.kind.idle() {
		c.passing++
	}
	*c.event(index) = e
	s := slot{e.at, e.dst, e.src, e.seq, handle{index, c.generations[index]}}
	c.count++
	switch number := int64(e.at / bucketWidth); {
	case number <= c.base:
		c.current = up(c.current, s)
	case number < c.base+bucketCount:
		c.add(number, s)
	default:
		c.far = up(c.far, s)
	}
	return s.handle
}

func (c *calendar) add(number int64, s slot) {
	b := &c.buckets[number%bucketCount]
	if *b == nil && len(c.spare) > 0 {
		*b = c.spare[len(c.spare)-1]
		c.spare = c.spare[:len(c.spare)-1]
	}
	*b = append(*b, s)
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
	c.release(h.index)
	return true
}

func (c *calendar) release(index uint32) {
	c.generations[index]++
	e := c.event(index)
	if !e.kind.idle() {
		c.passing--
	}
	e.body = nil
	c.free = append(c.free, index)
}

// pop takes out the first event if it is before limit.
func (c *calendar) pop(limit time.Duration) (event, bool) {
	if at, ok := c.peek(); !ok || at >= limit {
		return event{}, false
	}
	index := c.current[0].index
	e := *c.event(index)
	c.release(index)
	c.current = down(c.current)
	c.count--
	return e, true
}

// popPassing takes out the first event that is not idle. It puts the slots of the idle
// events before it aside; their events still wait, and can be cancelled.
func (c *calendar) popPassing(aside *[]slot) (event, bool) {
	for c.passing > 0 {
		c.peek()
		s := c.current[0]
		c.current = down(c.current)
		c.count--
		if e := *c.event(s.index); !e.kind.idle() {
			c.release(s.index)
			return e, true
		}
		*aside = append(*aside, s)
	}
	return event{}, false
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

// advance goes to the next bucket that has slots.
func (c *calendar) advance() {
	if c.count == len(c.far) { // nothing in the ring
		c.base = int64(c.far[0].at/bucketWidth) - 1
	}
	c.base++
	for len(c.far) > 0 && int64(c.far[0].at/bucketWidth) < c.base+bucketCount {
		s := c.far[0]
		c.far = down(c.far)
		if c.waits(s.handle) {
			c.add(int64(s.at/bucketWidth), s)
		} else {
			c.count--
		}
	}
	b := &c.buckets[c.base%bucketCount]
	if len(*b) == 0 {
		return
	}
	if cap(c.current) > 0 {
		c.spare = append(c.spare, c.current[:0])
	}
	c.current, *b = *b, nil
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
		if generation%2 == 1 && such(c.event(uint32(i))) {
			return true
		}
	}
	return false
}
