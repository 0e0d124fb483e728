package sim

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/n2n-overlay/n2n/messages"
)

// room has the members of a room of the world's signaling service in the order in
// which they entered. A member that has left is nil.
type room struct {
	members []*rendezvous
	index   map[messages.PeerID]int
}

func (r *room) find(id messages.PeerID) *rendezvous {
	if i, ok := r.index[id]; ok {
		return r.members[i]
	}
	return nil
}

// add lets a member in, in place of an older link of the same peer.
func (r *room) add(m *rendezvous) {
	r.remove(m.node.id)
	r.index[m.node.id] = len(r.members)
	r.members = append(r.members, m)
}

func (r *room) remove(id messages.PeerID) {
	if i, ok := r.index[id]; ok {
		r.members[i] = nil
		delete(r.index, id)
	}
}

// draw draws up to n members that entered before one, as the real service does,
// or else after it.
func (r *room) draw(random *rand.Rand, n int, asker *rendezvous) [][]byte {
	at := r.index[asker.node.id]
	for _, among := range [][]*rendezvous{r.members[:at], r.members[at+1:]} {
		var drawn [][]byte
		for _, i := range sample(random, n, among) {
			drawn = append(drawn, among[i].node.id.Bytes())
		}
		if len(drawn) > 0 {
			return drawn
		}
	}
	return nil
}

// sample draws the places of up to n members that have not left.
func sample(random *rand.Rand, n int, members []*rendezvous) []int {
	var drawn []int
	for range 4 * n {
		if len(drawn) == n || len(members) == 0 {
			return drawn
		}
		if i := random.IntN(len(members)); members[i] != nil && !slices.Contains(drawn, i) {
			drawn = append(drawn, i)
		}
	}
	drawn = drawn[:0]
	for _, i := range random.Perm(len(members)) {
		if members[i] != nil && len(drawn) < n {
			drawn = append(drawn, i)
		}
	}
	return drawn
}

// rendezvous is a node's link to the world's signaling service, one server as far
// away as any peer.
type rendezvous struct {
	node   *node
	name   string
	events func(any)
	inside bool
}

// StopServer stops the signaling service: links are lost until StartServer.
func (w *World) StopServer() {
	w.serverDown = true
	w.tellMembers(func(*room) any {
		return messages.RendezvousUnlinked{Err: fmt.Errorf("the signaling server has stopped")}
	})
}

// StartServer starts the service again. Members are back in their rooms.
func (w *World) StartServer() {
	w.serverDown = false
	w.tellMembers(func(r *room) any { return messages.RendezvousEntered{Members: len(r.index)} })
}

func (w *World) tellMembers(what func(*room) any) {
	for _, name := range slices.Sorted(maps.Keys(w.rooms)) {
		for _, m := range w.rooms[name].members {
			if m != nil && !m.node.ended {
				m.report(w.now, what(w.rooms[name]))
			}
		}
	}
}

// Members counts the living peers in the rooms of the signaling service. It is 0
// while the service is stopped.
func (w *World) Members() int {
	n := 0
	if w.serverDown {
		return n
	}
	for _, r := range w.rooms {
		for _, m := range r.members {
			if m != nil && !m.node.ended {
				n++
			}
		}
	}
	return n
}

// report posts an event that the service sends at an instant. It takes a message's time.
func (r *rendezvous) report(at time.Duration, what any) {
	n := r.node
	at += n.world.config.Network.Latency.Draw(n.rand)
	n.post(&event{at: at, dst: n, call: func() {
		if !n.ended && !n.world.Silent(n.id) {
			r.events(what)
		}
	}})
}

func (r *rendezvous) Enter(name string, events func(any)) {
	r.name, r.events = name, events
	r.node.ask(func(at time.Duration) { r.entering(at) })
}

func (r *rendezvous) entering(at time.Duration) {
	w := r.node.world
	if w.Silent(r.node.id) {
		return
	}
	switch err := messages.CheckRoom(r.name); {
	case err != nil:
		r.report(at, messages.RendezvousLost{Err: err})
		return
	case w.serverDown:
		r.report(at, messages.RendezvousLost{Err: fmt.Errorf("the signaling server does not answer")})
		return
	}
	if w.rooms[r.name] == nil {
		w.rooms[r.name] = &room{index: map[messages.PeerID]int{}}
	}
	in := w.rooms[r.name]
	in.add(r)
	r.inside = true
	r.report(at, messages.RendezvousEntered{Members: len(in.members)})
}

func (r *rendezvous) Contacts(request uint64, n int) {
	r.node.ask(func(at time.Duration) {
		w := r.node.world
		if w.serverDown || !r.inside || w.Silent(r.node.id) {
			return
		}
		r.report(at, &messages.ContactList{Request: request, Peers: w.rooms[r.name].draw(r.node.rand, n, r)})
	})
}

func (r *rendezvous) Signal(signal *messages.Signal) {
	r.node.ask(func(at time.Duration) { r.pass(at, signal) })
}

// pass passes a signal on to the member that it is for.
func (r *rendezvous) pass(at time.Duration, signal *messages.Signal) {
	w := r.node.world
	if w.Silent(r.node.id) {
		return
	}
	to := messages.PeerID(signal.GetTo())
	var m *rendezvous
	if r.inside && !w.serverDown {
		m = w.rooms[r.name].find(to)
	}
	if m == nil || m.node.ended {
		r.report(at, &messages.Gone{Peer: signal.GetTo(), Job: signal.GetJob()})
		return
	}
	if r.node.signalLost() {
		return
	}
	r.node.worker.totals.ServerSignals++
	m.report(at, proto.Clone(signal))
}

func (r *rendezvous) Leave() {
	r.node.ask(func(at time.Duration) {
		w := r.node.world
		if in := w.rooms[r.name]; in != nil && in.find(r.node.id) == r {
			in.remove(r.node.id)
		}
		r.inside = false
		r.report(at, messages.RendezvousLost{})
	})
}
