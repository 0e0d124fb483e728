package lab

import (
	"fmt"
	"maps"
	"slices"

	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/messages"
)

// identities draws identities whose PeerIDs sort like the names.
type identities struct {
	draw func() actors.Identity
	of   map[string]actors.Identity
}

const (
	// perName is how many identities are drawn for each name. Many leave large gaps
	// between those taken, for later names.
	perName = 8
	// maxDraws bounds the search for identities in a gap.
	maxDraws = 1 << 22
)

// enroll gives identities to names that have none.
func (i *identities) enroll(names []string) error {
	var fresh []string
	for _, name := range names {
		if i.of[name] == nil {
			fresh = append(fresh, name)
		}
	}
	slices.Sort(fresh)
	fresh = slices.Compact(fresh)
	known := slices.Sorted(maps.Keys(i.of))
	for len(fresh) > 0 {
		// All names between the same two known ones are filled in at once.
		at, _ := slices.BinarySearch(known, fresh[0])
		n := 1
		for n < len(fresh) && (at == len(known) || fresh[n] < known[at]) {
			n++
		}
		var low, high messages.PeerID
		if at > 0 {
			low = i.of[known[at-1]].ID()
		}
		if at < len(known) {
			high = i.of[known[at]].ID()
		}
		if err := i.fill(fresh[:n], low, high); err != nil {
			return err
		}
		fresh = fresh[n:]
	}
	return nil
}

// fill draws identities between two PeerIDs; a zero one is no bound.
func (i *identities) fill(names []string, low, high messages.PeerID) error {
	drawn := make([]actors.Identity, 0, perName*len(names))
	for tries := 0; len(drawn) < cap(drawn); tries++ {
		if tries == maxDraws {
			return fmt.Errorf("lab: found no identities for %q between those of their neighbours", names)
		}
		identity := i.draw()
		id := identity.ID()
		if low.Less(id) && (high.IsZero() || id.Less(high)) {
			drawn = append(drawn, identity)
		}
	}
	slices.SortFunc(drawn, func(a, b actors.Identity) int { return a.ID().Compare(b.ID()) })
	for n, name := range names {
		i.of[name] = drawn[n*perName+perName/2]
	}
	return nil
}
