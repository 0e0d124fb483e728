package main

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/coder/websocket"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gbytes"
)

// page is a live page. It reads its feed and keeps the peers that it shows.
type page struct {
	conn *websocket.Conn
	done chan struct{}

	mu     sync.Mutex
	frames []frame
	peers  map[int]shown
	arcs   map[[2]int]int
	went   map[string]string // by name: how a peer went
}

// shown is a peer that a page shows.
type shown struct {
	N              int
	ID, Name, Kind string
}

// frame is a frame of a feed with the fields that these specs read.
type frame struct {
	Type, Program, Room, State, ID, Text, Error, Code string
	Controls                                          []string
	Running, Known                                    bool
	N, By, Of                                         int
	Request                                           int64
	Came                                              []shown
	Went                                              []struct {
		N   int
		How string
	}
	Peers, Arcs json.RawMessage
	Views       map[string]struct{ Out, In [][2]int }
	Counters    map[string]float64
}

var pageURL = regexp.MustCompile(`live page at (http://\S+)\n`)

// livePage waits until a command says where its live page is.
func livePage(out *gbytes.Buffer) string {
	GinkgoHelper()
	Eventually(func() []byte { return out.Contents() }).WithTimeout(patience).Should(MatchRegexp(pageURL.String()))
	return pageURL.FindStringSubmatch(string(out.Contents()))[1]
}

// openPage opens a page until the spec ends.
func openPage(url, query string) *page {
	GinkgoHelper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	conn, _, err := websocket.Dial(ctx, url+"/live"+query, nil)
	Expect(err).NotTo(HaveOccurred())
	conn.SetReadLimit(-1)
	p := &page{conn: conn, done: make(chan struct{}), peers: map[int]shown{}, arcs: map[[2]int]int{}, went: map[string]string{}}
	go p.read()
	DeferCleanup(func() {
		_ = conn.CloseNow()
		<-p.done
	})
	return p
}

func (p *page) read() {
	defer close(p.done)
	for {
		_, text, err := p.conn.Read(context.Background())
		if err != nil {
			return
		}
		var f frame
		if err := json.Unmarshal(text, &f); err != nil {
			panic(err)
		}
		p.take(f)
	}
}

func (p *page) take(f frame) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.frames = append(p.frames, f)
	var arcs [][4]int
	switch f.Type {
	case "picture":
		clear(p.peers)
		clear(p.arcs)
		_ = json.Unmarshal(f.Peers, &f.Came)
		fallthrough
	case "change":
		_ = json.Unmarshal(f.Arcs, &arcs)
		for _, w := range f.Went {
			p.went[p.peers[w.N].Name] = w.How
			delete(p.peers, w.N)
		}
		for _, n := range f.Came {
			p.peers[n.N] = n
		}
		for _, a := range arcs {
			p.arcs[[2]int{a[0], a[1]}] = a[3]
		}
	}
}

// names lists the peers that are shown.
func (p *page) names() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	names := []string{}
	for _, n := range p.peers {
		names = append(names, n.Name)
	}
	slices.Sort(names)
	return names
}

// number returns the number of a shown peer, by its name or PeerID.
func (p *page) number(name string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	for n, peer := range p.peers {
		if peer.Name == name || peer.ID == name {
			return n
		}
	}
	return 0
}

// how returns how a peer went, or nothing if it is still shown.
func (p *page) how(name string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.went[name]
}

// gets waits for a frame.
func (p *page) gets(kind string, holds func(frame) bool) frame {
	GinkgoHelper()
	var found frame
	Eventually(func() bool {
		p.mu.Lock()
		defer p.mu.Unlock()
		i := slices.IndexFunc(p.frames, func(f frame) bool { return f.Type == kind && (holds == nil || holds(f)) })
		if i >= 0 {
			found = p.frames[i]
		}
		return i >= 0
	}).WithTimeout(patience).Should(BeTrue(), "no such "+kind)
	return found
}

var asked atomic.Int64

// asks sends a request and returns its answer.
func (p *page) asks(format string, args ...any) frame {
	GinkgoHelper()
	number := asked.Add(1)
	p.sends(fmt.Sprintf(`{"request":%d,`, number) + fmt.Sprintf(format, args...) + "}")
	return p.gets("answer", func(f frame) bool { return f.Request == number })
}

func (p *page) sends(text string) {
	GinkgoHelper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	Expect(p.conn.Write(ctx, websocket.MessageText, []byte(text))).To(Succeed())
}
