package arcs

import (
	"maps"
	"slices"
	"time"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
	"github.com/n2n-overlay/n2n/sim"
)

// cut reports whether nothing passes between two peers.
func (w *World) cut(a, b uint32) bool { return w.Faults.Cut(w.index.ids[a], w.index.ids[b]) }

// severed reports whether nothing passes, and the two will notice.
func (w *World) severed(a, b uint32) bool { return w.Faults.Severed(w.index.ids[a], w.index.ids[b]) }

// silent reports whether a peer is silenced.
func (w *World) silent(number uint32) bool { return w.Faults.Silent(w.index.ids[number]) }

// waiting is an event that was sent while its ends were cut off from each other.
type waiting struct {
	from   *peer
	remote uint32
	d      time.Duration
	event  event
}

func (p *peer) hold(remote uint32, d time.Duration, e event) {
	p.worker.held = append(p.worker.held, waiting{p, remote, d, e})
}

// StopServer stops the signaling service: links to it are lost until StartServer.
func (w *World) StopServer() { w.down = true }

// StartServer starts it again; members are back in their rooms.
func (w *World) StartServer() {
	w.down = false
	k := w.workers[0]
	k.now = w.now
	for _, name := range slices.Sorted(maps.Keys(w.service.rooms)) {
		for _, member := range w.service.rooms[name].members {
			if member != 0 {
				w.service.report(k, member, event{kind: kEntered, job: linkedAgain})
			}
		}
	}
	w.exchange()
}

// faultsChanged lets what waited travel, and starts or stops the clocks of
// connections whose ends are cut off.
func (w *World) faultsChanged() {
	for _, k := range w.workers {
		k.now = w.now
	}
	for _, p := range w.peers {
		if p == nil {
			continue
		}
		for _, l := range p.links {
			if l.living {
				p.watch(l)
			}
		}
	}
	for _, k := range w.workers {
		type end struct {
			connection uint64
			from       uint32
		}
		last := map[end]time.Duration{}
		k.held = slices.DeleteFunc(k.held, func(x waiting) bool {
			if w.cut(x.from.index, x.remote) {
				return false
			}
			if at := (end{x.event.conn, x.from.index}); x.event.class == protocols.Ordered {
				x.d = max(x.d, last[at]-w.now)
				last[at] = w.now + x.d
				if l := x.from.link(x.remote); l != nil && l.number == x.event.conn {
					x.d = max(x.d, l.last-w.now)
					l.last = w.now + x.d
				}
			}
			x.from.reach(x.remote, x.d, x.event)
			return true
		})
	}
	w.exchange()
}

// watch starts the clock of a living connection whose ends are cut off, and stops it
// when they are not any more.
func (p *peer) watch(l *link) {
	waits := p.worker.calendar.waits(l.severed)
	switch severed := p.world.severed(p.index, l.remote); {
	case severed && !waits:
		l.own(p.worker).severed = p.own(p.world.config.Network.DetectionTime(), event{kind: kSevered, a: l.remote, conn: l.number})
	case !severed && waits && p.whole(l): // else nothing will ever come
		p.worker.calendar.cancel(l.severed)
	}
}

// whole reports whether the other end of a living connection is there, or being set up.
func (p *peer) whole(l *link) bool {
	other := p.world.peers[l.remote]
	if other == nil {
		return false
	}
	o := other.link(p.index)
	return o != nil && (o.living && o.number == l.number || o.attempt != nil && o.attempt.number == l.number)
}

// Between says what there is between two peers.
func (w *World) Between(a, b messages.PeerID) sim.Between {
	from, to := w.index.find(a), w.index.find(b)
	var all sim.Between
	for i, ends := range [][2]uint32{{from, to}, {to, from}} {
		p := w.peers[ends[0]]
		if p == nil {
			continue
		}
		if l := p.link(ends[1]); l != nil && l.living {
			all.Connected = all.Connected || i == 0
			other := w.peers[ends[1]]
			all.Orphaned = other == nil || other.current(ends[0], l.number) == nil
		}
	}
	for _, k := range w.workers {
		all.Busy = all.Busy || k.calendar.any(func(e *event) bool {
			return e.kind >= kMessage && (e.src == from && e.dst == to || e.src == to && e.dst == from)
		})
	}
	all.Orphaned = all.Orphaned && !all.Busy
	return all
}
