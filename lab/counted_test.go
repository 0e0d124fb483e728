package lab_test

import (
	"fmt"
	"maps"
	"sync"

	"google.golang.org/protobuf/proto"

	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
	"github.com/n2n-overlay/n2n/sim/worlds"
)

// counted is a world that counts what its peers send, by kind.
type counted struct {
	worlds.World
	fit func(actors.World) actors.World // further, nil: nothing

	mu   sync.Mutex
	sent map[string]int
}

func count(w worlds.World) *counted { return &counted{World: w, sent: map[string]int{}} }

func (w *counted) add(kind string, n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.sent[kind] += n
}

// wires are the counts so far: on connections by class, and of signals those that
// were handed over directly and those through the signaling service.
func (w *counted) wires() map[string]int {
	w.mu.Lock()
	defer w.mu.Unlock()
	wires := maps.Clone(w.sent)
	maps.DeleteFunc(wires, func(_ string, n int) bool { return n == 0 })
	return wires
}

// Start implements worlds.World.
func (w *counted) Start(s worlds.Start) (worlds.Peer, error) {
	fit := s.Fit
	s.Fit = func(given actors.World) actors.World {
		if w.fit != nil {
			given = w.fit(given)
		}
		given.Transport = countedTransport{given.Transport, w}
		// What does not reach the service was handed over.
		given.Rendezvous = countedSignals{given.Rendezvous, func(kind string) { w.add("service "+kind, 1); w.add("direct "+kind, -1) }}
		given = fit(given)
		given.Rendezvous = countedSignals{given.Rendezvous, func(kind string) { w.add("direct "+kind, 1) }}
		return given
	}
	return w.World.Start(s)
}

type countedSignals struct {
	actors.Rendezvous
	count func(kind string)
}

func (c countedSignals) Signal(s *messages.Signal) {
	c.count(kindOf(s))
	c.Rendezvous.Signal(s)
}

type countedTransport struct {
	actors.Transport
	world *counted
}

func (t countedTransport) Connect(remote messages.PeerID, events func(actors.ConnEvent)) actors.Conn {
	return countedConn{t.Transport.Connect(remote, events), t.world}
}

type countedConn struct {
	actors.Conn
	world *counted
}

func (c countedConn) Send(class protocols.Delivery, envelope messages.Envelope) error {
	kind := fmt.Sprintf("%s bytes", class)
	if envelope.Message != nil {
		kind = fmt.Sprintf("%s %s", class, kindOf(envelope.Message))
	}
	err := c.Conn.Send(class, envelope)
	if err == nil {
		c.world.add(kind, 1)
	}
	return err
}

// kindOf names a message.
func kindOf(m proto.Message) string {
	if s, ok := m.(*messages.Signal); ok {
		switch s.GetBody().(type) {
		case *messages.Signal_Offer:
			return "Offer"
		case *messages.Signal_Answer:
			return "Answer"
		case *messages.Signal_Refusal:
			return "Refusal"
		}
	}
	return string(m.ProtoReflect().Descriptor().Name())
}
