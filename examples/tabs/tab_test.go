package main

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"

	"github.com/onsi/gomega"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/n2n-overlay/n2n"
	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
	"github.com/n2n-overlay/n2n/protocols/unicast"
)

const patience = 30 * time.Second

// tab is a peer that behaves like the page.
type tab struct {
	*actors.Peer
	t       *testing.T
	service messages.PeerID
	events  map[string]chan any
}

func enter(t *testing.T, url string) *tab {
	t.Helper()
	_, body, _ := get(t, url+"/service.json")
	var said struct{ Peer, Room string }
	if err := json.Unmarshal([]byte(body), &said); err != nil {
		t.Fatalf("/service.json: %v: %s", err, body)
	}
	service, err := messages.ParsePeerID(said.Peer)
	fatal(t, err)
	asking := unicast.DefaultConfig()
	asking.Name, asking.Over = "clock", "chat"
	clock, err := unicast.New(asking)
	fatal(t, err)
	applications := []protocols.Protocol{
		{Name: "chat", Message: &wrapperspb.StringValue{}},
		{Name: "board", Message: &wrapperspb.BytesValue{}, Delivery: protocols.Lossy},
		clock,
	}
	peer, err := n2n.Start(n2n.Signal(url+"/signal"), n2n.Loopback(), n2n.Overlay(""), n2n.With(applications...))
	fatal(t, err)
	t.Cleanup(peer.Actors().Crash)
	p := &tab{peer.Actors(), t, service, map[string]chan any{}}
	for _, application := range applications {
		events := make(chan any, 1000)
		p.events[application.Name] = events
		p.Subscribe(application.Name, func(event any) {
			select {
			case events <- event:
			default: // nobody awaits these
			}
		})
	}
	_, err = peer.Enter(t.Context(), said.Room)
	fatal(t, err)
	return p
}

func fatal(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (p *tab) opens(applications ...string) {
	p.t.Helper()
	for _, application := range applications {
		fatal(p.t, p.Open(p.t.Context(), application, p.service))
	}
}

// gets waits for an event of an application that fits.
func (p *tab) gets(application string, fits func(event any) bool) {
	p.t.Helper()
	late := time.After(patience)
	for {
		select {
		case event := <-p.events[application]:
			if fits(event) {
				return
			}
		case <-late:
			p.t.Fatalf("what was to come for %s did not", application)
		}
	}
}

// hears waits for a line of the chat from the service.
func (p *tab) hears(fits func(line) bool) {
	p.t.Helper()
	p.gets("chat", func(event any) bool {
		m, ok := event.(messages.Received)
		var said line
		return ok && m.From == p.service && json.Unmarshal([]byte(m.Message.(*wrapperspb.StringValue).GetValue()), &said) == nil && fits(said)
	})
}

// sees waits for a dot on the board.
func (p *tab) sees(by messages.PeerID, fits func(dot []byte) bool) {
	p.t.Helper()
	p.gets("board", func(event any) bool {
		m, ok := event.(messages.Received)
		if !ok {
			return false
		}
		dot, signed := bytes.CutPrefix(m.Message.(*wrapperspb.BytesValue).GetValue(), []byte(by.String()))
		return signed && fits(dot)
	})
}

func (p *tab) counts(connections, lingering, arcs, handshakes int) {
	p.t.Helper()
	gomega.NewWithT(p.t).Eventually(func() [4]int {
		s, err := p.Snapshot(p.t.Context())
		fatal(p.t, err)
		n := 0
		for _, view := range s.Views {
			n += view.Out.Len() + view.In.Len()
		}
		return [4]int{len(s.Connections), len(s.Lingering), n, int(s.Counters["connections_authenticated"])}
	}).WithTimeout(patience).Should(gomega.Equal([4]int{connections, lingering, arcs, handshakes}))
}
