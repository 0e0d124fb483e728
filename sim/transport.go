package sim

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

// The marks of a connection's queue are those of wrtc.
const (
	highMark = 1 << 20
	queueCap = 4 << 20
)

var errClosedThere = errors.New("the other side closed the connection")

// gathering is the time from the wish to an offer or answer.
const gathering = time.Millisecond

// transport makes a node's simulated connections.
type transport node

func (t *transport) Connect(remote messages.PeerID, events func(actors.ConnEvent)) actors.Conn {
	n := (*node)(t)
	c := &conn{node: n, remote: remote, events: events, number: n.world.connected}
	n.world.connected++
	n.world.conns[c.number] = c
	n.conns = append(n.conns, c)
	return c
}

func (t *transport) Close() {
	n := (*node)(t)
	if n.ended {
		return
	}
	n.ended = true
	for len(n.conns) > 0 {
		n.conns[0].Close(false)
	}
}

// conn is one end of a simulated connection.
type conn struct {
	node   *node
	remote messages.PeerID
	events func(actors.ConnEvent)
	number int
	other  *conn
	open   bool
	ended  bool
	// orphan tells that the other end is gone and its last message was lost. This
	// end notices only after a time.
	orphan    bool
	sent, got int // envelopes, except lossy ones

	last      [protocols.Classes]time.Duration // arrival of the newest message sent
	waits     int                              // bytes that have not left, with a limited bandwidth
	congested bool
	held      []*event // while the two are cut off from each other
	failing   *event   // the end of a connection whose ends stay cut off
}

func (c *conn) world() *World { return c.node.world }

// tell posts an event of the connection's own end.
func (c *conn) tell(d time.Duration, e actors.ConnEvent) *event {
	w := c.world()
	return w.post(w.event(event{at: w.now + d, dst: c.node, src: c.node, conn: c, happens: e}))
}

// reach posts an event for the other end, as a message that takes d, unless the
// two are cut off: then it waits for the end of that.
func (c *conn) reach(d time.Duration, ev *event) {
	w := c.world()
	ev.dst, ev.src, ev.conn = c.other.node, c.node, c.other
	if w.Cut(c.node.id, c.other.node.id) {
		ev.at = d
		c.held = append(c.held, ev)
		return
	}
	ev.at = w.now + d
	w.post(ev)
}

func (c *conn) latency() time.Duration {
	return c.world().config.Network.Latency.Draw(c.node.rand)
}

// happen lets an event of the schedule happen.
func (c *conn) happen(e *event) {
	if c.ended {
		return
	}
	if e.happens == nil {
		c.arrive(e)
		return
	}
	switch happens := e.happens.(type) {
	case actors.ConnClosed:
		c.end(happens.Err)
		return
	case actors.ConnOpened:
		c.open = true
	case actors.ConnWritable:
		c.drained(e.size)
		return
	}
	c.events(e.happens)
}

func (c *conn) arrive(e *event) {
	if !c.open {
		return
	}
	if e.class != protocols.Lossy {
		c.got++
	}
	w := c.world()
	if c.node.trace != nil {
		c.node.trace.add(e)
	}
	envelope := e.envelope
	if w.config.Encode {
		var err error
		if envelope, err = recode(envelope); err != nil {
			w.fail(fmt.Errorf("message of %s to %s: %w", e.src.id, e.dst.id, err))
			return
		}
	}
	c.events(actors.ConnReceived{Class: e.class, Envelopes: []messages.Envelope{envelope}})
}

// recode sends an envelope through the wire's form.
func recode(e messages.Envelope) (messages.Envelope, error) {
	frame, err := messages.AppendEnvelope(nil, e)
	if err != nil {
		return e, err
	}
	if len(frame) > messages.MaxFrame {
		// On the wire it would be cut in chunks; the parts are what is decoded.
		return e, nil
	}
	decoded, err := messages.DecodeFrame(frame)
	if err != nil {
		return e, err
	}
	return decoded[0], nil
}

func (c *conn) Offer() { c.tell(gathering, actors.ConnSignal{SDP: "offer " + strconv.Itoa(c.number)}) }

func (c *conn) Answer(offer string) {
	other, err := c.world().described(offer, "offer ", c)
	if err != nil {
		c.tell(0, actors.ConnClosed{Err: err})
		return
	}
	c.other = other
	c.tell(gathering, actors.ConnSignal{SDP: "answer " + strconv.Itoa(c.number)})
}

// Accept opens the connection, after the round trips that it takes.
func (c *conn) Accept(answer string) {
	other, err := c.world().described(answer, "answer ", c)
	if err == nil && (other.other != c || c.other != nil) {
		err = fmt.Errorf("the answer is to another offer")
	}
	if err != nil {
		c.tell(0, actors.ConnClosed{Err: err})
		return
	}
	c.other = other
	if c.node.unreachable() && other.node.unreachable() {
		return // the checks of both find nothing; a deadline ends it
	}
	trips := c.world().config.Network.SetupRoundTrips
	if trips == 0 {
		trips = 4
	}
	var there time.Duration
	for range trips {
		there += c.latency() + c.latency()
	}
	c.reach(there, c.world().event(event{happens: actors.ConnOpened{Local: other.node.id[:], Remote: c.node.id[:]}}))
	// Our own end opens when the other's last message is back.
	if !c.world().Cut(c.node.id, other.node.id) {
		ours := there + c.latency()
		c.tell(ours, actors.ConnOpened{Local: c.node.id[:], Remote: other.node.id[:]})
		other.last[protocols.Ordered] = c.world().now + ours + 1
	}
}

