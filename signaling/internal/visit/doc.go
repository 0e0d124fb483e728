// Package visit has the parts that every service needs for a peer in a room: checks
// of its requests, and the queue of its events.
package visit
