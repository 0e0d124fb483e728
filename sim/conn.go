package sim

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"google.golang.org/protobuf/proto"

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

// conn is one end of a simulated connection. Within a window its node alone changes it, and
// reads of the other end only what the other end has set before the two could know of each
// other: node, remote, and other of the end that answers.
type conn struct {
	connID
	node   *node
	remote messages.PeerID
	events func(actors.ConnEvent)
	other  *conn
	open   bool
	ended  bool
	muted  bool                             // it ended while the two were cut off, so the other end is not told
	sent   uint32                           // envelopes, except lossy ones
	got    uint32                           // of these, of the other end's
	last   [protocols.Classes]time.Duration // arrival of the newest message sent
	rare   *rare                            // nil: all of it is zero
}

// rare is what most connections never need.
type rare struct {
	gone      *conn // ended after it had answered our offer
	waits     int   // bytes that have not left, with a limited bandwidth
	congested bool
	held      []*delivery // while the two are cut off from each other
	failing   *event      // the end of a connection whose ends stay cut off
}

// rarely returns what a connection rarely needs, to be changed.
func (c *conn) rarely() *rare {
	if c.rare == nil {
		c.rare = &rare{}
	}
	return c.rare
}

// seldom returns what a connection rarely needs, to be read.
func (c *conn) seldom() rare {
	if c.rare == nil {
		return rare{}
	}
	return *c.rare
}

// stopFailing keeps the connection from its end because nothing came.
func (c *conn) stopFailing() {
	if c.seldom().failing != nil {
		c.rare.failing.Stop()
		c.rare.failing = nil
	}
}

func (c *conn) world() *World      { return c.node.world }
func (c *conn) now() time.Duration { return c.node.worker.now }

// orphan reports whether the other end is gone and its last message was lost. This end
// notices only after a time.
func (c *conn) orphan() bool { return c.other != nil && c.other.ended && c.other.muted }

// tell posts an event of the connection's own end.
func (c *conn) tell(d time.Duration, e actors.ConnEvent) *event {
	return c.node.post(&c.node.worker.delivery(delivery{event: event{at: c.now() + d, dst: c.node}, conn: c, happens: e}).event)
}

// reach posts an event for the other end, as a message that takes d, unless the
// two are cut off: then it waits for the end of that.
func (c *conn) reach(d time.Duration, what delivery) {
	what.dst, what.conn, what.from, what.at = c.other.node, c.other, c, d
	place := c.node.worker.delivery(what)
	if c.world().Cut(c.node.id, c.other.node.id) {
		place.index = -1
		r := c.rarely()
		r.held = append(r.held, place)
		return
	}
	place.at += c.now()
	c.node.post(&place.event)
}

func (c *conn) latency() time.Duration {
	return c.world().config.Network.Latency.Draw(c.node.rand)
}

// happen lets an event of the schedule happen.
func (c *conn) happen(e *delivery) {
	if c.ended {
		return
	}
	if e.happens == nil {
		c.arrive(e)
		return
	}
	switch happens := e.happens.(type) {
	case actors.ConnClosed:
		if e.from != nil && c.other != e.from { // its answer has not come, or never will
			c.rarely().gone = e.from
			return
		}
		c.end(happens.Err)
		return
	case actors.ConnOpened:
		c.opens(e.back)
	case actors.ConnWritable:
		c.drained(e.size)
		return
	}
	c.events(e.happens)
}

