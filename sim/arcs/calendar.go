package arcs

import "time"

// A calendar has a ring of buckets, each for the events of one width of time.
const (
	bucketWidth = 2 * time.Millisecond
	bucketCount = 1 << 15 // 65 s
	chunkSize   = 1 << 10 // events that are allocated at once
	pageSize    = 14      // handles that are allocated at once
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
// used again, so that none of them costs an allocation. A bucket has the handles of its
// events, also of those that were cancelled, as most timers are before their time comes.
// They are put in order then.
type calendar struct {
	chunks []*[chunkSize]entry
	free   uint32 // a list; 0: none
	pages  store[page]

	current []slot  // a heap: of the bucket at base, and before
	buckets []*page // the newest of each; nil: none
	base    int64   // number of the bucket that current holds
	far     []slot  // a heap: beyond the ring
	count   int     // handles in buckets, and slots in heaps, those of cancelled events too
	passing int     // events that wait and are not idle
}

// entry is an event in a calendar.
type entry struct {
	event
	generation uint32 // odd while it waits
	next       uint32 // in the list of those that are free
}

// page is some handles of a bucket.
type page struct {
	handles [pageSize]handle
	count   int
	older   *page
}

func newCalendar() *calendar {
	return &calendar{buckets: make([]*page, bucketCount)}
}

func (c *calendar) entry(index uint32) *entry {
	return &c.chunks[index/chunkSize][index%chunkSize]
}

// grow makes room for more events.
func (c *calendar) grow() {
	first := uint32(len(c.chunks)) * chunkSize
	c.chunks = append(c.chunks, new([chunkSize]entry))
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
	x.generation++
	if !e.kind.idle() {
		c.passing++
	}
	x.event = *e
	h := handle{index, x.generation}
	c.count++
	switch number := int64(e.at / bucketWidth); {
	case number <= c.base:
		c.current = up(c.current, slot{e.at, e.dst, e.src, e.seq, h})
	case number < c.base+bucketCount:
		c.add(number, h)
	default:
		c.far = up(c.far, slot{e.at, e.dst, e.src, e.seq, h})
	}
	return h
}

// add puts an event into a bucket.
func (c *calendar) add(number int64, h handle) {
	newest := &c.buckets[number%bucketCount]
	if *newest == nil || (*newest).count == pageSize {
		x := c.pages.take()
		x.count, x.older = 0, *newest
		*newest = x
	}
	x := *newest
	x.handles[x.count] = h
	x.count++
}

// waits reports whether the event has neither happened nor been cancelled.
func (c *calendar) waits(h handle) bool {
	return h.generation != 0 && c.entry(h.index).generation == h.generation
}

// cancel takes an event out. False: it is not there any more.
func (c *calendar) cancel(h handle) bool {
	if !c.waits(h) {
		return false
	}
	c.release(h.index, c.entry(h.index))
	return true
}

func (c *calendar) release(index uint32, x *entry) {
	x.generation++
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
			c.add(int64(s.at/bucketWidth), s.handle)
		} else {
			c.count--
		}
	}
	newest := &c.buckets[c.base%bucketCount]
	for x := *newest; x != nil; x = x.older {
		for _, h := range x.handles[:x.count] {
			if e := c.entry(h.index); e.generation == h.generation {
				c.current = append(c.current, slot{e.at, e.dst, e.src, e.seq, h})
			} else {
				c.count--
			}
		}
		c.pages.give(x)
	}
	*newest = nil
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
	for _, chunk := range c.chunks {
		for i := range chunk {
			if x := &chunk[i]; x.generation%2 == 1 && such(&x.event) {
				return true
			}
		}
	}
	return false
}
