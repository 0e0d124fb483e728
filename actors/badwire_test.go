//go:build !js

package actors_test

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"google.golang.org/protobuf/proto"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

// anyOf has one message of each kind of control that a neighbour could send.
var anyOf = map[string]func(*trial) proto.Message{
	"Hello": func(t *trial) proto.Message {
		return &messages.Hello{Version: 1, Network: "n2n", PublicKey: t.identity(t.smaller).PublicKey(), Nonce: bytes.Repeat([]byte{1}, 32)}
	},
	"Proof":         func(*trial) proto.Message { return &messages.Proof{Signature: make([]byte, 64)} },
	"Protocols":     func(*trial) proto.Message { return &messages.Protocols{Removed: []uint32{1}} },
	"ClassReady":    func(*trial) proto.Message { return &messages.ClassReady{Class: 1} },
	"Arcs":          func(*trial) proto.Message { return &messages.Arcs{Protocol: 1, Count: 5, Seq: 9} },
	"ArcsRefused":   func(*trial) proto.Message { return &messages.ArcsRefused{Protocol: 1, Seq: 1} },
	"CloseProposal": func(*trial) proto.Message { return &messages.CloseProposal{Seen: 1} },
	"CloseAnswer":   func(*trial) proto.Message { return &messages.CloseAnswer{Agreed: true} },
	"Leave":         func(*trial) proto.Message { return &messages.Leave{} },
	"Signal": func(t *trial) proto.Message {
		return t.signal(5, offer("forged", "lab", 1), t.stranger, t.smaller, t.victim)
	},
	"Introduction": func(t *trial) proto.Message {
		return &messages.Introduction{Job: 5, Protocol: "lab", To: t.id(t.stranger).Bytes()}
	},
	"Outcome":    func(*trial) proto.Message { return &messages.Outcome{Job: 5} },
	"Chunk":      func(*trial) proto.Message { return &messages.Chunk{Count: 2, Data: []byte{1}} },
	"NoProtocol": func(*trial) proto.Message { return &messages.NoProtocol{Protocol: 1} },
}

// badHandshake is a row: how the stranger that connects to the victim spoils its
// Hello or Proof.
type badHandshake struct {
	fields, what string
	spoil        func(t *trial, m proto.Message) []proto.Message // what it sends instead
	counts       sums                                            // beside that a connection opened
	lives        bool
}

var broken1 = sums{"connections_violated": 1, "attempts_failed": 1}

func onHello(change func(t *trial, m *messages.Hello)) func(*trial, proto.Message) []proto.Message {
	return func(t *trial, m proto.Message) []proto.Message {
		if h, ok := m.(*messages.Hello); ok {
			m = proto.Clone(h)
			change(t, m.(*messages.Hello))
		}
		return []proto.Message{m}
	}
}

var badHandshakes = []badHandshake{
	{"Hello.version", "another version", onHello(func(_ *trial, m *messages.Hello) { m.Version = 2 }), broken1, false},
	{"Hello.version", "no version", onHello(func(_ *trial, m *messages.Hello) { m.Version = 0 }), broken1, false},
	{"Hello.network", "another network", onHello(func(_ *trial, m *messages.Hello) { m.Network = "other" }), broken1, false},
	{"Hello.network", "no network", onHello(func(_ *trial, m *messages.Hello) { m.Network = "" }), broken1, false},
	{"Hello.public_key", "the key of another", onHello(func(t *trial, m *messages.Hello) { m.PublicKey = t.identity(t.friend).PublicKey() }), broken1, false},
	{"Hello.public_key", "the victim's own key", onHello(func(t *trial, m *messages.Hello) { m.PublicKey = t.identity(t.victim).PublicKey() }), broken1, false},
	{"Hello.nonce", "another nonce than it signed", onHello(func(_ *trial, m *messages.Hello) { m.Nonce = bytes.Repeat([]byte{1}, 32) }), broken1, false},
	{"Hello.incarnation", "another incarnation than in its offer", onHello(func(_ *trial, m *messages.Hello) { m.Incarnation++ }), sums{"attempts_failed": 1}, false},
	{
		"Hello.protocols ProtocolNumber.number ProtocolNumber.name", "the same number and the same name twice", onHello(func(_ *trial, m *messages.Hello) {
			m.Protocols = append(m.Protocols, &messages.ProtocolNumber{Number: 1, Name: "other"}, &messages.ProtocolNumber{Number: 9, Name: "lab"})
		}), sums{"connections_authenticated": 1, "protocols_ignored": 2}, true,
	},
	{"Proof.signature", "a wrong signature", func(_ *trial, m proto.Message) []proto.Message {
		if p, ok := m.(*messages.Proof); ok {
			p = &messages.Proof{Signature: bytes.Clone(p.GetSignature())}
			p.Signature[0]++
			return []proto.Message{p}
		}
		return []proto.Message{m}
	}, broken1, false},
	{"Proof.signature", "no Proof", func(_ *trial, m proto.Message) []proto.Message {
		if _, ok := m.(*messages.Hello); ok {
			return []proto.Message{m}
		}
		return nil
	}, sums{"attempts_failed": 1}, false},
	{"Hello.nonce", "nothing", func(*trial, proto.Message) []proto.Message { return nil }, sums{"attempts_failed": 1}, false},
	{"Hello.nonce", "Hello twice", func(_ *trial, m proto.Message) []proto.Message {
		if _, ok := m.(*messages.Hello); ok {
			return []proto.Message{m, m}
		}
		return []proto.Message{m}
	}, broken1, false},
}

