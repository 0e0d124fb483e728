//go:build !js

package server

import "github.com/n2n-overlay/n2n/messages"

// Stats counts what a Server has now, and what has happened since its start.
type Stats struct {
	// Links are the present connections. Members are those that are in a room.
	// Rooms are the rooms with members.
	Links, Members, Rooms int

	// Entered counts the peers that entered a room. A peer that enters again counts
	// again.
	Entered uint64
	// Replaced counts the links that a newer one of the same peer replaced.
	Replaced uint64
	// Contacts counts the answered requests for contacts.
	Contacts uint64
	// Signals counts the offers, answers and refusals passed on to a member.
	Signals uint64
	// Gone counts the signals that were not passed on, because the target was not
	// in the room or its queue was full. Dropped counts the latter.
	Gone, Dropped uint64

	// Rejected counts the requests that became no link: no WebSocket, a foreign
	// origin, too many links, a server that shuts down.
	Rejected uint64
	// Refused counts the links that were closed for a wrong proof, a false sender
	// or a full room.
	Refused uint64
	// Malformed counts the links that were closed for a frame that was invalid, too
	// large or out of order.
	Malformed uint64
	// RateLimited counts the messages that were read later than they came.
	RateLimited uint64
	// Slow counts the links that were closed because they did not take their
	// frames.
	Slow uint64
	// TimedOut counts the links that were closed because no Enter or no pong came
	// in time.
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

// Members lists the peers in a room in the order of entering. It is empty when
// there is no such room.
func (s *Server) Members(room string) []messages.PeerID {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.rooms[room]
	if r == nil {
		return nil
	}
	return r.IDs()
}
