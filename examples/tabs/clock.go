package main

import (
	"encoding/json"
	"runtime"
	"runtime/metrics"
	"time"

	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/protocols/unicast"
)

// load is the service's answer to a question. Times are in ms.
type load struct {
	Time       int64  `json:"time"` // since the epoch
	Up         int64  `json:"up"`
	Goroutines int    `json:"goroutines"`
	Heap       uint64 `json:"heap"` // bytes
}

// clock is the service's end of the metrics. Unicast brings questions to it, and carries
// its answers back before their deadline.
type clock struct {
	peer  *actors.Peer
	begun time.Time
}

func (c *clock) event(event any) {
	if asked, ok := event.(unicast.Requested); ok {
		_ = c.peer.Tell("clock", unicast.Reply{To: asked.From, ID: asked.ID, Payload: c.load()})
	}
}

func (c *clock) load() []byte {
	heap := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(heap) // unlike runtime.ReadMemStats, this stops nobody
	now := time.Now()
	answer, err := json.Marshal(load{
		Time: now.UnixMilli(), Up: now.Sub(c.begun).Milliseconds(),
		Goroutines: runtime.NumGoroutine(), Heap: heap[0].Value.Uint64(),
	})
	if err != nil {
		panic(err) // a load is numbers
	}
	return answer
}
