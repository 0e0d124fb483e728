//go:build !js

package wrtc_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
	"github.com/n2n-overlay/n2n/signaling/client"
	"github.com/n2n-overlay/n2n/signaling/server"
	"github.com/n2n-overlay/n2n/wrtc"
)

// room is a signaling server with one room of peers over real WebRTC. The peers run
// the actors and a passive protocol, lab.
type room struct {
	t      tester
	system *actor.ActorSystem
	server *server.Server
	url    string
	client *http.Client
	stop   func() // ends the server
}

// newRoom returns a room of a server that listens at url, or that client reaches.
func newRoom(t tester, rooms *server.Server, url string, client *http.Client, stop func()) *room {
	quiet := func(*actor.ActorSystem) *slog.Logger { return slog.New(slog.DiscardHandler) }
	return &room{
		t: t, server: rooms, url: url, client: client, stop: sync.OnceFunc(stop),
		system: actor.NewActorSystem(actor.WithLoggerFactory(quiet)),
	}
}

func newServer(t tester) *server.Server {
	t.Helper()
	rooms, err := server.New(server.Config{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatalf("server: %v", err)
	}
	return rooms
}

// loopbackRoom returns a room of a WebSocket server on loopback.
func loopbackRoom(t tester) *room {
	rooms := newServer(t)
	listener := httptest.NewServer(rooms)
	r := newRoom(t, rooms, "ws"+strings.TrimPrefix(listener.URL, "http"), nil, func() {
		_ = rooms.Close()
		listener.Close()
	})
	t.Cleanup(r.stop)
	return r
}

// node is one peer of a room, with the events of its lab protocol.
type node struct {
	*actors.Peer
	room      *room
	transport *wrtc.Transport
	lab       *actor.PID

	mu     sync.Mutex
	events []any
	ticket messages.Ticket
	news   chan struct{}
}

// start starts a peer. change may replace parts of its world.
func (r *room) start(cfg wrtc.Config, change ...func(*actors.World)) *node {
	r.t.Helper()
	world, err := wrtc.NewWorld(cfg)
	if err != nil {
		r.t.Fatalf("world: %v", err)
	}
	n := &node{room: r, transport: world.Transport.(*wrtc.Transport), news: make(chan struct{}, 1)}
	world.Rendezvous, err = client.New(client.Config{
		URL: r.url, Identity: world.Identity, HTTPClient: r.client, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		r.t.Fatalf("client: %v", err)
	}
	for _, c := range change {
		c(&world)
	}
	if n.Peer, err = actors.Start(r.system, world, actors.DefaultConfig()); err != nil {
		r.t.Fatalf("start: %v", err)
	}
	n.Subscribe("lab", n.note)
	n.SubscribeConnections(n.note)
	if n.lab, err = n.Spawn(context.Background(), protocols.Protocol{Name: "lab", Message: &wrapperspb.BytesValue{}}); err != nil {
		r.t.Fatalf("spawn: %v", err)
	}
	r.t.Cleanup(func() {
		n.Crash()
		<-n.Done()
		n.transport.Wait()
	})
	return n
}

func (n *node) note(event any) {
	n.mu.Lock()
	n.events = append(n.events, event)
	n.mu.Unlock()
	select {
	case n.news <- struct{}{}:
	default:
	}
}

func (n *node) join() {
	n.room.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if _, err := n.Join(ctx, "room"); err != nil {
		n.room.t.Fatalf("join: %v", err)
	}
}

// wait returns the first event that fits. It forgets that event and those before
// it.
func (n *node) wait(what string, fits func(any) bool) any {
	n.room.t.Helper()
	late := time.After(patience)
	for {
		n.mu.Lock()
		for i, e := range n.events {
			if fits(e) {
				n.events = n.events[i+1:]
				n.mu.Unlock()
				return e
			}
		}
		n.mu.Unlock()
		select {
		case <-n.news:
		case <-late:
			n.room.t.Fatalf("no %s in %v; events: %+v", what, patience, n.events)
		}
	}
}

// do sends a command and returns the event that ends it.
func (n *node) do(command func(messages.Ticket) any) any {
	n.room.t.Helper()
	n.ticket++
	ticket := n.ticket
	n.room.system.Root.Send(n.lab, command(ticket))
	return n.wait("outcome", func(e any) bool {
		switch e := e.(type) {
		case messages.ArcOpened:
			return e.Ticket == ticket
		case messages.ArcClosed:
			return e.Ticket == ticket
		case messages.Introduced:
			return e.Ticket == ticket
		case messages.Failed:
			return e.Ticket == ticket
		}
		return false
	})
}

func (n *node) open(to *node, via ...messages.PeerID) any {
	n.room.t.Helper()
	return n.do(func(t messages.Ticket) any { return messages.Open{Ticket: t, Peer: to.ID(), Via: via} })
}

func (n *node) introduce(from, to *node) any {
	n.room.t.Helper()
	return n.do(func(t messages.Ticket) any { return messages.Introduce{Ticket: t, From: from.ID(), To: to.ID()} })
}

// mustOpen opens an arc and waits until the other side knows it.
func (n *node) mustOpen(to *node) {
	n.room.t.Helper()
	if e, ok := n.open(to).(messages.ArcOpened); !ok {
		n.room.t.Fatalf("open: %+v", e)
	}
	to.waitArc(n)
}

func (n *node) waitArc(from *node) {
	n.room.t.Helper()
	n.wait("arc", func(e any) bool {
		a, ok := e.(messages.ArcOpened)
		return ok && a.Dir == messages.In && a.Peer == from.ID()
	})
}

func (n *node) send(to *node, text string) {
	n.room.system.Root.Send(n.lab, messages.Send{To: to.ID(), Message: wrapperspb.Bytes([]byte(text))})
}

func (n *node) waitText(from *node) string {
	n.room.t.Helper()
	e := n.wait("message", func(e any) bool {
		m, ok := e.(messages.Received)
		return ok && m.From == from.ID()
	})
	return string(e.(messages.Received).Message.(*wrapperspb.BytesValue).GetValue())
}

func (n *node) counter(name string) float64 {
	n.room.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	s, err := n.Snapshot(ctx)
	if err != nil {
		n.room.t.Fatalf("snapshot: %v", err)
	}
	return s.Counters[name]
}
