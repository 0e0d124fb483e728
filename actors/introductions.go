package actors

import (
	"github.com/n2n-overlay/n2n/actors/internal/links"
	"github.com/n2n-overlay/n2n/actors/internal/tally"
	"github.com/n2n-overlay/n2n/messages"
)

// start asks a neighbor to open an arc to another, or to us.
func (n *n2n) start(i links.Introduction) {
	from := n.at(i.Held[0])
	switch {
	case len(n.jobs) >= n.config.MaxJobs:
		n.tally.Add(tally.JobsRefusedFull)
		n.ctx.Send(n.neighborhood, introductionEnded{i, messages.ErrFull})
		return
	case from == nil:
		n.ctx.Send(n.neighborhood, introductionEnded{i, messages.ErrNotNeighbor})
		return
	}
	timer := n.after(n.inbox, i.Left, introductionExpired{i.Job})
	n.jobs[i.Job] = &ownJob{i, timer}
	n.send(from, &messages.Introduction{Job: i.Job, Protocol: i.Protocol, To: i.To.Bytes()})
}

// outcome takes a neighbor's answer to our introduction.
func (n *n2n) outcome(from links.ID, m *messages.Outcome) {
	j := n.jobs[m.GetJob()]
	switch {
	case j == nil || j.Held[0] != from:
		n.tally.Add(tally.OutcomesLate)
	case m.GetReason() == messages.Reason_REASON_UNSPECIFIED:
		n.end(m.GetJob(), nil)
	default:
		n.end(m.GetJob(), m.GetReason().Code())
	}
}

func (n *n2n) end(job uint64, err error) {
	if j := n.jobs[job]; j != nil {
		j.timer.Stop()
		delete(n.jobs, job)
		n.ctx.Send(n.neighborhood, introductionEnded{j.Introduction, err})
	}
}

// introduced takes a neighbor's request that we open an arc.
func (n *n2n) introduced(by *neighbor, m *messages.Introduction, allowed bool) {
	key := links.Job{From: by.link.Peer, Number: m.GetJob()}
	code := messages.Code("")
	switch to := messages.PeerID(m.GetTo()); {
	case to == n.self:
		code = messages.ErrSelf
	case !allowed:
		code = messages.ErrRate
	case n.serving[key]:
		code = messages.ErrDuplicate
	case n.ended.served.Has(key, n.world.Clock.Now()):
		code = messages.ErrExpired
	case len(n.serving) >= n.config.MaxRelays:
		code = messages.ErrFull
	default:
		n.serving[key] = true
		n.ctx.Send(n.neighborhood, introducedTo{by: key.From, to: to, job: m.GetJob(), protocol: m.GetProtocol()})
		return
	}
	n.tally.Add(tally.IntroductionsRefused)
	n.send(by, &messages.Outcome{Job: m.GetJob(), Reason: code.Reason()})
}

// answered tells a neighbor how its introduction ended here.
func (n *n2n) answered(m introductionAnswered) {
	key := links.Job{From: m.by, Number: m.job}
	delete(n.serving, key)
	n.ended.served.Add(key, n.world.Clock.Now(), n.times.RequestTimeout(), n.config.MaxRelays)
	o := &messages.Outcome{Job: m.job}
	if m.code != "" {
		n.tally.Add(tally.IntroductionsRefused)
		o.Reason = m.code.Reason()
	}
	n.send(n.to(m.by), o)
}
