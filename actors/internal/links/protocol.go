package links

import (
	"maps"
	"slices"
	"time"

	"github.com/n2n-overlay/n2n/actors/internal/tally"
	"github.com/n2n-overlay/n2n/messages"
)

// Protocol is a protocol of this peer.
type Protocol struct {
	Number  uint32 // on the wire, and everywhere within the peer
	Name    string
	Accepts bool // introductions
	Reach   int  // relays of an offer that we did not ask for
	Sees    []string

	mute  bool        // it has stopped, and only its arcs remain
	seers []*Protocol // those that see its arcs
}

// numbers lists the protocols in the order of their numbers.
func (t *Table) numbers() []uint32 { return slices.Sorted(maps.Keys(t.protocols)) }

// runs returns the protocol of that name if it takes events, or nil.
func (t *Table) runs(name string) *Protocol {
	if r := t.byName(name); r != nil && !r.mute {
		return r
	}
	return nil
}

func (t *Table) byName(name string) *Protocol {
	for _, r := range t.protocols {
		if r.Name == name {
			return r
		}
	}
	return nil
}

// Register adds a protocol.
func (t *Table) Register(r *Protocol) {
	t.protocols[r.Number] = r
	t.announced = nil
	for _, number := range t.numbers() {
		other := t.protocols[number]
		if slices.Contains(other.Sees, r.Name) {
			r.seers = append(r.seers, other)
		}
		if other != r && slices.Contains(r.Sees, other.Name) {
			other.seers = append(other.seers, r)
			t.catchUp(r, other)
		}
	}
	added := &messages.Protocols{Added: []*messages.ProtocolNumber{{Number: r.Number, Name: r.Name}}}
	for _, peer := range t.peers() {
		if k := t.links[peer].living; k != nil {
			for i := range k.remote {
				if k.remote[i].name == r.Name {
					k.remote[i].local, k.remote[i].told = r, false
				}
			}
			t.out.Send(k.id, added)
		}
	}
}

// catchUp tells a new protocol of the present arcs of a protocol that it sees.
func (t *Table) catchUp(seer, seen *Protocol) {
	for _, peer := range t.peers() {
		k := t.links[peer].living
		if k == nil {
			continue
		}
		arcs := k.arcs(seen.Number)
		for range arcs.out {
			t.sees(seer, seen, k.rtt, messages.ArcOpened{Peer: peer, Dir: messages.Out})
		}
		for range arcs.in {
			t.sees(seer, seen, k.rtt, messages.ArcOpened{Peer: peer, Dir: messages.In})
		}
	}
}

// Unregister ends a protocol's arcs and requests; its connections may linger.
func (t *Table) Unregister(number uint32) {
	r := t.protocols[number]
	if r == nil {
		return
	}
	r.mute = true
	t.takeParked(func(p *parked) bool { return p.number == number })
	for _, peer := range t.peers() {
		l := t.links[peer]
		l.opens = slices.DeleteFunc(l.opens, func(o *pendingOpen) bool {
			if o.number == number {
				t.endOpen(o)
				t.refuseIntroduction(o, messages.ErrNoProtocol)
			}
			return o.number == number
		})
		if l.living != nil {
			t.removeArcs(l, r)
		}
		t.settle(l)
	}
	for _, number := range t.numbers() {
		other := t.protocols[number]
		other.seers = slices.DeleteFunc(other.seers, func(s *Protocol) bool { return s == r })
	}
	delete(t.protocols, number)
	t.announced = nil
}

// Mute keeps the arcs of a protocol that has stopped because the peer leaves.
func (t *Table) Mute(number uint32) {
	if r := t.protocols[number]; r != nil {
		r.mute = true
	}
}

func (t *Table) removeArcs(l *link, r *Protocol) {
	k := l.living
	ledger := k.ledger(r.Number)
	if ledger.out > 0 {
		ledger.locks = 0
		for range ledger.out {
			_ = ledger.close()
			t.tellArc(r, k, messages.ArcClosed{Peer: l.peer, Dir: messages.Out, Cause: messages.CauseClosed})
		}
		t.sendArcs(k, r.Number, 0)
	}
	t.refuseArcs(k, r, messages.Reason_REASON_NO_PROTOCOL, messages.CauseClosed, 0)
	for i := range k.remote {
		if k.remote[i].local == r {
			k.remote[i].local = nil
		}
	}
	t.out.Send(k.id, &messages.Protocols{Removed: []uint32{r.Number}})
}

