//go:build !js

package broadcast_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols/broadcast"
	"github.com/n2n-overlay/n2n/protocols/protocoltest"
)

// mesh is some peers, each a neighbor of all others, with a network that keeps no order.
type mesh struct {
	names []string
	peers map[string]*protocoltest.Port
	way   []travelling
	cut   map[string]bool // the peers that are cut off
	// past lists what the publisher of a payload had delivered before.
	past map[string][]string
}

type travelling struct {
	from, to string
	message  *broadcast.Message
}

func newMesh(n int) *mesh {
	m := &mesh{peers: map[string]*protocoltest.Port{}, cut: map[string]bool{}, past: map[string][]string{}}
	for i := range n {
		m.names = append(m.names, fmt.Sprint("p", i))
	}
	for i, name := range m.names {
		p := protocoltest.NewPort(name, protocol(func(c *broadcast.Config) {
			// Nothing is given up, and no question is under way for longer than History.
			c.Window, c.History, c.Patience = time.Hour, time.Hour, time.Hour
		}), uint64(i))
		p.Quiet = true
		p.Deliver(messages.Started{})
		for _, other := range m.names {
			if other != name {
				p.Deliver(opened(other, messages.Out))
			}
		}
		m.peers[name] = p
	}
	m.collect()
	return m
}

// collect takes what peers sent and puts it on its way. Messages across a cut are lost.
func (m *mesh) collect() {
	for _, name := range m.names {
		p := m.peers[name]
		for _, s := range p.Sent {
			to := protocoltest.Name(s.To)
			if m.cut[name] == m.cut[to] {
				m.way = append(m.way, travelling{name, to, s.Message.(*broadcast.Message)})
			}
		}
		p.Sent = nil
	}
}

func (m *mesh) publish(name, payload string) {
	m.past[payload] = payloads(m.peers[name])
	m.peers[name].Deliver(publish(payload))
	m.collect()
}

// arrive lets the i-th message arrive, and perhaps again later.
func (m *mesh) arrive(i int, again bool) {
	t := m.way[i]
	if !again {
		m.way = slices.Delete(m.way, i, i+1)
	}
	if m.cut[t.from] == m.cut[t.to] {
		m.peers[t.to].Receive(t.from, t.message)
	}
	m.collect()
}

func (m *mesh) advance(d time.Duration) {
	for _, name := range m.names {
		m.peers[name].Advance(d)
	}
	m.collect()
}

// check fails unless every peer has delivered its messages once, each after all that
// came before it.
func (m *mesh) check(t *rapid.T) {
	for _, name := range m.names {
		at := map[string]int{}
		for i, payload := range payloads(m.peers[name]) {
			if _, twice := at[payload]; twice {
				t.Fatalf("%s delivered %s twice", name, payload)
			}
			at[payload] = i
			for _, before := range m.past[payload] {
				if _, delivered := at[before]; !delivered {
					t.Fatalf("%s delivered %s before %s", name, payload, before)
				}
			}
		}
	}
}

// TestCausalOrder checks that messages are delivered once and in causal order, and in
// the end everywhere, however they are reordered, repeated and cut off.
func TestCausalOrder(t *testing.T) {
	repaired := 0.0
	rapid.Check(t, func(t *rapid.T) {
		m := newMesh(rapid.IntRange(2, 5).Draw(t, "peers"))
		published := 0
		t.Repeat(map[string]func(*rapid.T){
			"publish": func(t *rapid.T) {
				published++
				m.publish(rapid.SampledFrom(m.names).Draw(t, "publisher"), fmt.Sprint("m", published))
			},
			"arrive": func(t *rapid.T) {
				if len(m.way) == 0 {
					t.Skip("nothing is under way")
				}
				m.arrive(rapid.IntRange(0, len(m.way)-1).Draw(t, "message"), rapid.IntRange(0, 4).Draw(t, "again") == 0)
			},
			"cut": func(t *rapid.T) {
				name := rapid.SampledFrom(m.names).Draw(t, "peer")
				m.cut[name] = !m.cut[name]
			},
			"wait": func(*rapid.T) { m.advance(500 * time.Millisecond) },
			"":     m.check,
		})
		m.cut = map[string]bool{}
		for range 100 { // seconds, in which all peers compare their messages with several others
			for len(m.way) > 0 {
				m.arrive(0, false)
			}
			m.check(t)
			m.advance(time.Second)
		}
		for _, name := range m.names {
			if got := len(payloads(m.peers[name])); got != published {
				t.Fatalf("%s delivered %d of %d", name, got, published)
			}
			repaired += m.peers[name].Metrics["repaired"]
		}
	})
	if repaired == 0 {
		t.Error("nothing was repaired: the test shows nothing")
	}
}
