//go:build !js

package server

import (
	"context"
	crand "crypto/rand"
	"encoding/json"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"

	"github.com/coder/websocket"

	"github.com/n2n-overlay/n2n/internal/hijack"
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/signaling/internal/link"
	"github.com/n2n-overlay/n2n/signaling/internal/room"
)

// Server lets peers meet in rooms. It is an http.Handler: it accepts WebSockets at
// every path below the one where it is mounted, and answers …/healthz.
type Server struct {
	config Config
	log    *slog.Logger

	closing chan struct{}  // closed by Shutdown
	running sync.WaitGroup // requests, and thus links

	mu        sync.Mutex // guards the fields below, and the rooms with their members
	closed    bool
	hurry     bool // closed, and it waits for no link
	requests  int
	addresses map[netip.Prefix]int // requests by their address
	links     map[*member]struct{}
	rooms     map[string]*room.Room[*member]
	random    *rand.Rand
	stats     Stats // counters only
}

// New returns a server without members. Its error names the invalid field of the
// config.
func New(config Config) (*Server, error) {
	if err := config.Validate(); err != nil {
		return nil, err
	}
	config = config.withDefaults()
	log := config.Logger
	if log == nil {
		log = slog.Default()
	}
	var seed [32]byte
	_, _ = crand.Read(seed[:]) // never fails
	return &Server{
		config:    config,
		log:       log,
		closing:   make(chan struct{}),
		addresses: make(map[netip.Prefix]int),
		links:     make(map[*member]struct{}),
		rooms:     make(map[string]*room.Room[*member]),
		random:    rand.New(rand.NewChaCha8(seed)),
	}, nil
}

// ServeHTTP implements http.Handler. It returns when the link has ended.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasSuffix(r.URL.Path, "/healthz") {
		s.health(w)
		return
	}
	address := addressOf(r.RemoteAddr)
	if status, text := s.take(address); status != 0 {
		s.log.Debug("signaling: request rejected", "remote", r.RemoteAddr, "reason", text)
		http.Error(w, text, status)
		return
	}
	defer s.release(address)

	m := newMember(s, r.RemoteAddr)
	raw := &hijack.Writer{ResponseWriter: w}
	conn, err := websocket.Accept(raw, r, &websocket.AcceptOptions{
		InsecureSkipVerify: slices.Contains(s.config.Origins, "*"),
		OriginPatterns:     s.config.Origins,
		OnPingReceived:     m.Ping,
	})
	if err != nil {
		s.count(&s.stats.Rejected)
		s.log.Debug("signaling: request rejected", "remote", r.RemoteAddr, "reason", err)
		return
	}
	m.run(link.NewSocket(conn, raw.Cut, s.config.MaxFrame))
}

// take counts one more request, or returns the status and text of its refusal.
func (s *Server) take(address netip.Prefix) (status int, text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closed:
		status, text = http.StatusServiceUnavailable, "the signaling server is shutting down"
	case room.Over(s.requests+1, s.config.MaxLinks):
		status, text = http.StatusServiceUnavailable, "the signaling server has as many links as it takes"
	case room.Over(s.addresses[address]+1, s.config.MaxLinksPerAddress):
		status, text = http.StatusTooManyRequests, "the signaling server takes no more links from this address"
	default:
		s.requests++
		s.addresses[address]++
		s.running.Add(1)
		return 0, ""
	}
	s.stats.Rejected++
	return status, text
}

func (s *Server) release(address netip.Prefix) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests--
	if s.addresses[address]--; s.addresses[address] == 0 {
		delete(s.addresses, address)
	}
	s.running.Done()
}

// attach adds a link to those that Shutdown ends.
func (s *Server) attach(m *member) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.links[m] = struct{}{}
	if s.closed {
		m.End(errShutdown)
	}
	if s.hurry {
		m.Cut()
	}
}

// detach removes a link, and takes it out of its room.
func (s *Server) detach(m *member) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.links, m)
	if r := m.seat.Room(); r != nil {
		r.Remove(&m.seat)
		if r.Len() == 0 {
			delete(s.rooms, r.Name())
		}
	}
}

