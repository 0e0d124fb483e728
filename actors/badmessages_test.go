package actors_test

import (
	"bytes"
	"fmt"
	"time"

	. "github.com/onsi/gomega"
	"google.golang.org/protobuf/proto"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

type (
	sums    = map[string]float64
	answers = map[string]int
)

// one makes the rows' control messages, the same for every trial.
func one(all ...proto.Message) func(*trial) []proto.Message {
	return func(*trial) []proto.Message { return all }
}

func envelopes(all ...messages.Envelope) func(*trial) []messages.Envelope {
	return func(*trial) []messages.Envelope { return all }
}

// earlier lets the smaller neighbour send something before.
func earlier(m func(*trial) proto.Message) func(*trial) {
	return func(t *trial) {
		t.inject(t.smaller, t.victim, protocols.Ordered, control(m(t)))
		t.run(time.Second)
	}
}

func offer(sdp, protocol string, incarnation uint64) *messages.Signal_Offer {
	return &messages.Signal_Offer{Offer: &messages.Offer{Sdp: sdp, Protocol: protocol, Incarnation: incarnation}}
}

func answer(sdp string) *messages.Signal_Answer {
	return &messages.Signal_Answer{Answer: &messages.Answer{Sdp: sdp, Incarnation: 1}}
}

func refusal(reason messages.Reason) *messages.Signal_Refusal {
	return &messages.Signal_Refusal{Refusal: &messages.Refusal{Reason: reason}}
}

// signal makes a signal along the named peers, the first of them its maker.
func (t *trial) signal(job uint64, body any, way ...string) *messages.Signal {
	s := &messages.Signal{Job: job, From: t.id(way[0]).Bytes(), To: t.id(way[len(way)-1]).Bytes()}
	for _, name := range way[1 : len(way)-1] {
		s.Route = append(s.Route, t.id(name).Bytes())
	}
	switch b := body.(type) {
	case *messages.Signal_Offer:
		s.Body = b
	case *messages.Signal_Answer:
		s.Body = b
	case *messages.Signal_Refusal:
		s.Body = b
	}
	return s
}

// signaled is the row's signals, made in the trial.
func signaled(make func(t *trial) *messages.Signal) func(*trial) []proto.Message {
	return func(t *trial) []proto.Message { return []proto.Message{make(t)} }
}

func twice(make func(t *trial) *messages.Signal) func(*trial) []proto.Message {
	return func(t *trial) []proto.Message { return []proto.Message{make(t), make(t)} }
}

// dialling lets the victim open an arc to the stranger through the smaller
// neighbour, which gets the offer and keeps it.
func dialling(t *trial) {
	t.swallow = "Signal"
	t.ask(t.victim, func(ticket messages.Ticket) any {
		return messages.Open{Ticket: ticket, Peer: t.id(t.stranger), Via: []messages.PeerID{t.id(t.smaller)}}
	})
	t.run(2 * time.Millisecond)
	Expect(t.jobs["Signal"]).NotTo(BeZero())
}

// introducing lets the victim introduce the larger neighbour to its friend; the
// larger never hears of it.
func introducing(t *trial) {
	t.swallow = "Introduction"
	t.ask(t.victim, func(ticket messages.Ticket) any {
		return messages.Introduce{Ticket: ticket, From: t.id(t.larger), To: t.id(t.friend)}
	})
	t.run(time.Millisecond)
	Expect(t.jobs["Introduction"]).NotTo(BeZero())
}

// relaying lets the larger neighbour offer something to the friend through the victim.
func relaying(t *trial) {
	t.inject(t.larger, t.victim, protocols.Ordered, control(t.signal(5, offer("forged", "lab", 1), t.larger, t.victim, t.friend)))
	t.run(time.Second)
	Expect(t.snapshot(t.victim).Held["relays"]).To(Equal(1))
}

// idle lets no arcs remain between the victim and a neighbour.
func idle(t *trial, other string) {
	for _, pair := range [][2]string{{other, t.victim}, {t.victim, other}} {
		t.do(pair[0], func(ticket messages.Ticket) any { return messages.Close{Ticket: ticket, Peer: t.id(pair[1])} })
	}
}

const moment = 10 * time.Millisecond // within every deadline

var badMessages = []badMessage{
	{
		fields: "Packet.protocol", what: "an envelope of a protocol never announced",
		raw: envelopes(messages.Envelope{Protocol: 999}), counts: sums{"violations": 1}, ends: true,
	},
	{
		fields: "Packet.protocol", what: "an envelope that overtook the announcement of its protocol", class: protocols.Lossy,
		raw: envelopes(messages.Envelope{Protocol: 999}), counts: sums{"messages_without_protocol": 1},
	},
	{
		fields: "Packet.protocol", what: "envelopes of a protocol that does not run here",
		raw:    envelopes(messages.Envelope{Protocol: 3}, messages.Envelope{Protocol: 3}),
		counts: sums{"messages_without_protocol": 2}, replies: answers{"NoProtocol": 1},
	},
	{
		fields: "Packet.payload", what: "a payload that is none of the protocol's",
		raw:    envelopes(messages.Envelope{Protocol: 1, Payload: []byte{0xff}}),
		counts: sums{"messages_received": 1, "violations": 1}, ends: true,
	},
	{
		fields: "Packet.payload", what: "a payload of a protocol that exchanges none",
		raw:    envelopes(messages.Envelope{Protocol: 2, Payload: []byte{10, 1, 1}}),
		counts: sums{"messages_received": 1, "violations": 1}, ends: true,
	},
	{
		fields: "Hello.version Hello.network Hello.public_key Hello.incarnation Hello.protocols Hello.nonce", what: "a second Hello",
		send:   one(&messages.Hello{Version: 1, Network: "n2n", PublicKey: bytes.Repeat([]byte{1}, 32), Nonce: bytes.Repeat([]byte{1}, 32)}),
		counts: sums{"connections_violated": 1}, ends: true,
	},
	{
		fields: "Proof.signature", what: "a second Proof",
		send: one(&messages.Proof{Signature: make([]byte, 64)}), counts: sums{"connections_violated": 1}, ends: true,
	},
	{
		fields: "Chunk.id Chunk.index Chunk.count Chunk.data", what: "a part of a message that no transport put together",
		send: one(&messages.Chunk{Count: 2, Data: []byte{1}}), counts: sums{"connections_violated": 1}, ends: true,
	},
	{fields: "Protocols.added", what: "nothing new", send: one(&messages.Protocols{})},
	{
		fields: "Protocols.added ProtocolNumber.number", what: "a number that is taken",
		send: one(&messages.Protocols{Added: []*messages.ProtocolNumber{{Number: 1, Name: "other"}}}), counts: sums{"protocols_ignored": 1},
	},
	{
		fields: "Protocols.added ProtocolNumber.name", what: "a name that is taken",
		send: one(&messages.Protocols{Added: []*messages.ProtocolNumber{{Number: 9, Name: "lab"}}}), counts: sums{"protocols_ignored": 1},
	},
	{
		fields: "Protocols.added", what: "more than a peer can run",
		send: func(*trial) []proto.Message {
			m := &messages.Protocols{}
			for i := range 64 {
				m.Added = append(m.Added, &messages.ProtocolNumber{Number: uint32(100 + i), Name: fmt.Sprint("p", i)})
			}
			return []proto.Message{m}
		},
		counts: sums{"protocols_ignored": 3}, // it runs three already
	},
	{
		fields: "Protocols.removed", what: "a protocol that it does not run",
		send: one(&messages.Protocols{Removed: []uint32{999}}), counts: sums{"protocols_ignored": 1},
	},
	{
		fields: "Protocols.removed", what: "a protocol twice",
		send: one(&messages.Protocols{Removed: []uint32{3, 3}}, &messages.Protocols{Removed: []uint32{3}}), counts: sums{"protocols_ignored": 2},
	},
	{
		fields: "ClassReady.class", what: "a class that is ready twice",
		send: one(&messages.ClassReady{Class: 1}, &messages.ClassReady{Class: 1}), counts: sums{"connections_violated": 1}, ends: true,
	},
	{
		fields: "Arcs.protocol", what: "arcs of a protocol never announced",
		send: one(&messages.Arcs{Protocol: 999, Count: 1, Seq: 1}), counts: sums{"violations": 1}, ends: true,
	},
	{
		fields: "Arcs.protocol", what: "what follows in the frame that broke a rule",
		send:   one(&messages.Arcs{Protocol: 999, Count: 1, Seq: 1}, &messages.Arcs{Protocol: 1, Count: 9, Seq: 2}),
		counts: sums{"messages_late": 1, "violations": 1}, ends: true,
	},
	{
		fields: "Arcs.protocol", what: "arcs of a protocol that does not run here",
		send: one(&messages.Arcs{Protocol: 3, Count: 1, Seq: 1}), counts: sums{"arcs_refused": 1}, replies: answers{"ArcsRefused": 1},
	},
	{
		fields: "Arcs.count", what: "more arcs than the limit",
		prepare: earlier(func(*trial) proto.Message { return &messages.Arcs{Protocol: 1, Count: 256, Seq: 2} }),
		send:    one(&messages.Arcs{Protocol: 1, Count: 257, Seq: 3}), counts: sums{"arcs_refused": 1}, replies: answers{"ArcsRefused": 1},
	},
	{fields: "Arcs.seq", what: "arcs twice", send: one(&messages.Arcs{Protocol: 1, Count: 1, Seq: 1}), counts: sums{"violations": 1}, ends: true},
	{fields: "Arcs.seq", what: "arcs without a number", send: one(&messages.Arcs{Protocol: 1, Count: 9}), counts: sums{"violations": 1}, ends: true},
	{fields: "Arcs.job", what: "arcs for a job that nobody gave", send: one(&messages.Arcs{Protocol: 1, Count: 1, Seq: 2, Job: 77})},
	{
		fields: "ArcsRefused.protocol", what: "a refusal for a protocol that does not run here",
		send: one(&messages.ArcsRefused{Protocol: 999, Seq: 1}), counts: sums{"refusals_late": 1},
	},
	{
		fields: "ArcsRefused.seq ArcsRefused.reason", what: "refusals of arcs never held, for no known reason",
		send:   one(&messages.ArcsRefused{Protocol: 1, Seq: 99, Reason: 99}, &messages.ArcsRefused{Protocol: 1, Reason: -1}),
		counts: sums{"refusals_late": 2},
	},
	{
		fields: "ArcsRefused.keep", what: "a refusal that keeps more than there is",
		send:   one(&messages.ArcsRefused{Protocol: 1, Seq: 1, Keep: 65535}, &messages.ArcsRefused{Protocol: 1, Seq: 1, Keep: 1}),
		counts: sums{"refusals_late": 2},
	},
	{
		fields: "ArcsRefused.seq", what: "a refusal twice",
		prepare: earlier(func(*trial) proto.Message { return &messages.ArcsRefused{Protocol: 1, Seq: 1} }),
		send:    one(&messages.ArcsRefused{Protocol: 1, Seq: 1}), counts: sums{"refusals_late": 1},
	},
	{
		fields: "CloseProposal.seen", what: "a proposal to close a connection in use",
		send: one(&messages.CloseProposal{Seen: 1}), counts: sums{"proposals_cancelled": 1}, replies: answers{"CloseAnswer": 1},
	},
	{
		fields: "CloseProposal.seen", what: "a proposal of one that did not see all arcs",
		prepare: func(t *trial) { idle(t, t.smaller) },
		send:    one(&messages.CloseProposal{Seen: 1}), counts: sums{"proposals_cancelled": 1}, replies: answers{"CloseAnswer": 1},
	},
	{
		fields: "CloseProposal.seen", what: "a proposal of the larger", larger: true,
		prepare: func(t *trial) { idle(t, t.larger) },
		send:    one(&messages.CloseProposal{Seen: 2}), counts: sums{"proposals_ignored": 1},
	},
	{
		fields: "CloseAnswer.agreed", what: "answers that nobody asked for", larger: true,
		send: one(&messages.CloseAnswer{Agreed: true}, &messages.CloseAnswer{}), counts: sums{"close_answers_late": 2},
	},
	{
		fields: "CloseAnswer.agreed", what: "an answer from the one that proposes",
		send: one(&messages.CloseAnswer{Agreed: true}), counts: sums{"close_answers_late": 1},
	},
	{
		fields: "NoProtocol.protocol", what: "the lack of a protocol that does not run here",
		send: one(&messages.NoProtocol{Protocol: 999}), counts: sums{"no_protocols_ignored": 1},
	},
	{
		fields: "NoProtocol.protocol", what: "the lack of a protocol twice",
		prepare: earlier(func(*trial) proto.Message { return &messages.NoProtocol{Protocol: 1} }),
		send:    one(&messages.NoProtocol{Protocol: 1}), counts: sums{"no_protocols_ignored": 1},
	},
}