// greet lets the stranger connect to the victim. spoil changes the messages that the
// stranger sends.
func (t *trial) greet(spoil func(*trial, proto.Message) []proto.Message) {
	GinkgoHelper()
	own := t.intercept
	t.intercept = func(c *memoryConn, m proto.Message, frame []byte) []byte {
		if c.transport.self != t.id(t.stranger) || m == nil {
			return own(c, m, frame)
		}
		frame = nil
		for _, m := range spoil(t, m) {
			var err error
			frame, err = messages.AppendEnvelope(frame, control(m))
			Expect(err).NotTo(HaveOccurred())
		}
		return frame
	}
	t.ask(t.stranger, func(ticket messages.Ticket) any { return messages.Open{Ticket: ticket, Peer: t.victimID()} })
	t.run(time.Minute)
}

var _ = Describe("bad input from a neighbour", func() {
	var t *trial
	BeforeEach(func() { t = newTrial() })

	for _, row := range slices.Concat(badMessages, badSignals) {
		It("changes nothing but a sum: "+row.what, func() { row.try(newTrialOf(row.limit)) })
	}

	It("has a row for each field of each control message", func() {
		var rows []string
		for _, row := range slices.Concat(badMessages, badSignals) {
			rows = append(rows, row.fields)
		}
		for _, row := range badHandshakes {
			rows = append(rows, row.fields)
		}
		kinds, fields := controlFields()
		Expect(missingFrom(rows, fields)).To(BeEmpty())
		for _, kind := range kinds {
			Expect(anyOf).To(HaveKey(kind))
		}
		Expect(anyOf).To(HaveLen(len(kinds)))
	})

	for _, kind := range slices.Sorted(maps.Keys(anyOf)) {
		message := anyOf[kind]
		for _, class := range []protocols.Delivery{protocols.Reliable, protocols.Lossy} {
			It(fmt.Sprintf("ends its connection, and only that: %s on the %s channel", kind, class), func() {
				badMessage{
					class: class, send: func(t *trial) []proto.Message { return []proto.Message{message(t)} },
					counts: sums{"connections_violated": 1}, ends: true,
				}.try(t)
			})
		}

		It("is not listened to after Leave: "+kind, func() {
			t.begin()
			var frame []byte
			for _, m := range []proto.Message{&messages.Leave{}, message(t)} {
				var err error
				frame, err = messages.AppendEnvelope(frame, control(m))
				Expect(err).NotTo(HaveOccurred())
			}
			t.conn(t.smaller, t.victim).deliver(protocols.Ordered, frame)
			t.run(time.Minute)
			late := sums{"messages_late": 1}
			switch kind {
			case "Hello", "Proof", "Chunk":
				late = sums{"connections_violated": 1}
			case "ClassReady": // the connection's own business; it is about to close
				late = nil
			}
			t.rose(late)
			Expect(t.peers[t.victim].lastly()).To(HaveLen(3))
			t.unchanged(t.larger, t.friend, t.stranger)
		})

		It("ends the attempt before authentication: "+kind, func() {
			t.begin()
			t.greet(func(t *trial, m proto.Message) []proto.Message {
				if _, ok := m.(*messages.Hello); ok {
					return []proto.Message{message(t)}
				}
				return nil
			})
			t.rose(sums{"connections_opened": 1, "connections_violated": 1, "attempts_failed": 1})
			Expect(t.sent).To(Equal(answers{"Hello": 1}))
			t.unchanged(t.victim, t.smaller, t.larger, t.friend)
			Expect(t.peers[t.stranger].lastly()).To(HaveExactElements(BeAssignableToTypeOf(messages.Failed{})))
		})
	}

	It("ends the attempt before authentication: an envelope", func() {
		t.begin()
		t.intercept = func(c *memoryConn, m proto.Message, frame []byte) []byte {
			if _, ok := m.(*messages.Hello); ok && c.transport.self == t.id(t.stranger) {
				frame, _ = messages.AppendEnvelope(nil, messages.Envelope{Protocol: 1})
			}
			return frame
		}
		t.ask(t.stranger, func(ticket messages.Ticket) any { return messages.Open{Ticket: ticket, Peer: t.victimID()} })
		t.run(time.Minute)
		t.rose(sums{"connections_opened": 1, "connections_violated": 1, "attempts_failed": 1})
		t.unchanged(t.victim, t.smaller, t.larger, t.friend)
	})

	for _, row := range badHandshakes {
		It("ends no more than the attempt: "+row.what, func() {
			t.begin()
			t.greet(row.spoil)
			want := sums{"connections_opened": 1}
			for name, n := range row.counts {
				want[name] = n
			}
			t.rose(want)
			t.unchanged(t.smaller, t.larger, t.friend)
			if row.lives {
				Expect(t.views(t.stranger)).To(Equal("out " + t.victim + ":1 in"))
				return
			}
			t.unchanged(t.victim)
			Expect(t.views(t.stranger)).To(Equal("out in"))
		})
	}
})