// enter adds a link with a proved PeerID to a room.
func (s *Server) enter(m *member, name string) *link.Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.rooms[name]
	if r == nil {
		if room.Over(len(s.rooms)+1, s.config.MaxRooms) {
			return &link.Fault{Code: messages.ErrFull, Text: "the server has as many rooms as it takes"}
		}
		r = room.New[*member](name)
	}
	if r.Of(m.seat.ID) == nil && room.Over(r.Len()+1, s.config.MaxMembers) {
		return &link.Fault{Code: messages.ErrFull, Text: "the room is full"}
	}
	s.rooms[name] = r
	if old := r.Add(&m.seat); old != nil {
		s.stats.Replaced++
		old.Member.End(&link.Fault{Code: messages.ErrDuplicate, Text: "a newer link of this peer replaced this one"})
	}
	s.stats.Entered++
	// It is sent under the lock, so that no signal of another member comes first.
	m.Send(link.Encode(&messages.Rendezvous{Body: &messages.Rendezvous_Entered{
		Entered: &messages.Entered{Members: uint32(r.Len())},
	}}))
	return nil
}

// contacts draws members of the asker's room.
func (s *Server) contacts(m *member, n int) []messages.PeerID {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stats.Contacts++
	if m.seat.Room() == nil {
		return nil
	}
	return m.seat.Room().Draw(n, &m.seat, s.random)
}

// relay passes a frame to a member of the sender's room. It returns false when it
// cannot.
func (s *Server) relay(m *member, to messages.PeerID, frame []byte) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	var target *room.Seat[*member]
	if m.seat.Room() != nil && to != m.seat.ID {
		target = m.seat.Room().Of(to)
	}
	switch {
	case target == nil:
		s.stats.Gone++
		return false
	case !target.Member.Send(frame):
		s.stats.Gone++
		s.stats.Dropped++
		return false
	}
	s.stats.Signals++
	return true
}

func (s *Server) health(w http.ResponseWriter) {
	stats := s.Stats()
	s.mu.Lock()
	status, code := "ok", http.StatusOK
	if s.closed {
		status, code = "closing", http.StatusServiceUnavailable
	}
	s.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(struct {
		Status  string `json:"status"`
		Members int    `json:"members"`
		Rooms   int    `json:"rooms"`
	}{status, stats.Members, stats.Rooms})
}

var errShutdown = &link.Fault{Code: messages.ErrClosed, Text: "the signaling server is shutting down"}

// Shutdown accepts no more links, tells all members that the server closes, and
// returns when the last one is gone. It cuts off the links that are left when ctx
// is done, and its error says so. It may be called again.
func (s *Server) Shutdown(ctx context.Context) error {
	s.mu.Lock()
	if !s.closed {
		s.closed = true
		close(s.closing)
	}
	for m := range s.links {
		m.End(errShutdown)
	}
	s.mu.Unlock()

	gone := make(chan struct{})
	go func() {
		s.running.Wait()
		close(gone)
	}()
	select {
	case <-gone:
		return nil
	case <-ctx.Done():
	}
	s.mu.Lock()
	s.hurry = true
	left := len(s.links)
	for m := range s.links {
		m.Cut()
	}
	s.mu.Unlock()
	<-gone
	return fmt.Errorf("signaling: %d links did not end in time and were cut off: %w", left, context.Cause(ctx))
}

// Close is a Shutdown that does not wait.
func (s *Server) Close() error {
	now, cancel := context.WithCancel(context.Background())
	cancel()
	_ = s.Shutdown(now)
	return nil
}

// addressOf returns what counts as one address: an IPv4 address or an IPv6 /64.
// The zero Prefix stands for all that have none.
func addressOf(remote string) netip.Prefix {
	port, err := netip.ParseAddrPort(remote)
	if err != nil {
		return netip.Prefix{}
	}
	address, bits := port.Addr().Unmap().WithZone(""), 64
	if address.Is4() {
		bits = 32
	}
	prefix, _ := address.Prefix(bits) // bits fit the address
	return prefix
}