// announcement is the protocols of this peer as Hello tells them. All connections
// share it, so it is never changed.
func (t *Table) announcement() []*messages.ProtocolNumber {
	if t.announced == nil {
		t.announced = make([]*messages.ProtocolNumber, 0, len(t.protocols))
		for _, number := range t.numbers() {
			t.announced = append(t.announced, &messages.ProtocolNumber{Number: number, Name: t.protocols[number].Name})
		}
	}
	return t.announced
}

// announce tells of the protocols added and removed since our Hello was written.
func (t *Table) announce(k *live, announced []*messages.ProtocolNumber) {
	m := &messages.Protocols{}
	for _, p := range announced {
		if t.protocols[p.GetNumber()] == nil {
			m.Removed = append(m.Removed, p.GetNumber())
		}
	}
	for _, p := range t.announcement() {
		if !slices.ContainsFunc(announced, func(a *messages.ProtocolNumber) bool { return a.GetNumber() == p.GetNumber() }) {
			m.Added = append(m.Added, p)
		}
	}
	if len(m.GetAdded())+len(m.GetRemoved()) > 0 {
		t.out.Send(k.id, m)
	}
}

// learn notes the protocols that the other peer announces.
func (t *Table) learn(k *live, list []*messages.ProtocolNumber) {
	for _, p := range list {
		if k.byNumber(p.GetNumber()) != nil || k.runs(p.GetName()) || len(k.remote) >= messages.MaxProtocols {
			t.Tally.Add(tally.ProtocolsIgnored)
			continue
		}
		local := t.byName(p.GetName())
		if local != nil {
			delete(k.unwanted, local.Number)
		}
		k.remote = append(k.remote, remoteProtocol{number: p.GetNumber(), name: p.GetName(), local: local})
	}
}

// protocolsChanged takes the protocols that the other side adds and removes.
func (t *Table) protocolsChanged(l *link, m *messages.Protocols) {
	k := l.living
	for _, number := range m.GetRemoved() {
		remote := k.byNumber(number)
		if remote == nil {
			t.Tally.Add(tally.ProtocolsIgnored)
			continue
		}
		if r := remote.local; r != nil {
			// The other side has ended its arcs and refused ours. The rest ends
			// here.
			t.endArcs(k, r)
		}
		*remote = k.remote[len(k.remote)-1]
		k.remote = k.remote[:len(k.remote)-1]
	}
	t.learn(k, m.GetAdded())
	t.settle(l)
}

// Tell hands an event to a protocol, if it runs, and counts the requests that
// failed.
func (t *Table) Tell(number uint32, event any) {
	if failed, ok := event.(messages.Failed); ok {
		t.Tally.Failed(failed.Op)
	}
	if r := t.protocols[number]; r != nil && !r.mute {
		t.out.Tell(number, Event{Event: event})
	}
}

func (t *Table) tellAll(event any) {
	for _, number := range t.numbers() {
		t.Tell(number, event)
	}
}

// tellArc hands an arc event to a protocol and to those that see it.
func (t *Table) tellArc(r *Protocol, k *live, event any) {
	if r == nil {
		return
	}
	if !r.mute {
		t.out.Tell(r.Number, Event{event, k.rtt, k.arcs(r.Number).locks})
	}
	for _, seer := range r.seers {
		if !seer.mute {
			t.sees(seer, r, k.rtt, event)
		}
	}
}

func (t *Table) sees(seer, seen *Protocol, rtt time.Duration, event any) {
	t.out.Tell(seer.Number, Event{Event: messages.Seen{Protocol: seen.Name, Event: event}, RTT: rtt})
}

// Fail ends a request without success.
func (t *Table) Fail(number uint32, ticket messages.Ticket, op messages.Op, peer messages.PeerID, err error) {
	t.Tell(number, messages.Failed{Ticket: ticket, Op: op, Peer: peer, Err: requestError{op, peer, err}})
}

// requestError says what failed, to whom and why.
type requestError struct {
	op   messages.Op
	peer messages.PeerID
	err  error
}

func (e requestError) Error() string {
	return string(e.op) + " " + e.peer.String() + ": " + e.err.Error()
}
func (e requestError) Unwrap() error { return e.err }