func (c *conn) arrive(e *delivery) {
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
			c.node.worker.fail(fmt.Errorf("message of %s to %s: %w", e.src.id, e.dst.id, err))
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

func (c *conn) Offer() { c.tell(gathering, actors.ConnSignal{SDP: "offer " + c.String()}) }

func (c *conn) Answer(offer string) {
	other, err := c.world().described(offer, "offer ", c)
	if err != nil {
		c.tell(0, actors.ConnClosed{Err: err})
		return
	}
	c.other = other
	c.tell(gathering, actors.ConnSignal{SDP: "answer " + c.String()})
}

// Accept opens the connection, after the round trips that it takes.
func (c *conn) Accept(answer string) {
	other, err := c.world().described(answer, "answer ", c)
	switch {
	case err != nil:
	case other.other != c || c.other != nil:
		err = fmt.Errorf("the answer is to another offer")
	case other == c.seldom().gone:
		err = errClosedThere
	}
	if err != nil {
		c.tell(0, actors.ConnClosed{Err: err})
		return
	}
	c.other = other
	if c.node.unreachable() && other.node.unreachable() {
		return // the checks of both find nothing; a deadline ends it
	}
	var there time.Duration
	for range c.world().config.Network.RoundTrips() {
		there += c.latency() + c.latency()
	}
	opened := delivery{happens: actors.ConnOpened{Local: other.node.id[:], Remote: c.node.id[:]}}
	// Our own end opens when the other's last message is back.
	if !c.world().Cut(c.node.id, other.node.id) {
		opened.back = c.latency()
	}
	c.reach(there, opened)
}

// opens opens the connection. back is what the last message to the other end takes, which
// opens with it; 0: it has opened, or does not.
func (c *conn) opens(back time.Duration) {
	c.open = true
	if back > 0 {
		c.last[protocols.Ordered] = c.now() + back + 1
		c.reach(back, delivery{happens: actors.ConnOpened{Local: c.other.node.id[:], Remote: c.node.id[:]}})
	}
}

// described finds the connection that an offer or answer of a live peer names.
func (w *World) described(sdp, kind string, by *conn) (*conn, error) {
	text, ok := strings.CutPrefix(sdp, kind)
	start, number, parts := strings.Cut(text, ".")
	s, err := strconv.ParseUint(start, 10, 64)
	n, err2 := strconv.ParseUint(number, 10, 32)
	if !ok || !parts || err != nil || err2 != nil || s > w.started {
		return nil, fmt.Errorf("%.20q is no %sof this world", sdp, kind)
	}
	c := w.conns[connID{s, uint32(n)}]
	if c == nil || c.node.id != by.remote {
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
	case c.seldom().waits+size > queueCap:
		return messages.ErrFull
	}
	totals := &c.node.worker.totals
	totals.Frames++
	if envelope.Protocol != 0 {
		totals.Bytes += uint64(proto.Size(envelope.Message))
	}
	leaves := c.transmit(size)
	d := leaves - c.now() + c.latency()
	late, lost := network.LossModel().Draw(c.node.rand, class)
	if lost {
		totals.Lost++
		return nil
	}
	d += late
	if _, ok := envelope.Message.(*messages.Signal); ok && envelope.Protocol == 0 && c.node.signalLost() {
		return nil
	}
	if class == protocols.Ordered {
		d = max(d, c.last[class]-c.now())
		c.last[class] = c.now() + d
	}
	if class != protocols.Lossy {
		c.sent++
	}
	c.reach(d, delivery{class: class, envelope: envelope, size: size})
	return nil
}

// signalLost draws whether a set-up fails at this hop.
func (n *node) signalLost() bool {
	p := n.world.config.Network.SetupFailure
	if p == 0 || n.rand.Float64() >= p {
		return false
	}
	n.worker.totals.Lost++
	return true
}

// transmit returns when a message has left the uplink.
func (c *conn) transmit(size int) time.Duration {
	n := c.node
	bandwidth := n.world.config.Network.Bandwidth
	if bandwidth == 0 {
		return c.now()
	}
	n.busy = max(n.busy, c.now()) + time.Duration(float64(size)/bandwidth*float64(time.Second))
	q := c.rarely()
	q.waits += size
	c.tell(n.busy-c.now(), actors.ConnWritable{}).delivery.size = size
	q.congested = q.congested || q.waits > highMark
	return n.busy
}

// drained notes that a message has left.
func (c *conn) drained(size int) {
	q := c.rare
	q.waits -= size
	if q.congested && q.waits <= highMark/2 {
		q.congested = false
		c.events(actors.ConnWritable{})
	}
}

func (c *conn) Congested() bool { return c.seldom().congested }

// Close ends this end now, and the other end after all that was sent has arrived.
func (c *conn) Close(bool) {
	if c.ended {
		return
	}
	if c.other != nil {
		d := max(c.latency(), c.last[protocols.Ordered]-c.now())
		c.reach(d, delivery{happens: actors.ConnClosed{Err: errClosedThere}})
	}
	c.end(nil)
}

func (c *conn) end(err error) {
	if c.ended {
		return
	}
	c.ended = true
	n := c.node
	c.muted = c.other != nil && n.world.Severed(n.id, c.remote)
	// Its last message waits for the end of a hold. If the two are cut off, it is
	// lost.
	if len(c.seldom().held) == 0 || c.muted {
		if n.world.apart {
			n.worker.gone = append(n.worker.gone, c)
		} else {
			delete(n.world.conns, c.connID)
		}
	}
	if i := slices.Index(n.conns, c); i >= 0 {
		n.conns[i] = n.conns[len(n.conns)-1]
		n.conns[len(n.conns)-1] = nil
		n.conns = n.conns[:len(n.conns)-1]
	}
	c.stopFailing()
	// A reference to a connection that has ended keeps nothing else in memory.
	events := c.events
	c.events = nil
	events(actors.ConnClosed{Err: err})
}
