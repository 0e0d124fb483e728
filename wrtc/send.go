package wrtc

import (
	"fmt"
	"sync"

	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

const (
	// highMark is how many bytes of a channel the session may hold. Further bytes wait
	// here, and the channel is congested.
	highMark = 1 << 20
	// busyMark is how many bytes the session holds when small frames begin to share
	// larger ones.
	busyMark = 16 << 10
	// lowMark is how many bytes the session holds when it gets more and congestion
	// ends.
	lowMark = 512 << 10
	// maxPending is how many bytes may wait here, in all channels together.
	maxPending = 4 << 20
	// lossyFrame is the largest size of a lossy frame that several packets share.
	lossyFrame = 1000
	// keptScratch is the largest encoding buffer that is kept.
	keptScratch = 64 << 10
)

// Send implements actors.Conn.
func (c *connection) Send(class protocols.Delivery, envelope messages.Envelope) error {
	if class >= protocols.Classes {
		return fmt.Errorf("wrtc: there is no class %v", class)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	element, err := messages.AppendEnvelope(c.scratch[:0], envelope)
	if err != nil {
		return err
	}
	if cap(element) <= keptScratch {
		c.scratch = element
	}
	large := len(element) > messages.MaxFrame
	if large && class == protocols.Lossy {
		return fmt.Errorf("wrtc: a lossy message of %d bytes does not fit a frame: %w", len(element), messages.ErrTooBig)
	}
	if ch := c.channels[class]; ch == nil || !ch.open || c.ended {
		return fmt.Errorf("wrtc: channel %v is not open: %w", class, messages.ErrClosed)
	}
	if large { // chunks need a channel that keeps their order: see doc.go
		return c.channels[protocols.Ordered].sendLarge(element)
	}
	return c.channels[class].send(element)
}

// Congested implements actors.Conn.
func (c *connection) Congested() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.congested()
}

func (c *connection) congested() bool {
	for _, ch := range c.channels {
		if ch != nil && ch.congested {
			return true
		}
	}
	return false
}

// send writes a frame of one packet, or lets it wait. The caller holds c.mu. So do the
// callers of the functions below that do not say otherwise.
func (ch *channel) send(frame []byte) error {
	if len(ch.waiting) == 0 && ch.wire.buffered() < ch.directMark(len(frame)) {
		return ch.write(frame)
	}
	if ch.conn.pending+len(frame) > maxPending {
		return ch.full()
	}
	ch.wait(frame)
	return nil
}

// directMark is how many bytes the session may hold while a frame is still written at
// once. A small frame would cost as much as a large one. So when others are under way,
// it waits for a goroutine, and further small frames join it.
func (ch *channel) directMark(size int) uint64 {
	if ch.small(size) {
		return busyMark
	}
	return highMark
}

// small reports whether a second frame of this size fits into a shared frame.
func (ch *channel) small(size int) bool { return size <= ch.shared()/2 }

func (ch *channel) sendLarge(element []byte) error {
	c := ch.conn
	direct := len(ch.waiting) == 0 && ch.wire.buffered() < highMark
	if frames := len(element)/chunkData + 1; !direct && c.pending+len(element)+frames*(messages.MaxFrame-chunkData) > maxPending {
		return ch.full()
	}
	c.chunks++
	var failed error
	err := splitPacket(element, c.chunks, func(frame []byte) {
		if !direct {
			ch.wait(frame)
		} else if failed == nil {
			failed = ch.write(frame)
		}
	})
	if err == nil {
		err = failed
	}
	return err
}

func (ch *channel) full() error {
	return fmt.Errorf("wrtc: %d bytes wait for the other end: %w", ch.conn.pending, messages.ErrFull)
}

// write writes a frame to the session, which copies it and does not block.
func (ch *channel) write(frame []byte) error {
	if err := ch.wire.write(frame); err != nil {
		return fmt.Errorf("wrtc: channel %v: %w: %w", ch.class, err, messages.ErrClosed)
	}
	return nil
}

// wait appends a frame to the waiting ones. Small frames share one.
func (ch *channel) wait(frame []byte) {
	last := len(ch.waiting) - 1
	if last >= 0 && len(ch.waiting[last])+len(frame) <= ch.shared() && ch.packets < messages.MaxPackets {
		ch.waiting[last] = append(ch.waiting[last], frame...)
		ch.packets++
	} else {
		ch.waiting = append(ch.waiting, append(ch.buffer(len(frame)), frame...))
		ch.packets = 1
	}
	ch.conn.pending += len(frame)
	if !ch.congested { // only a small frame may wait then, so that others can join it
		keep := 0
		if ch.small(len(frame)) {
			keep = 1
		}
		ch.writeWaiting(keep)
		ch.congested = len(ch.waiting) > keep
	}
	if !ch.congested && len(ch.waiting) > 0 || ch.congested && ch.wire.buffered() <= lowMark {
		ch.wake() // otherwise it is not needed, or the session tells when it is low
	}
}

// writeWaiting writes the waiting frames, up to the high mark, and keeps so many.
func (ch *channel) writeWaiting(keep int) {
	for len(ch.waiting) > keep && ch.wire.buffered() < highMark {
		ch.writeFirst()
	}
}

// shared is the largest size of a frame that several packets share. A lossy frame must
// fit a datagram, or the loss of one packet would lose many.
func (ch *channel) shared() int {
	if ch.class == protocols.Lossy {
		return lossyFrame
	}
	return messages.MaxFrame
}

// frames holds buffers for waiting frames.
var frames = sync.Pool{New: func() any { return new([messages.MaxFrame]byte) }}

// buffer returns an empty buffer for a frame that begins with so many bytes. Of two
// frames that wait in a row, the second did not fit into the first. So waiting frames
// take at most about twice their size.
func (ch *channel) buffer(size int) []byte {
	if ch.class == protocols.Lossy {
		return make([]byte, 0, max(size, lossyFrame))
	}
	return frames.Get().(*[messages.MaxFrame]byte)[:0]
}

// wake starts a flush. It may be called with the locks of the session or of the
// connection held.
func (ch *channel) wake() {
	if !ch.woken.Swap(true) {
		ch.conn.spawned.start(ch.flush)
	}
}

// flush writes the waiting frames, up to the high mark. It takes c.mu.
func (ch *channel) flush() {
	ch.woken.Store(false)
	c := ch.conn
	c.mu.Lock()
	ch.writeWaiting(0)
	ch.congested = ch.congested || len(ch.waiting) > 0
	relieved := ch.congested && len(ch.waiting) == 0 && ch.wire.buffered() <= lowMark
	if relieved {
		ch.congested = false
		relieved = !c.congested()
	}
	c.mu.Unlock()
	if relieved {
		c.emit(actors.ConnWritable{})
	}
}

// writeFirst writes the first waiting frame. An error means that the channel is closed.
// The channel's reader sees that too.
func (ch *channel) writeFirst() {
	frame := ch.waiting[0]
	ch.waiting[0] = nil
	ch.waiting = ch.waiting[1:]
	ch.conn.pending -= len(frame)
	_ = ch.write(frame)
	if cap(frame) == messages.MaxFrame {
		frames.Put((*[messages.MaxFrame]byte)(frame[:messages.MaxFrame]))
	}
}
