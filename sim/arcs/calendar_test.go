package arcs

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// TestCalendarIsASortedList pushes, cancels and takes out events at random, near and beyond the
// ring of buckets, and compares with a list that is sorted.
func TestCalendarIsASortedList(t *testing.T) {
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 1))
		c := newCalendar()
		var list []slot
		var gone []handle // of events that have happened or were cancelled
		now, seq := time.Duration(0), uint32(0)
		push := func() {
			far := []time.Duration{0, time.Millisecond, time.Second, bucketWidth * bucketCount, 10 * time.Minute}[r.IntN(5)]
			seq++
			e := event{at: now + time.Duration(r.Int64N(int64(far)+1)), dst: uint32(r.IntN(3)), src: uint32(r.IntN(3)), seq: seq, kind: kMessage}
			list = append(list, slot{e.at, e.dst, e.src, e.seq, c.push(&e)})
		}
		drop := func(i int) {
			gone = append(gone, list[i].handle)
			list = slices.Delete(list, i, i+1)
		}
		pop := func(limit time.Duration) {
			slices.SortFunc(list, func(a, b slot) int {
				if a.before(b) {
					return -1
				}
				return 1
			})
			var e event
			some := c.pop(limit, &e)
			if want := len(list) > 0 && list[0].at < limit; some != want {
				t.Fatalf("seed %d: an event before %v: %v, want %v", seed, limit, some, want)
			}
			if some {
				if got := (slot{e.at, e.dst, e.src, e.seq, list[0].handle}); got != list[0] {
					t.Fatalf("seed %d: got %+v, want %+v", seed, got, list[0])
				}
				now = e.at
				drop(0)
			}
		}
		for range 5000 {
			switch n := r.IntN(10); {
			case n < 5:
				push()
			case n < 7 && len(list) > 0:
				i := r.IntN(len(list))
				if !c.waits(list[i].handle) || !c.cancel(list[i].handle) {
					t.Fatalf("seed %d: an event that waits cannot be cancelled", seed)
				}
				drop(i)
			case n < 8 && len(gone) > 0:
				if h := gone[r.IntN(len(gone))]; c.waits(h) || c.cancel(h) {
					t.Fatalf("seed %d: an event that is gone was cancelled", seed)
				}
			default:
				pop(now + time.Duration(r.Int64N(int64(time.Minute))))
			}
		}
		for len(list) > 0 {
			pop(now + time.Hour)
		}
		if _, some := c.peek(); some || c.passing != 0 {
			t.Fatalf("seed %d: the calendar is not empty in the end: %d events pass", seed, c.passing)
		}
	}
}
