//go:build !js

package broadcast

import "github.com/n2n-overlay/n2n/protocols"

// Queued returns the number of entries in the queue of a handler, of all kinds.
func Queued(of protocols.Handler) int {
	q := of.(*handler).queue
	return len(q.messages) + len(q.of) + len(q.needing)
}
