package actors

import (
	"slices"
	"time"

	"github.com/n2n-overlay/n2n/messages"
)

// parked is an introduction that waits for the answer to our proposal to close
// a connection that it needs: the other side may have agreed already, and would
// not hear of it.
type parked struct {
	number   uint32
	command  messages.Introduce
	deadline time.Time
	timer    Timer // at the deadline, while it waits
}

func (n *neighborhood) park(r *registration, c messages.Introduce, left time.Duration) error {
	if n.opens >= n.config.MaxOpens {
		n.tally.add(countOpensRefusedFull)
		return messages.ErrFull
	}
	n.opens++
	p := &parked{number: r.number, command: c, deadline: n.world.Clock.Now().Add(left)}
	p.timer = n.after(n.inbox, left, p)
	n.parked = append(n.parked, p)
	return nil
}

// unpark looks again at the introductions that waited, once a proposal to close
// has come to its end.
func (n *neighborhood) unpark() {
	for _, p := range n.takeParked(func(*parked) bool { return true }) {
		n.introduceIn(n.protocols[p.number], p.command, p.deadline.Sub(n.world.Clock.Now()))
	}
}

// parkedTooLong fails an introduction whose time ended while it waited.
func (n *neighborhood) parkedTooLong(p *parked) {
	if len(n.takeParked(func(other *parked) bool { return other == p })) == 0 {
		return
	}
	op := messages.OpIntroduce
	if p.command.To == n.self {
		op = messages.OpInvite
	}
	n.fail(p.number, p.command.Ticket, op, p.command.From, messages.ErrTimeout)
}

// takeParked takes some introductions out of those that wait.
func (n *neighborhood) takeParked(which func(*parked) bool) []*parked {
	var taken []*parked
	n.parked = slices.DeleteFunc(n.parked, func(p *parked) bool {
		if !which(p) {
			return false
		}
		p.timer.Stop()
		n.opens--
		taken = append(taken, p)
		return true
	})
	return taken
}
