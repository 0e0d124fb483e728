//go:build !js

package wrtc_test

import (
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/n2n-overlay/n2n/wrtc"
)

func TestTheQueueRunsInOrderAndOneAtATime(t *testing.T) {
	q := wrtc.NewQueue()
	var running atomic.Int32
	seen := map[int]int{} // only ever touched on the queue
	var all sync.WaitGroup
	for poster := range 4 {
		all.Go(func() {
			for i := range 1000 {
				all.Add(1)
				job := func() {
					defer all.Done()
					if running.Add(1) != 1 {
						t.Error("two functions at once")
					}
					if seen[poster] != i {
						t.Errorf("poster %d: %d came after %d", poster, i, seen[poster]-1)
					}
					seen[poster]++
					running.Add(-1)
				}
				if poster%2 == 0 {
					q.Schedule(job)
				} else {
					q.Do(job)
				}
			}
		})
	}
	all.Wait()
}

func TestDoDrainsWhatItCausedWhenNobodyElseDoes(t *testing.T) {
	q := wrtc.NewQueue()
	ran := 0
	q.Do(func() {
		for range 10 {
			q.Schedule(func() { ran++ })
		}
	})
	if ran != 10 { // no other goroutine touches it: the race detector would tell
		t.Fatalf("%d of 10 ran before Do returned", ran)
	}
}

func TestDoReturnsAfterItsBudgetAndTheRestStillRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // in which a Do that does not return is a deadlock, and told
		q := wrtc.NewQueue()
		total := 3 * wrtc.DrainBudget
		returned, done := make(chan struct{}), make(chan struct{})
		ran := 0
		var onward func()
		onward = func() { // an endless sender, up to total
			if ran == 1+wrtc.DrainBudget { // Do's own, and what it takes for others
				<-returned
			}
			if ran++; ran == total {
				close(done)
				return
			}
			q.Schedule(onward)
		}
		q.Do(onward)
		if ran != 1+wrtc.DrainBudget {
			t.Errorf("%d turns ran before Do returned, want %d", ran, 1+wrtc.DrainBudget)
		}
		close(returned)
		<-done
	})
}

func TestDoWaitsForItsTurn(t *testing.T) {
	q := wrtc.NewQueue()
	release, running := make(chan struct{}), make(chan struct{})
	q.Schedule(func() { close(running); <-release })
	<-running
	var did atomic.Bool
	returned := make(chan struct{})
	go func() {
		q.Do(func() { did.Store(true) })
		close(returned)
	}()
	select {
	case <-returned:
		t.Fatal("Do returned while another function ran")
	default:
	}
	if did.Load() {
		t.Fatal("two functions at once")
	}
	close(release)
	<-returned
	if !did.Load() {
		t.Fatal("Do returned before its function ran")
	}
}

func BenchmarkQueueSchedule(b *testing.B) {
	q := wrtc.NewQueue()
	done := make(chan struct{})
	left := b.N
	var next func()
	next = func() {
		if left--; left <= 0 {
			close(done)
			return
		}
		q.Schedule(next)
	}
	q.Schedule(next)
	<-done
}
