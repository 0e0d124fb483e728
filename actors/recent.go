package actors

import (
	"slices"
	"time"

	"github.com/n2n-overlay/n2n/messages"
)

// recent remembers jobs that have ended, each for a while and no more than a
// limit of them: one that comes again is expired, and not done a second time.
type recent struct {
	jobs []recentJob // the oldest first
}

type recentJob struct {
	key   relayKey
	until time.Time
}

func (r *recent) add(key relayKey, now time.Time, keep time.Duration, limit int) {
	r.forget(now)
	if len(r.jobs) >= limit {
		r.jobs = slices.Delete(r.jobs, 0, 1)
	}
	r.jobs = append(r.jobs, recentJob{key, now.Add(keep)})
}

func (r *recent) has(key relayKey, now time.Time) bool {
	r.forget(now)
	return slices.ContainsFunc(r.jobs, func(j recentJob) bool { return j.key == key })
}

func (r *recent) forget(now time.Time) {
	n := 0
	for n < len(r.jobs) && !r.jobs[n].until.After(now) {
		n++
	}
	r.jobs = slices.Delete(r.jobs, 0, n)
}

// expired reports whether an offer to us is one that we answered before, in an
// attempt that is over.
func (n *neighborhood) expired(l *link, o *incomingOffer) bool {
	job := o.signal.GetJob()
	if l != nil && l.attempt != nil && l.attempt.job == job {
		return false
	}
	return n.answered.has(relayKey{o.from, job}, n.world.Clock.Now())
}

// answers notes an offer that we answer.
func (n *neighborhood) answers(from messages.PeerID, job uint64) {
	n.answered.add(relayKey{from, job}, n.world.Clock.Now(), n.config.RequestTimeout, n.config.MaxRelays)
}
