// Package visit has what a peer's stay in a room needs, whatever the service: the
// checks of what the peer asks, and the queue of what it is told.
package visit
