package together_test

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/n2n-overlay/n2n/sim/internal/together"
)

// TestPartsRunSideBySide: each part runs to the limit in each run, and no part goes on past a
// meeting before all are there.
func TestPartsRunSideBySide(t *testing.T) {
	const parts, runs, meetings = 3, 50, 20
	var w *together.Workers
	var arrived [runs * meetings]atomic.Int32
	run := 0
	part := func(limit time.Duration) {
		if limit != time.Duration(run) {
			t.Errorf("limit %v in run %d", limit, run)
		}
		for m := range meetings {
			at := &arrived[run*meetings+m]
			at.Add(1)
			w.Meet()
			if n := at.Load(); n != parts {
				t.Errorf("run %d, meeting %d: %d of %d parts had come", run, m, n, parts)
			}
		}
	}
	w = together.New(part, part, part)
	defer w.Close()
	for run = range runs {
		w.Run(time.Duration(run))
	}
}

// TestCloseAfterAPanic: the panic of the caller's own part reaches the caller, and Close
// returns all the same.
func TestCloseAfterAPanic(t *testing.T) {
	w := together.New(func(time.Duration) { panic("boom") }, func(time.Duration) {})
	func() {
		defer w.Close()
		defer func() {
			if reason := recover(); reason != "boom" {
				t.Errorf("recovered %v", reason)
			}
		}()
		w.Run(1)
	}()
}
