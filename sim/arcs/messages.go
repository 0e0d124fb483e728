package arcs

import (
	"slices"

	"google.golang.org/protobuf/proto"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

// sendMessage sends a protocol's message to a neighbor, whichever way arcs point.
func (p *peer) sendMessage(c *proc, t messages.Ticket, to messages.PeerID, m proto.Message) {
	remote := p.world.index.find(to)
	l := p.neighbor(remote)
	var err error
	size := 0
	switch prototype := c.protocol.Message; {
	case prototype == nil || m == nil || !m.ProtoReflect().IsValid() || m.ProtoReflect().Descriptor() != prototype.ProtoReflect().Descriptor():
		err = messages.ErrNoProtocol
	case remote == p.index:
		err = messages.ErrSelf
	case l == nil:
		err = messages.ErrNotNeighbor
	case !l.runs.has(c.name):
		err = messages.ErrNoProtocol
	default:
		size = proto.Size(m)
		switch {
		case size > messages.MaxMessage, c.protocol.Delivery == protocols.Lossy && size > messages.MaxFrame:
			err = messages.ErrTooBig
		case int(l.waits)+size > queueCap:
			err = messages.ErrFull
		}
	}
	if err != nil {
		p.fail(c, t, messages.OpSend, to, err)
		return
	}
	p.worker.add(countMessagesSent)
	p.worker.totals.Bytes += uint64(size)
	p.send(l, event{kind: kMessage, class: c.protocol.Delivery, protocol: c.name, size: uint32(size), body: m})
	if !l.congested && l.waits > highMark {
		l.congested = true
		p.tellAll(messages.Congested{Peer: to})
	}
}

// received takes a message of a protocol on a neighbor.
func (p *peer) received(m *event) {
	l := p.current(m.src, m.conn)
	if l == nil {
		p.worker.add(countMessagesLate)
		return
	}
	c := p.proc(m.protocol)
	if c == nil {
		p.worker.add(countMessagesWithoutProtocol)
		if !l.unwanted.has(m.protocol) {
			l.own(p.worker).unwanted |= 1 << m.protocol
			p.send(l, event{kind: kNoProtocol, protocol: m.protocol})
		}
		return
	}
	p.worker.add(countMessagesReceived)
	p.turn(c, messages.Received{From: p.worker.idOf(m.src), Message: m.body.(proto.Message)}, 0)
}

// noProtocol takes the other side's word that a protocol of ours does not run there.
func (p *peer) noProtocol(m *event) {
	if l, c := p.current(m.src, m.conn), p.proc(m.protocol); l != nil && c != nil {
		p.fail(c, 0, messages.OpSend, p.worker.idOf(m.src), messages.ErrNoProtocol)
	}
}

// protocolsChanged takes what the other side adds (job) and removes (body).
func (p *peer) protocolsChanged(m *event) {
	l := p.current(m.src, m.conn)
	if l == nil {
		return
	}
	if removed, ok := m.body.(set); ok {
		l.runs &^= removed
		for _, c := range slices.Clone(p.procs) {
			if e := l.find(c.name); e != nil && removed.has(c.name) {
				p.endArcs(l, c, e)
			}
		}
	}
	l.runs |= set(m.job)
	if l.unwanted != 0 {
		l.unwanted &^= set(m.job)
	}
	p.settle(l)
}
