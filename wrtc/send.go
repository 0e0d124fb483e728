package wrtc

import (
	"fmt"
	"sync"

	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

const (
	// highMark is how many bytes pion may hold of a channel; more wait here, and
	// the channel is congested.
	highMark = 1 << 20
	// busyMark is how many bytes pion holds when small frames begin to share
	// larger ones.
	busyMark = 16 << 10
	// lowMark is where pion gets more, and congestion ends.
	lowMark = 512 << 10
	// maxPending is how many bytes may wait here, over all channels.
	maxPending = 4 << 20
	// lossyFrame is how large a lossy frame becomes that packets share.
	lossyFrame = 1000
	// keptScratch is the largest buffer kept for encoding.
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
	if large { // only where they arrive in order: see doc.go
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

// send writes a frame of one packet, or lets it wait. c.mu is held, as in all
// that follows unless it says otherwise.
func (ch *channel) send(frame []byte) error {
	if len(ch.waiting) == 0 && ch.pion.BufferedAmount() < ch.directMark(len(frame)) {
		return ch.write(frame)
	}
	if ch.conn.pending+len(frame) > maxPending {
		return ch.full()
	}
	ch.wait(frame)
	return nil
}

// directMark is how many bytes pion may hold for a frame to be written at once.
// A small one would cost as much as a large one there: when others are under way
// anyhow, it waits for a goroutine, and those that come meanwhile go with it.
func (ch *channel) directMark(size int) uint64 {
	if ch.small(size) {
		return busyMark
	}
	return highMark
}

// small reports whether another frame of the same size could share a frame.
func (ch *channel) small(size int) bool { return size <= ch.shared()/2 }

func (ch *channel) sendLarge(element []byte) error {
	c := ch.conn
	direct := len(ch.waiting) == 0 && ch.pion.BufferedAmount() < highMark
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

// write hands a frame to pion, which copies it and does not block.
func (ch *channel) write(frame []byte) error {
	if _, err := ch.raw.Write(frame); err != nil {
		return fmt.Errorf("wrtc: channel %v: %w: %w", ch.class, err, messages.ErrClosed)
	}
	return nil
}

// wait appends a frame to those that wait; small ones share one.
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
	if !ch.congested { // then only a small frame may wait, for company
		keep := 0
		if ch.small(len(frame)) {
			keep = 1
		}
		ch.writeWaiting(keep)
		ch.congested = len(ch.waiting) > keep
	}
	if !ch.congested && len(ch.waiting) > 0 || ch.congested && ch.pion.BufferedAmount() <= lowMark {
		ch.wake() // else there is no need, or pion tells when it is low
	}
}

// writeWaiting hands pion what waits, up to the high mark and but for so many frames.
func (ch *channel) writeWaiting(keep int) {
	for len(ch.waiting) > keep && ch.pion.BufferedAmount() < highMark {
		ch.writeFirst()
	}
}

// shared is how large a frame may become that packets share. A lossy one has to
// fit a datagram, else the loss of one packet would be that of many.
func (ch *channel) shared() int {
	if ch.class == protocols.Lossy {
		return lossyFrame
	}
	return messages.MaxFrame
}

// frames are buffers for those that wait.
var frames = sync.Pool{New: func() any { return new([messages.MaxFrame]byte) }}

// buffer returns an empty one for a frame that begins with so many bytes. Of two
// that wait one after the other, the second did not fit the first: so what waits
// takes at most about twice its size.
func (ch *channel) buffer(size int) []byte {
	if ch.class == protocols.Lossy {
		return make([]byte, 0, max(size, lossyFrame))
	}
	return frames.Get().(*[messages.MaxFrame]byte)[:0]
}

// wake starts a flush. It may be called with pion's or our locks held.
func (ch *channel) wake() {
	if !ch.woken.Swap(true) {
		ch.conn.spawned.start(ch.flush)
	}
}

// flush hands pion what waits, up to the high mark. It takes c.mu.
func (ch *channel) flush() {
	ch.woken.Store(false)
	c := ch.conn
	c.mu.Lock()
	ch.writeWaiting(0)
	ch.congested = ch.congested || len(ch.waiting) > 0
	relieved := ch.congested && len(ch.waiting) == 0 && ch.pion.BufferedAmount() <= lowMark
	if relieved {
		ch.congested = false
		relieved = !c.congested()
	}
	c.mu.Unlock()
	if relieved {
		c.emit(actors.ConnWritable{})
	}
}

// writeFirst hands over the first frame that waits. An error says that the
// channel is closed, which its reader sees too.
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
