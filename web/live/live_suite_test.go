package live

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"go.uber.org/goleak"

	"github.com/n2n-overlay/n2n/messages"
)

func TestLive(t *testing.T) {
	before := goleak.IgnoreCurrent()
	RegisterFailHandler(Fail)
	RunSpecs(t, "live")
	goleak.VerifyNone(t, before,
		goleak.IgnoreAnyFunction("github.com/onsi/ginkgo/v2/internal/interrupt_handler.(*InterruptHandler).registerForInterrupts.func2"))
}

// patience bounds every wait. Only a failing test waits that long.
const patience = 2 * time.Minute

// id makes a PeerID of a small number.
func id(n int) messages.PeerID { return messages.PeerID{0: byte(n >> 8), 1: byte(n), 19: 1} }

// program is a Source with Controls, controlled by a test.
type program struct {
	mu    sync.Mutex
	state State
	calls []string
	fails error
	block chan struct{} // nil: commands do not wait
}

func (p *program) State(context.Context, string) State {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.state
}

func (p *program) set(s State) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.state = s
}

func (p *program) called() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.calls)
}

func (p *program) do(format string, args ...any) error {
	p.mu.Lock()
	block := p.block
	p.calls = append(p.calls, fmt.Sprintf(format, args...))
	err := p.fails
	p.mu.Unlock()
	if block != nil {
		<-block
	}
	return err
}

func (p *program) Add(_ context.Context, count int) error { return p.do("add %d", count) }
func (p *program) Crash(_ context.Context, id messages.PeerID) error {
	return p.do("crash %d", id[1])
}

func (p *program) Leave(_ context.Context, id messages.PeerID) error {
	return p.do("leave %d", id[1])
}
func (p *program) Serve(_ context.Context, run bool) error { return p.do("serve %v", run) }
func (p *program) Say(_ context.Context, id messages.PeerID, text string) error {
	return p.do("say %d %s", id[1], text)
}

// own returns a peer of the program with arcs of spray to others.
func own(n int, to ...int) Peer {
	p := Peer{ID: id(n), Name: fmt.Sprintf("p%d", n), Kind: Go, Views: map[string]View{}, Counters: map[string]float64{}}
	var view View
	for _, to := range to {
		view.Out = append(view.Out, Arc{id(to), 1})
		p.Connections = append(p.Connections, id(to))
	}
	p.Views["spray"] = view
	return p
}

// site is a server over HTTP.
type site struct {
	*Server
	program *program
	url     string
}

// serve serves a program until the end of the spec.
func serve(p *program, change ...func(*Config)) *site {
	GinkgoHelper()
	config := Config{
		Program: "demo", Room: "demo", Source: p, Controls: p, MaxPeers: 200,
		Tab: TabConfig{Network: "n2n", Protocols: []map[string]any{{"use": "spray", "period": 1000}}, Chat: "broadcast"},
	}
	for _, c := range change {
		c(&config)
	}
	server, err := New(config)
	Expect(err).NotTo(HaveOccurred())
	web := httptest.NewServer(server)
	DeferCleanup(func() {
		server.Close()
		web.Close()
		http.DefaultClient.CloseIdleConnections()
	})
	return &site{server, p, web.URL}
}

// frame is any frame from the server.
type frame struct {
	Type        string
	Program     string
	Room        string
	You         int
	Signal      string
	Controls    []string
	Limits      limits
	Tab         tabFrame
	State, Text string
	Running     bool
	At          int64
	Protocols   []string
	Peers       json.RawMessage // a list in a picture, a number in a sample
	Arcs        json.RawMessage
	Connections json.RawMessage
	Hidden      int
	HiddenArcs  int `json:"hidden_arcs"`
	Came        []node
	Went        []went
	Samples     []sample
	View        viewSize
	Tabs        int
	Messages    float64
	Setups      float64
	N           int
	ID          string
	Name        string
	Kind        Kind
	Views       map[string]viewDetails
	Lingering   []int
	Pending     []int
	Counters    map[string]float64
	Known       bool
	By, Of      int
	Request     int64
	Error, Code string
}

// watcher is a page: it reads all frames, and has the picture that they give.
type watcher struct {
	conn   *websocket.Conn
	mu     sync.Mutex
	frames []frame
	shown  *picture // nil: none yet
	lost   error
	done   chan struct{}
}

// dial opens a feed.
func (s *site) dial(query string, header http.Header) (*websocket.Conn, *http.Response, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	return websocket.Dial(ctx, "ws"+strings.TrimPrefix(s.url, "http")+"/live"+query, &websocket.DialOptions{HTTPHeader: header})
}

