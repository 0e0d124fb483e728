package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"

	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/cmd/browsertest/echo"
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/signaling/server"
)

// hall serves the requests of a test. Each is a POST:
//
//	/go/start?room=R                   a Go peer in the room; answers its PeerID
//	/go/open?peer=P&to=Q[&via=R]       P opens an arc of the protocol "ordered" to Q
//	/go/introduce?peer=P&from=Q&to=R   P introduces Q to R, for "ordered"
//	/go/arcs?peer=P&to=Q               how many arcs of "ordered" P has to and from Q: "1 0"
//	/go/count?peer=P&name=N            a counter of P
//	/go/flood?peer=P&to=Q&count=N&size=B  P sends Q that many messages as fast as it can
//	/go/crash?peer=P                   P ends without a word to its protocols' arcs
//	/go/fork?room=R                    a Go peer in a process of its own; answers its PeerID
//	/go/kill?peer=P                    kills the process of such a peer
//	/far/start?room=R                  the same package's tests, as a peer in a process of its own (see far.go)
//	/far/say?peer=P&line=L             sends it a line; answers with the line that it prints
//	/tab/open?…                        a tab with these parameters in its environment; answers its id
//	/tab/close?id=I
//	/tab/front?id=I                    brings a tab to the front; without an id, the tab of the test
//	/tab/freeze?id=I, /tab/thaw?id=I
//	/tab/evaluate?id=I&expression=E    the value of a JavaScript expression in a tab
//	/server/stop, /server/start        the signaling server
type hall struct {
	tabs    *chromium
	address string // of the HTTP server

	mu     sync.Mutex
	first  string // the tab of the test
	server *server.Server
	peers  map[string]*actors.Peer
	forks  map[string]*fork
}

func newHall(tabs *chromium) *hall {
	h := &hall{tabs: tabs, peers: map[string]*actors.Peer{}, forks: map[string]*fork{}}
	h.startServer()
	return h
}

func (h *hall) handle(mux *http.ServeMux) {
	mux.HandleFunc("/signal", h.signal)
	for path, do := range map[string]func(context.Context, url.Values) (string, error){
		"/go/start":     h.start,
		"/go/open":      h.open,
		"/go/introduce": h.introduce,
		"/go/arcs":      h.arcs,
		"/go/count":     h.count,
		"/go/flood":     h.flood,
		"/go/crash":     h.crash,
		"/go/fork":      h.fork,
		"/go/kill":      h.kill,
		"/far/start":    h.startFar,
		"/far/say":      h.say,
		"/tab/open":     h.openTab,
		"/tab/evaluate": func(ctx context.Context, q url.Values) (string, error) {
			return h.tabs.evaluate(ctx, q.Get("id"), q.Get("expression"))
		},
		"/tab/close":    h.toTab(h.tabs.shut),
		"/tab/front":    h.toTab(h.tabs.front),
		"/tab/freeze":   h.toTab(h.tabs.freeze),
		"/tab/thaw":     h.toTab(h.tabs.thaw),
		"/server/stop":  func(context.Context, url.Values) (string, error) { return "", h.stopServer() },
		"/server/start": func(context.Context, url.Values) (string, error) { h.startServer(); return "", nil },
	} {
		mux.HandleFunc("POST "+path, func(w http.ResponseWriter, r *http.Request) {
			ctx, cancel := context.WithTimeout(r.Context(), patience)
			defer cancel()
			answer, err := do(ctx, r.URL.Query())
			if err != nil {
				http.Error(w, err.Error(), http.StatusInternalServerError)
				return
			}
			_, _ = io.WriteString(w, answer)
		})
	}
}

