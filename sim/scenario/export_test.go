package scenario

import (
	"context"

	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/catalog"
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

// Drift is a drift as tests name it.
type Drift struct {
	A, B    messages.PeerID
	Out, In int
}

// Drifts compares the views of the protocol p in snapshots.
func Drifts(all ...actors.Snapshot) []Drift {
	p := &picture{index: map[messages.PeerID]int32{}, snapshots: all}
	for i, s := range all {
		p.index[s.ID] = int32(i)
	}
	var found []Drift
	for _, d := range p.drifts(&Scenario{Protocols: []Instance{{Made: catalog.Made{Protocol: protocols.Protocol{Name: "p"}}}}}) {
		found = append(found, Drift{d.a, d.b, d.out, d.in})
	}
	return found
}

// Groups divides peers as a partition does.
func Groups(s *Scenario, peers []int, fractions ...float64) [][]int {
	r := newRunner(context.Background(), s, RunOptions{})
	r.alive = peers
	return r.groups(fractions)
}

// Quoted quotes a word for a shell.
func Quoted(word string) string { return quoted(word) }
