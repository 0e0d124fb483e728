package links

import (
	"slices"
	"time"

	"github.com/n2n-overlay/n2n/messages"
)

// Job names a job of another peer.
type Job struct {
	From   messages.PeerID
	Number uint64
}

// Recent remembers jobs that have ended, for a while and up to a limit. A job that
// comes again is expired and not done a second time.
type Recent struct {
	jobs []recentJob // the oldest first
}

type recentJob struct {
	key   Job
	until time.Time
}

// Add notes a job that has ended.
func (r *Recent) Add(key Job, now time.Time, keep time.Duration, limit int) {
	r.forget(now)
	if len(r.jobs) >= limit {
		r.jobs = slices.Delete(r.jobs, 0, 1)
	}
	r.jobs = append(r.jobs, recentJob{key, now.Add(keep)})
}

// Has reports whether a job has ended of late.
func (r *Recent) Has(key Job, now time.Time) bool {
	r.forget(now)
	return slices.ContainsFunc(r.jobs, func(j recentJob) bool { return j.key == key })
}

func (r *Recent) forget(now time.Time) {
	n := 0
	for n < len(r.jobs) && !r.jobs[n].until.After(now) {
		n++
	}
	r.jobs = slices.Delete(r.jobs, 0, n)
}