// described finds the connection that an offer or answer of a live peer names.
func (w *World) described(sdp, kind string, by *conn) (*conn, error) {
	text, ok := strings.CutPrefix(sdp, kind)
	number, err := strconv.Atoi(text)
	if !ok || err != nil || number < 0 || number >= w.connected {
		return nil, fmt.Errorf("%.20q is no %sof this world", sdp, kind)
	}
	c := w.conns[number]
	if c == nil || c.ended || c.node.id != by.remote {
		return nil, fmt.Errorf("the connection of %q has ended or is another peer's", sdp)
	}
	return c, nil
}

// unreachable reports whether the node is one of the fraction that is.
func (n *node) unreachable() bool {
	f := n.world.config.Network.Unreachable
	return f > 0 && float64(n.key>>11)/(1<<53) < f
}

func (c *conn) OpenClass(class protocols.Delivery) {
	c.tell(gathering, actors.ConnClassOpened{Class: class})
}

func (c *conn) Send(class protocols.Delivery, envelope messages.Envelope) error {
	if c.ended || !c.open {
		return messages.ErrClosed
	}
	w := c.world()
	network := &w.config.Network
	size := messages.SizeEnvelope(envelope)
	switch {
	case size > messages.MaxMessage, class == protocols.Lossy && size > messages.MaxFrame:
		return messages.ErrTooBig
	case c.waits+size > queueCap:
		return messages.ErrFull
	}
	w.totals.Frames++
	w.totals.Bytes += uint64(size)
	leaves := c.transmit(size)
	d := leaves - w.now + c.latency()
	late, lost := network.LossModel().Draw(c.node.rand, class)
	if lost {
		w.totals.Lost++
		return nil
	}
	d += late
	if _, ok := envelope.Message.(*messages.Signal); ok && envelope.Protocol == 0 && w.signalLost(c.node) {
		return nil
	}
	if class == protocols.Ordered {
		d = max(d, c.last[class]-w.now)
		c.last[class] = w.now + d
	}
	if class != protocols.Lossy {
		c.sent++
	}
	c.reach(d, w.event(event{class: class, envelope: envelope, size: size}))
	return nil
}

// signalLost draws whether a set-up fails at this hop.
func (w *World) signalLost(n *node) bool {
	p := w.config.Network.SetupFailure
	if p == 0 || n.rand.Float64() >= p {
		return false
	}
	w.totals.Lost++
	return true
}

// transmit returns when a message has left the uplink.
func (c *conn) transmit(size int) time.Duration {
	w, n := c.world(), c.node
	bandwidth := w.config.Network.Bandwidth
	if bandwidth == 0 {
		return w.now
	}
	n.busy = max(n.busy, w.now) + time.Duration(float64(size)/bandwidth*float64(time.Second))
	c.waits += size
	ev := c.tell(n.busy-w.now, actors.ConnWritable{})
	ev.size = size
	c.congested = c.congested || c.waits > highMark
	return n.busy
}

// drained notes that a message has left.
func (c *conn) drained(size int) {
	c.waits -= size
	if c.congested && c.waits <= highMark/2 {
		c.congested = false
		c.events(actors.ConnWritable{})
	}
}

func (c *conn) Congested() bool { return c.congested }

// Close ends this end now, and the other end after all that was sent has arrived.
func (c *conn) Close(bool) {
	if c.ended {
		return
	}
	if o := c.other; o != nil && !o.ended && o.other == c {
		d := max(c.latency(), c.last[protocols.Ordered]-c.world().now)
		c.reach(d, c.world().event(event{happens: actors.ConnClosed{Err: errClosedThere}}))
	}
	c.end(nil)
}

func (c *conn) end(err error) {
	if c.ended {
		return
	}
	c.ended = true
	n := c.node
	severed := c.other != nil && n.world.Severed(n.id, c.remote)
	if severed && !c.other.ended {
		c.other.orphan = true
	}
	// Its last message waits for the end of a hold. If the two are cut off, it is
	// lost.
	if len(c.held) == 0 || severed {
		delete(n.world.conns, c.number)
		c.other = nil
	}
	if i := slices.Index(n.conns, c); i >= 0 {
		n.conns[i] = n.conns[len(n.conns)-1]
		n.conns[len(n.conns)-1] = nil
		n.conns = n.conns[:len(n.conns)-1]
	}
	if c.failing != nil && c.failing.index >= 0 {
		n.world.events.take(c.failing)
	}
	// A reference to a connection that has ended keeps nothing else in memory.
	events := c.events
	c.events = nil
	events(actors.ConnClosed{Err: err})
}
