package actors

import (
	"slices"

	"github.com/n2n-overlay/n2n/messages"
)

// parked is an introduction that waits for the answer to our proposal to close
// a connection that it needs: the other side may have agreed already, and would
// not hear of it.
type parked struct {
	number  uint32
	command messages.Introduce
	due     *introductionDue
}

// introductionDue is the end of the time for an introduction that has waited. It
// is the same timer while it waits and after.
type introductionDue struct {
	timer  Timer
	parked *parked // while it waits
	job    uint64  // then
}

func (d *introductionDue) stop() {
	if d != nil {
		d.timer.Stop()
	}
}

func (n *neighborhood) park(r *registration, c messages.Introduce, due *introductionDue) error {
	if n.opens >= n.config.MaxOpens {
		n.tally.add(countOpensRefusedFull)
		return messages.ErrFull
	}
	n.opens++
	if due == nil {
		due = &introductionDue{}
		due.timer = n.after(n.inbox, n.config.RequestTimeout, due)
	}
	due.parked = &parked{number: r.number, command: c, due: due}
	n.parked = append(n.parked, due.parked)
	return nil
}

// unpark looks again at the introductions that waited, once a proposal to close
// has come to its end.
func (n *neighborhood) unpark() {
	for _, p := range n.takeParked(func(*parked) bool { return true }) {
		n.introduceBy(n.protocols[p.number], p.command, p.due)
	}
}

// introductionDue: the time for an introduction that waits, or has waited, is over.
func (n *neighborhood) introductionDue(d *introductionDue) {
	p := d.parked
	if p == nil {
		n.ctx.Send(n.n2n, introductionExpired{d.job})
		return
	}
	n.takeParked(func(other *parked) bool { return other == p })
	op := messages.OpIntroduce
	if p.command.To == n.self {
		op = messages.OpInvite
	}
	n.fail(p.number, p.command.Ticket, op, p.command.From, messages.ErrTimeout)
}

// forgetParked lets nobody wait any more for some introductions.
func (n *neighborhood) forgetParked(which func(*parked) bool) {
	for _, p := range n.takeParked(which) {
		p.due.stop()
	}
}

func (n *neighborhood) takeParked(which func(*parked) bool) []*parked {
	var taken []*parked
	n.parked = slices.DeleteFunc(n.parked, func(p *parked) bool {
		if !which(p) {
			return false
		}
		p.due.parked = nil
		n.opens--
		taken = append(taken, p)
		return true
	})
	return taken
}
