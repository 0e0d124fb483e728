package messages

import (
	"bytes"
	"math"
	"strings"
)

// rule says what the decoders do with a field of wire.proto when all others are
// valid. An enum accepts any number: an unknown reason is a refusal.
type rule struct {
	optional  bool  // may be missing
	good, bad []any // values; bad ones are just over a cap
}

var (
	anyUint32  = rule{optional: true, good: []any{uint32(1), uint32(math.MaxUint32)}}
	anyUint64  = rule{optional: true, good: []any{uint64(1), uint64(math.MaxUint64)}}
	anyReason  = rule{optional: true, good: []any{Reason(1), Reason(17), Reason(99), Reason(-1)}}
	body       = rule{} // a message in a oneof; its fields have their own rules
	protocolID = rule{good: []any{uint32(1), uint32(65535)}, bad: []any{uint32(0), uint32(65536), uint32(math.MaxUint32)}}
	arcCount   = rule{optional: true, good: []any{uint32(65535)}, bad: []any{uint32(65536), uint32(math.MaxUint32)}}
	name       = rule{
		good: []any{"a", strings.Repeat("z", 32), "0.9-a"},
		bad:  []any{"", strings.Repeat("z", 33), "Spray", "no spaces", "ä", "a/b"},
	}
	peer = rule{good: []any{id(9)}, bad: []any{[]byte{}, fill(19), fill(21), id(0)}}
	sdp  = rule{good: []any{"v", strings.Repeat("s", 8192)}, bad: []any{"", strings.Repeat("s", 8193)}}
)

func exactly(n int) rule {
	return rule{good: []any{bytes.Repeat([]byte{7}, n)}, bad: []any{[]byte{}, fill(n - 1), fill(n + 1)}}
}

func numbers(n int) (all []*ProtocolNumber) {
	for i := range n {
		all = append(all, &ProtocolNumber{Number: uint32(i + 1), Name: "p"})
	}
	return all
}

func uint32s(n int, value uint32) (all []uint32) {
	for range n {
		all = append(all, value)
	}
	return all
}

func ids(n int, b []byte) (all [][]byte) {
	for range n {
		all = append(all, b)
	}
	return all
}

// rules has a rule for each field of wire.proto, without those of Frame and Packet,
// which are in decode_test.go.
var rules = map[string]rule{
	"Hello.version":     anyUint32, // the handshake checks it
	"Hello.network":     {optional: true, good: []any{strings.Repeat("n", 64)}, bad: []any{strings.Repeat("n", 65)}},
	"Hello.public_key":  exactly(32),
	"Hello.incarnation": anyUint64,
	"Hello.protocols":   {optional: true, good: []any{numbers(64)}, bad: []any{numbers(65)}},
	"Hello.nonce":       exactly(32),

	"ProtocolNumber.number": protocolID,
	"ProtocolNumber.name":   name,

	"Proof.signature":   exactly(64),
	"Protocols.added":   {optional: true, good: []any{numbers(64)}, bad: []any{numbers(65)}},
	"Protocols.removed": {optional: true, good: []any{uint32s(64, 65535)}, bad: []any{uint32s(65, 1), uint32s(1, 0), uint32s(1, 65536)}},
	"ClassReady.class":  {good: []any{uint32(1), uint32(2)}, bad: []any{uint32(0), uint32(3), uint32(math.MaxUint32)}},

	"Arcs.protocol": protocolID,
	"Arcs.count":    arcCount,
	"Arcs.seq":      anyUint64,
	"Arcs.job":      anyUint64,

	"ArcsRefused.protocol": protocolID,
	"ArcsRefused.seq":      anyUint64,
	"ArcsRefused.keep":     arcCount,
	"ArcsRefused.reason":   anyReason,

	"CloseProposal.seen":  anyUint64,
	"CloseAnswer.agreed":  {optional: true, good: []any{true}},
	"NoProtocol.protocol": protocolID,

	"Signal.job":     anyUint64,
	"Signal.from":    peer,
	"Signal.to":      peer,
	"Signal.route":   {optional: true, good: []any{ids(8, id(5))}, bad: []any{ids(9, id(5)), ids(1, nil), ids(1, fill(21)), ids(1, id(0))}},
	"Signal.offer":   body,
	"Signal.answer":  body,
	"Signal.refusal": body,

	"Offer.sdp":          sdp,
	"Offer.incarnation":  anyUint64,
	"Offer.protocol":     name,
	"Answer.sdp":         sdp,
	"Answer.incarnation": anyUint64,
	"Refusal.reason":     anyReason,

	"Introduction.job":      {good: []any{uint64(1), uint64(math.MaxUint64)}, bad: []any{uint64(0)}},
	"Introduction.protocol": name,
	"Introduction.to":       peer,
	"Outcome.job":           anyUint64,
	"Outcome.reason":        anyReason,

	// The rule for chunk 1 of 2.
	"Chunk.id":    anyUint32,
	"Chunk.index": {optional: true, good: []any{uint32(1)}, bad: []any{uint32(2), uint32(math.MaxUint32)}},
	"Chunk.count": {good: []any{uint32(2), uint32(256)}, bad: []any{uint32(0), uint32(1), uint32(257), uint32(math.MaxUint32)}},
	"Chunk.data":  {good: []any{fill(16000)}, bad: []any{[]byte{}, fill(MaxFrame)}},

	"Rendezvous.challenge":       body,
	"Rendezvous.enter":           body,
	"Rendezvous.entered":         body,
	"Rendezvous.contact_request": body,
	"Rendezvous.contact_list":    body,
	"Rendezvous.signal":          body,
	"Rendezvous.gone":            body,
	"Rendezvous.fault":           body,

	"Challenge.nonce":        exactly(32),
	"Enter.room":             {good: []any{"r", strings.Repeat("r", 64)}, bad: []any{"", strings.Repeat("r", 65)}},
	"Enter.public_key":       exactly(32),
	"Enter.signature":        exactly(64),
	"Entered.members":        anyUint32,
	"ContactRequest.request": anyUint64,
	"ContactRequest.count":   {good: []any{uint32(1), uint32(64)}, bad: []any{uint32(0), uint32(65), uint32(math.MaxUint32)}},
	"ContactList.request":    anyUint64,
	"ContactList.peers":      {optional: true, good: []any{ids(64, id(5))}, bad: []any{ids(65, id(5)), ids(1, nil), ids(1, fill(21)), ids(1, id(0))}},
	"Gone.peer":              peer,
	"Gone.job":               anyUint64,
	"Fault.reason":           anyReason,
	"Fault.text":             {optional: true, good: []any{strings.Repeat("t", 256)}, bad: []any{strings.Repeat("t", 257)}},
}
