package scenario

import (
	"math"
	"slices"
	"time"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/sim/worlds"
)

// room is where the peers of a scenario meet.
const room = "scenario"

// join lets peers enter, evenly or growing by the same factor in the same time.
func (r *runner) join(p Phase) error {
	n := r.s.Peers - r.started
	if !math.IsNaN(p.Fraction) {
		n = min(n, int(math.Round(p.Fraction*float64(r.s.Peers))))
	}
	over := p.Over.of(r.s.Cycle)
	before := float64(max(1, len(r.alive)))
	var actions []action
	for i := range n {
		part := float64(i) / float64(n)
		if p.Growing {
			part = math.Log((before+float64(i))/before) / math.Log((before+float64(n))/before)
		}
		actions = append(actions, action{time.Duration(part * float64(over)), r.start})
	}
	return r.play(over, actions)
}

func (r *runner) start() error {
	n := r.started
	r.started++
	r.at[n] = len(r.alive)
	r.alive = append(r.alive, n)
	peer, err := r.world.Start(worlds.Start{Identity: r.world.Identity(uint64(n)), Config: r.s.Peer})
	if err != nil {
		return err
	}
	r.peers = append(r.peers, peer)
	if !r.worldCounts() {
		peer.SubscribeConnections(func(event any) { r.observe(n, "", event) })
	}
	for _, p := range r.s.Protocols {
		if p.Broadcasts || p.Estimate != nil || p.Values != nil {
			peer.Subscribe(p.Protocol.Name, func(event any) { r.observe(n, p.Protocol.Name, event) })
		}
	}
	for _, p := range r.protocolsOf() {
		if err := peer.Spawn(p); err != nil {
			return err
		}
	}
	peer.Join(room)
	return nil
}

// runCycle runs one cycle of a phase: peers come and go, and messages are published.
func (r *runner) runCycle(p Phase) error {
	var actions []action
	at := func() time.Duration { return time.Duration(r.random.Float64() * float64(r.s.Cycle)) }
	for range r.draw(p.Rate * float64(len(r.alive))) {
		end := worlds.Peer.Crash
		if r.random.Float64() < p.Leave {
			end = worlds.Peer.Leave
		}
		actions = append(actions, action{at(), func() error { return r.endOne(end) }}, action{at(), r.start})
	}
	// Broadcasts should arrive before the cycle ends.
	for range r.draw(p.Broadcasts) {
		actions = append(actions, action{at() / 2, func() error { return r.publish(p.Payload) }})
	}
	return r.play(r.s.Cycle, actions)
}

// draw returns a whole number with the given mean.
func (r *runner) draw(mean float64) int {
	n := math.Floor(mean)
	if r.random.Float64() < mean-n {
		n++
	}
	return int(n)
}

func (r *runner) publish(size int) error {
	if len(r.alive) == 0 {
		return nil
	}
	b := r.s.broadcaster()
	payload := r.floods.payload(size)
	r.floods.published(r.alive)
	_ = r.peers[r.alive[r.random.IntN(len(r.alive))]].Tell(b.Protocol.Name, messages.Publish{Payload: payload}) // the peer may be ending
	return nil
}

// endSome ends a fraction of the peers, evenly over a time.
func (r *runner) endSome(p Phase, end func(worlds.Peer)) error {
	n := int(math.Round(p.Fraction * float64(len(r.alive))))
	over := p.Over.of(r.s.Cycle)
	actions := make([]action, n)
	for i := range actions {
		actions[i] = action{spread(over, i, n), func() error { return r.endOne(end) }}
	}
	return r.play(over, actions)
}

// spread is when the i-th of n actions happens that are spread evenly over a time.
func spread(over time.Duration, i, n int) time.Duration {
	return time.Duration(float64(over) * float64(i) / float64(n))
}

// endOne ends a peer that is drawn; the last one stays.
func (r *runner) endOne(end func(worlds.Peer)) error {
	if len(r.alive) < 2 {
		return nil
	}
	i := r.random.IntN(len(r.alive))
	n := r.alive[i]
	last := r.alive[len(r.alive)-1]
	r.alive[i], r.at[last] = last, i
	r.alive = r.alive[:len(r.alive)-1]
	delete(r.at, n)
	s, err := r.peers[n].Snapshot()
	if err != nil {
		return err
	}
	r.countsOf(s.Counters, r.ended)
	end(r.peers[n])
	r.peers[n] = nil
	return nil
}

// partition cuts groups of the living peers off from each other.
func (r *runner) partition(fractions []float64) error {
	var groups [][]messages.PeerID
	for _, group := range r.groups(fractions) {
		var ids []messages.PeerID
		for _, n := range group {
			ids = append(ids, r.peers[n].ID())
		}
		groups = append(groups, ids)
	}
	return r.world.Faults().Partition(groups...)
}

// groups divides the living peers by chance.
func (r *runner) groups(fractions []float64) [][]int {
	all := slices.Clone(r.alive)
	r.random.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	groups := make([][]int, len(fractions))
	first, sum := 0, 0.0
	for i, f := range fractions {
		sum += f
		end := min(len(all), int(math.Round(sum*float64(len(all)))))
		groups[i] = all[first:end]
		first = end
	}
	return groups
}
