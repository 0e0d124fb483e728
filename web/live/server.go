package live

import (
	"cmp"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"sync"

	"github.com/coder/websocket"

	"github.com/n2n-overlay/n2n/internal/hijack"
	"github.com/n2n-overlay/n2n/messages"
)

// Server serves the page and its feed. It is an http.Handler for / and /live.
type Server struct {
	config Config
	page   http.Handler

	running sync.WaitGroup // requests for feeds

	mu       sync.Mutex // guards the fields below; locked before a room's
	closed   bool
	pages    map[*feed]bool
	accepted int // requests without a feed yet
	last     uint64
	rooms    map[string]*room
	program  programFrame
}

// New returns a server that begins to watch Config.Room. Close ends that. The error
// names the first invalid field of the config.
func New(config Config) (*Server, error) {
	if err := config.Validate(); err != nil {
		return nil, err
	}
	if config.Logger == nil {
		config.Logger = slog.Default()
	}
	page, err := newPage()
	if err != nil {
		return nil, err
	}
	return &Server{
		config:  config,
		page:    page,
		pages:   map[*feed]bool{},
		rooms:   map[string]*room{config.Room: newRoom(config, config.Room, true)},
		program: programFrame{"program", Building, ""},
	}, nil
}

// ProgramState is the state of the tab's program.
type ProgramState string

// The states of the tab's program. Only a ready one can be loaded.
const (
	Building ProgramState = "building"
	Ready    ProgramState = "ready"
	Failed   ProgramState = "failed"
)

// SetProgram tells pages the state of the tab's program, with a text such as the
// reason of a failure.
func (s *Server) SetProgram(state ProgramState, text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.program = programFrame{"program", state, text}
	for f := range s.pages {
		f.tell(encode(s.program))
	}
}

// Heard reports that one of the program's own peers in a room got a broadcast. Pages
// show it in the chat, and how many peers have it. It does not wait.
func (s *Server) Heard(room string, by messages.PeerID, d messages.Delivered) {
	s.mu.Lock()
	r := s.rooms[room]
	s.mu.Unlock()
	if r != nil {
		r.heard(by, d)
	}
}

// ServeHTTP implements http.Handler. For a feed it returns when the feed has ended.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/live" {
		s.feed(w, r)
		return
	}
	s.page.ServeHTTP(w, r)
}

// feed serves a page's feed.
func (s *Server) feed(w http.ResponseWriter, r *http.Request) {
	if !s.begin() {
		http.Error(w, "the live page is not served any more, or too many ask for it at once", http.StatusServiceUnavailable)
		return
	}
	defer s.running.Done()
	if f := s.accept(w, r); f != nil {
		f.run()
		s.exit(f)
	}
}

// signalPath is the path of the signaling server on the same host.
const signalPath = "/signal"

// maxAccepted bounds the requests that have no feed yet, or get none.
const maxAccepted = 16

// begin counts a request, which accept counts off. It returns false when there are
// too many.
func (s *Server) begin() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || s.accepted == maxAccepted {
		return false
	}
	s.accepted++
	s.running.Add(1)
	return true
}

// accept turns a request into a feed. If the page cannot watch, it tells the page why
// and returns nil.
func (s *Server) accept(w http.ResponseWriter, r *http.Request) *feed {
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.accepted--
	}()
	raw := &hijack.Writer{ResponseWriter: w}
	conn, err := websocket.Accept(raw, r, &websocket.AcceptOptions{
		InsecureSkipVerify: slices.Contains(s.config.Origins, "*"),
		OriginPatterns:     s.config.Origins,
	})
	if err != nil {
		s.config.Logger.Debug("live: a feed was refused", "remote", r.RemoteAddr, "cause", err)
		return nil
	}
	room := cmp.Or(r.URL.Query().Get("room"), s.config.Room)
	f, refused := s.enter(conn, raw.Cut, room, OnThisMachine(r.Host))
	if refused != nil {
		closeWith(conn, raw.Cut, *refused)
		raw.Cut()
	}
	return f
}

// enter makes a page's feed, or returns why it cannot watch.
func (s *Server) enter(conn *websocket.Conn, cut func(), name string, near bool) (*feed, *ending) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closed:
		return nil, &errEnded
	case len(s.pages) == maxPages:
		return nil, &ending{websocket.StatusTryAgainLater, fmt.Sprintf("%d pages watch already; close one, or try again later", maxPages)}
	case name != s.config.Room && !s.config.Rooms:
		return nil, &ending{websocket.StatusPolicyViolation, fmt.Sprintf("only the room %q can be watched here", s.config.Room)}
	}
	if err := messages.CheckRoom(name); err != nil {
		return nil, &ending{websocket.StatusPolicyViolation, err.Error()}
	}
	r := s.rooms[name]
	if r == nil {
		r = newRoom(s.config, name, false)
		s.rooms[name] = r
	}
	s.last++
	f := newFeed(r, s.last, conn, cut)
	s.pages[f] = true
	r.enter(f, s.hello(f, near), encode(s.program))
	return f, nil
}

// exit removes a feed, and its room if no page watches it.
func (s *Server) exit(f *feed) {
	s.mu.Lock()
	delete(s.pages, f)
	empty := f.room.exit(f) == 0 && !f.room.steady
	if empty {
		delete(s.rooms, f.room.name)
	}
	s.mu.Unlock()
	if empty {
		f.room.end()
	}
}

func (s *Server) hello(f *feed, near bool) []byte {
	controls := []string{}
	if s.config.Controls != nil {
		controls = controlNames
	}
	return encode(helloFrame{
		Type: "hello", Program: s.config.Program, Room: f.room.name, You: f.number,
		Signal: signalPath, Controls: controls,
		Limits: limits{maxPeers, maxText, s.config.MaxPeers},
		Tab: tabFrame{
			Network: s.config.Tab.Network, Loopback: near,
			Protocols: append([]map[string]any{}, s.config.Tab.Protocols...), Chat: s.config.Tab.Chat,
		},
	})
}

// Close ends all feeds and returns when all goroutines of the server have ended. It
// may be called again.
func (s *Server) Close() {
	s.mu.Lock()
	first := !s.closed
	s.closed = true
	for f := range s.pages {
		f.abort(errEnded)
	}
	steady := s.rooms[s.config.Room]
	s.mu.Unlock()
	s.running.Wait()
	if first {
		steady.end()
	}
}

// OnThisMachine reports whether a request for a host, with or without a port, can
// only come from the server's own machine.
func OnThisMachine(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
