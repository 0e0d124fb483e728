package arcs

import (
	"slices"
	"time"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

// The marks of a connection's queue, as those of the actors' world.
const (
	highMark = 1 << 20
	queueCap = 4 << 20
)

// gathering is the time from the wish to an offer or answer.
const gathering = time.Millisecond

func (p *peer) latency() time.Duration { return p.world.config.Network.Latency.Draw(&p.rand) }

// own schedules an event of the peer's own.
func (p *peer) own(d time.Duration, e event) handle {
	p.seq++
	e.at, e.dst, e.src, e.seq = p.worker.now+max(0, d), p.index, p.index, p.seq
	return p.worker.post(&e)
}

// reach schedules an event for another peer, or for the service.
func (p *peer) reach(dst uint32, d time.Duration, e event) {
	p.seq++
	e.at, e.dst, e.src, e.seq = p.worker.now+d, dst, p.index, p.seq
	p.worker.post(&e)
}

// send sends a control message along the living connection.
func (p *peer) send(l *link, e event) {
	p.travel(&l.wire, l.remote, e)
}

// travel sends an event to the other end of a connection. Bandwidth, loss and faults
// act on it; ordered ones arrive in order.
func (p *peer) travel(w *wire, remote uint32, e event) {
	k, network := p.worker, &p.world.config.Network
	if e.kind != kClosed {
		k.totals.Frames++
	}
	e.conn = w.number
	d := p.transmit(w, remote, int(e.size)) + p.latency()
	late, lost := network.LossModel().Draw(&p.rand, e.class)
	if lost {
		k.totals.Lost++
		return
	}
	d += late
	if e.kind == kSignal && p.signalLost() {
		return
	}
	if e.class == protocols.Ordered {
		d = max(d, w.last-k.now)
		w.last = k.now + d
	}
	if p.world.cut(p.index, remote) {
		p.hold(remote, d, e)
		return
	}
	p.reach(remote, d, e)
}

// transmit returns when a message has left the uplink.
func (p *peer) transmit(w *wire, remote uint32, size int) time.Duration {
	bandwidth := p.world.config.Network.Bandwidth
	if bandwidth == 0 || size == 0 {
		return 0
	}
	now := p.worker.now
	p.busy = max(p.busy, now) + time.Duration(float64(size)/bandwidth*float64(time.Second))
	if l := p.current(remote, w.number); l != nil {
		l.waits += int32(size)
	}
	p.own(p.busy-now, event{kind: kWritable, a: remote, conn: w.number, size: uint32(size)})
	return p.busy - now
}

// writable notes that a message has left.
func (p *peer) writable(e *event) {
	l := p.current(e.a, e.conn)
	if l == nil {
		return
	}
	l.waits -= int32(e.size)
	if l.congested && l.waits <= highMark/2 {
		l.congested = false
		p.tellAll(messages.Drained{Peer: p.worker.idOf(l.remote)})
	}
}

// signalLost draws whether a set-up fails at this hop.
func (p *peer) signalLost() bool {
	failure := p.world.config.Network.SetupFailure
	if failure == 0 || p.rand.Float64() >= failure {
		return false
	}
	p.worker.totals.Lost++
	return true
}

// close closes this end of a connection; the other learns of it after what was sent
// has arrived. If the two are cut off, what waits for the end of that is lost.
func (p *peer) close(w *wire, remote uint32) {
	if !p.world.severed(p.index, remote) {
		p.travel(w, remote, event{kind: kClosed})
		return
	}
	p.worker.held = slices.DeleteFunc(p.worker.held, func(x waiting) bool { return x.from == p && x.event.conn == w.number })
}
