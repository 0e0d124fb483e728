//go:build !js

package server

import "github.com/n2n-overlay/n2n/messages"

// Stats counts what a Server holds, and what happened since it was made.
type Stats struct {
	// Links are the connections now, Members those of them that are in a room,
	// Rooms the rooms that have members.
	Links, Members, Rooms int

	// Entered counts the peers that entered a room, re-entries included.
	Entered uint64
	// Replaced counts the links that a newer one of the same peer replaced.
	Replaced uint64
	// Contacts counts the answered requests for contacts.
	Contacts uint64
	// Signals counts the offers, answers and refusals passed on to a member.
	Signals uint64
	// Gone counts the signals not passed on, because their target was not in the
	// room or, Dropped of them, its queue was full.
	Gone, Dropped uint64

	// Rejected counts the requests that became no link: no WebSocket, a foreign
	// origin, too many links, shutting down.
	Rejected uint64
	// Refused counts the links closed for what they claimed or asked: a wrong
	// proof, a false sender, a full room.
	Refused uint64
	// Malformed counts the links closed for a frame that was garbage, too large
	// or out of order.
	Malformed uint64
	// RateLimited counts the messages that were read later than they came.
	RateLimited uint64
	// Slow counts the links closed because they did not take what was sent.
	Slow uint64
	// TimedOut counts the links closed because no Enter or no pong came in time.
	TimedOut uint64
}

// Stats returns the present counts.
func (s *Server) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	stats := s.stats
	stats.Links, stats.Rooms = len(s.links), len(s.rooms)
	for _, r := range s.rooms {
		stats.Members += r.Len()
	}
	return stats
}

// count adds one to a counter of s.stats.
func (s *Server) count(counter *uint64) {
	s.mu.Lock()
	*counter++
	s.mu.Unlock()
}

// Members lists the peers in a room in the order in which they entered; none when
// there is no such room. The server knows of no others.
func (s *Server) Members(room string) []messages.PeerID {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.rooms[room]
	if r == nil {
		return nil
	}
	return r.IDs()
}