func (h *hall) startServer() {
	rooms, err := server.New(server.Config{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		panic(err) // the defaults are valid
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.server = rooms
}

func (h *hall) stopServer() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.server == nil {
		return nil
	}
	rooms := h.server
	h.server = nil
	return rooms.Close()
}

func (h *hall) signal(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	rooms := h.server
	h.mu.Unlock()
	if rooms == nil {
		http.Error(w, "stopped", http.StatusServiceUnavailable)
		return
	}
	rooms.ServeHTTP(w, r)
}

func (h *hall) start(ctx context.Context, q url.Values) (string, error) {
	peer, err := echo.Start(ctx, h.url(), q.Get("room"))
	if err != nil {
		return "", err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.peers[peer.ID().String()] = peer.Actors()
	return peer.ID().String(), nil
}

func (h *hall) url() string { return "ws://" + h.address + "/signal" }

func (h *hall) openTab(ctx context.Context, q url.Values) (string, error) {
	return h.tabs.open(ctx, "http://"+h.address+"/?"+q.Encode())
}

func (h *hall) openFirst(ctx context.Context) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	var err error
	h.first, err = h.tabs.open(ctx, "http://"+h.address+"/")
	return err
}

// toTab calls do with the tab that a request names, or else with the tab of the test.
func (h *hall) toTab(do func(ctx context.Context, id string) error) func(context.Context, url.Values) (string, error) {
	return func(ctx context.Context, q url.Values) (string, error) {
		h.mu.Lock()
		id := cmp.Or(q.Get("id"), h.first)
		h.mu.Unlock()
		return "", do(ctx, id)
	}
}

func (h *hall) open(ctx context.Context, q url.Values) (string, error) {
	return h.with(q, "to", func(peer *actors.Peer, to ...messages.PeerID) (string, error) {
		var via []messages.PeerID
		if q.Has("via") {
			relay, err := messages.ParsePeerID(q.Get("via"))
			if err != nil {
				return "", err
			}
			via = append(via, relay)
		}
		return "", peer.Open(ctx, "ordered", to[0], via...)
	})
}

func (h *hall) introduce(ctx context.Context, q url.Values) (string, error) {
	return h.with(q, "from to", func(peer *actors.Peer, ids ...messages.PeerID) (string, error) {
		return "", peer.Introduce(ctx, "ordered", ids[0], ids[1], messages.Views{})
	})
}

func (h *hall) arcs(ctx context.Context, q url.Values) (string, error) {
	return h.with(q, "to", func(peer *actors.Peer, to ...messages.PeerID) (string, error) {
		s, err := peer.Snapshot(ctx)
		view := s.Views["ordered"]
		return fmt.Sprint(view.Out.Count(to[0]), view.In.Count(to[0])), err
	})
}

func (h *hall) count(ctx context.Context, q url.Values) (string, error) {
	return h.with(q, "", func(peer *actors.Peer, _ ...messages.PeerID) (string, error) {
		s, err := peer.Snapshot(ctx)
		return fmt.Sprint(s.Counters[q.Get("name")]), err
	})
}

func (h *hall) flood(_ context.Context, q url.Values) (string, error) {
	count, _ := strconv.Atoi(q.Get("count"))
	size, _ := strconv.Atoi(q.Get("size"))
	return h.with(q, "to", func(peer *actors.Peer, to ...messages.PeerID) (string, error) {
		return "", peer.Tell("ordered", echo.Flood{To: to[0], Count: count, Size: size})
	})
}

func (h *hall) crash(_ context.Context, q url.Values) (string, error) {
	return h.with(q, "", func(peer *actors.Peer, _ ...messages.PeerID) (string, error) {
		peer.Crash()
		<-peer.Done()
		return "", nil
	})
}

// with calls f with the peer that a request names, and the PeerIDs in its fields.
func (h *hall) with(q url.Values, fields string, f func(*actors.Peer, ...messages.PeerID) (string, error)) (string, error) {
	h.mu.Lock()
	peer := h.peers[q.Get("peer")]
	h.mu.Unlock()
	if peer == nil {
		return "", fmt.Errorf("there is no Go peer %q", q.Get("peer"))
	}
	var ids []messages.PeerID
	for _, field := range strings.Fields(fields) {
		id, err := messages.ParsePeerID(q.Get(field))
		if err != nil {
			return "", err
		}
		ids = append(ids, id)
	}
	return f(peer, ids...)
}

func (h *hall) close() {
	h.mu.Lock()
	peers, forks := h.peers, h.forks
	h.mu.Unlock()
	for _, f := range forks {
		_ = f.end()
	}
	for _, peer := range peers {
		peer.Crash()
		<-peer.Done()
	}
	_ = h.stopServer()
}