// open opens a page.
func (s *site) open(query ...string) *watcher {
	GinkgoHelper()
	conn, _, err := s.dial(strings.Join(query, ""), nil)
	Expect(err).NotTo(HaveOccurred())
	conn.SetReadLimit(-1)
	w := &watcher{conn: conn, done: make(chan struct{})}
	go w.read()
	DeferCleanup(func() {
		_ = conn.CloseNow()
		<-w.done
	})
	return w
}

func (w *watcher) read() {
	defer close(w.done)
	for {
		_, text, err := w.conn.Read(context.Background())
		w.mu.Lock()
		if err != nil {
			w.lost = err
			w.mu.Unlock()
			return
		}
		var f frame
		if err := json.Unmarshal(text, &f); err != nil {
			panic(err)
		}
		w.frames = append(w.frames, f)
		switch f.Type {
		case "picture":
			w.shown = f.picture()
		case "change":
			f.apply(w.shown)
		}
		w.mu.Unlock()
	}
}

func decoded[T any](text json.RawMessage) T {
	var value T
	if err := json.Unmarshal(text, &value); err != nil {
		panic(err)
	}
	return value
}

// picture returns the picture of a picture frame, as a page reads it.
func (f frame) picture() *picture {
	p := newPicture()
	p.protocols, p.hidden = f.Protocols, hidden{f.Hidden, f.HiddenArcs}
	for _, n := range decoded[[]node](f.Peers) {
		p.peers[n.N] = n
	}
	for _, a := range decoded[[][4]int](f.Arcs) {
		p.arcs[arcKey{a[0], a[1], a[2]}] = a[3]
	}
	for _, c := range decoded[[][2]int](f.Connections) {
		p.connections[linkKey{c[0], c[1]}] = true
	}
	return p
}

// apply changes a picture by a change frame, as a page does.
func (f frame) apply(p *picture) {
	for _, w := range f.Went {
		delete(p.peers, w.N)
		for key := range p.arcs {
			if key.from == w.N || key.to == w.N {
				delete(p.arcs, key)
			}
		}
		for key := range p.connections {
			if key.a == w.N || key.b == w.N {
				delete(p.connections, key)
			}
		}
	}
	for _, n := range f.Came {
		p.peers[n.N] = n
	}
	for _, a := range decoded[[][4]int](f.Arcs) {
		key := arcKey{a[0], a[1], a[2]}
		if p.arcs[key] = a[3]; a[3] == 0 {
			delete(p.arcs, key)
		}
	}
	for _, c := range decoded[[][3]int](f.Connections) {
		key := linkKey{c[0], c[1]}
		if p.connections[key] = c[2] == 1; c[2] == 0 {
			delete(p.connections, key)
		}
	}
	p.hidden = hidden{f.Hidden, f.HiddenArcs}
}

// all returns the frames so far, of one type or of all.
func (w *watcher) all(kind string) []frame {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(w.frames), func(f frame) bool { return kind != "" && f.Type != kind })
}

// gets waits for a frame of a type that meets a condition.
func (w *watcher) gets(kind string, holds func(frame) bool) frame {
	GinkgoHelper()
	var found frame
	Eventually(func() bool {
		for _, f := range w.all(kind) {
			if holds == nil || holds(f) {
				found = f
				return true
			}
		}
		return false
	}).WithTimeout(patience).Should(BeTrue(), "no such "+kind)
	return found
}

// names lists the names of the peers that the page shows.
func (w *watcher) names() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var names []string
	if w.shown != nil {
		for _, n := range sortedKeys(w.shown.peers) {
			names = append(names, w.shown.peers[n].Name)
		}
	}
	return names
}

// numbered returns the number of a peer by its name.
func (w *watcher) numbered(name string) int {
	GinkgoHelper()
	number := 0
	Eventually(func() int {
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.shown != nil {
			for n, node := range w.shown.peers {
				if node.Name == name {
					number = n
				}
			}
		}
		return number
	}).WithTimeout(patience).ShouldNot(BeZero())
	return number
}

// sends sends a frame.
func (w *watcher) sends(text string) {
	GinkgoHelper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	Expect(w.conn.Write(ctx, websocket.MessageText, []byte(text))).To(Succeed())
}

var requests int64

// asks sends a request and returns its answer.
func (w *watcher) asks(format string, args ...any) frame {
	GinkgoHelper()
	requests++
	number := requests
	w.sends(fmt.Sprintf(`{"request":%d,`, number) + fmt.Sprintf(format, args...) + "}")
	return w.gets("answer", func(f frame) bool { return f.Request == number })
}

// ends waits until the server has closed the feed, and returns the status and
// reason.
func (w *watcher) ends() websocket.CloseError {
	GinkgoHelper()
	Eventually(w.done).WithTimeout(patience).Should(BeClosed())
	w.mu.Lock()
	defer w.mu.Unlock()
	var closed websocket.CloseError
	Expect(errors.As(w.lost, &closed)).To(BeTrue(), "%v", w.lost)
	return closed
}
