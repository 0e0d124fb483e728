//go:build !js

package broadcast

import "github.com/n2n-overlay/n2n/protocols"

// Queued is how many entries the queue of a handler has, of all its kinds.
func Queued(of protocols.Handler) int {
	q := of.(*handler).queue
	return len(q.messages) + len(q.of) + len(q.needing)
}
