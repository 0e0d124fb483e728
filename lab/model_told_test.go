package lab_test

import (
	"fmt"
	"slices"

	"github.com/n2n-overlay/n2n/messages"
)

// told is the arcs of a protocol as its events tell them.
type told struct {
	out, in, locks map[messages.PeerID]int
	due            []any // must come next, after a PeerDown
	runs           bool
}

// take takes the next event, and says what is wrong with it.
func (v *told) take(event any) error {
	switch event.(type) {
	case messages.Started, messages.Stopped:
		*v = told{out: map[messages.PeerID]int{}, in: map[messages.PeerID]int{}, locks: map[messages.PeerID]int{}}
		_, v.runs = event.(messages.Started)
		return nil
	}
	if !v.runs {
		return fmt.Errorf("%+v before Started or after Stopped", event)
	}
	if len(v.due) > 0 {
		if event != v.due[0] {
			return fmt.Errorf("%+v in place of %+v", event, v.due[0])
		}
		v.due = v.due[1:]
	}
	switch e := event.(type) {
	case messages.ArcOpened:
		v.arcs(e.Dir)[e.Peer]++
	case messages.ArcClosed:
		return v.closed(e)
	case messages.Locked:
		if v.locks[e.Peer]++; v.locks[e.Peer] > v.out[e.Peer] {
			return fmt.Errorf("%d locks on %d arcs", v.locks[e.Peer], v.out[e.Peer])
		}
	case messages.Unlocked:
		if v.locks[e.Peer]--; v.locks[e.Peer] < 0 {
			return fmt.Errorf("%+v of no lock", e)
		}
	case messages.PeerDown:
		return v.down(e)
	}
	return nil
}

func (v *told) closed(e messages.ArcClosed) error {
	arcs := v.arcs(e.Dir)
	if arcs[e.Peer]--; arcs[e.Peer] < 0 {
		return fmt.Errorf("%+v of no arc", e)
	}
	if e.Dir == messages.In {
		return nil
	}
	if e.Ticket != 0 && v.locks[e.Peer] > arcs[e.Peer] {
		return fmt.Errorf("%+v of a locked arc", e)
	}
	v.locks[e.Peer] = min(v.locks[e.Peer], arcs[e.Peer])
	return nil
}

// down expects the end of the arcs that PeerDown tells of, out before in.
func (v *told) down(e messages.PeerDown) error {
	if e.Out+e.In == 0 || e.Out != v.out[e.Peer] || e.In != v.in[e.Peer] {
		return fmt.Errorf("%+v of %d arcs to and %d from it", e, v.out[e.Peer], v.in[e.Peer])
	}
	v.due = slices.Concat(
		slices.Repeat([]any{messages.ArcClosed{Peer: e.Peer, Dir: messages.Out, Cause: e.Cause}}, e.Out),
		slices.Repeat([]any{messages.ArcClosed{Peer: e.Peer, Dir: messages.In, Cause: e.Cause}}, e.In),
	)
	return nil
}

func (v *told) arcs(dir messages.Direction) map[messages.PeerID]int {
	if dir == messages.Out {
		return v.out
	}
	return v.in
}
