package sim

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash"
	"slices"

	"google.golang.org/protobuf/proto"
)

// trace hashes the deliveries of one peer, in their order.
type trace struct {
	hash hash.Hash
	head []byte
	body []byte
}

func newTrace() *trace { return &trace{hash: sha256.New()} }

// add takes one delivery: time, destination, source, sequence, kind, size and
// the hash of the body.
func (t *trace) add(e *delivery) {
	t.body = t.body[:0]
	kind := "envelope"
	if m := e.envelope.Message; m != nil {
		kind = string(m.ProtoReflect().Descriptor().FullName())
		var err error
		if t.body, err = (proto.MarshalOptions{Deterministic: true}).MarshalAppend(t.body, m); err != nil {
			t.body = append(t.body[:0], err.Error()...)
		}
	} else {
		t.body = append(t.body, e.envelope.Payload...)
	}
	sum := sha256.Sum256(t.body)
	h := binary.BigEndian.AppendUint64(t.head[:0], uint64(e.at))
	h = append(h, e.dst.id[:]...)
	h = append(h, e.src.id[:]...)
	h = binary.BigEndian.AppendUint64(h, e.seq)
	h = binary.BigEndian.AppendUint32(h, e.envelope.Protocol)
	h = binary.BigEndian.AppendUint32(h, uint32(len(kind)))
	h = append(h, kind...)
	h = binary.BigEndian.AppendUint64(h, uint64(e.size))
	h = append(h, sum[:]...)
	_, _ = t.hash.Write(h)
	t.head = h
}

// TraceHash is SHA-256 over every delivery, per peer in order and then over the
// peers in PeerID order, in hexadecimal. Empty unless Config.Trace is set.
func (w *World) TraceHash() string {
	if !w.config.Trace {
		return ""
	}
	nodes := make([]*node, 0, len(w.nodes))
	for _, n := range w.nodes {
		nodes = append(nodes, n)
	}
	slices.SortFunc(nodes, func(a, b *node) int { return a.id.Compare(b.id) })
	total := sha256.New()
	for _, n := range nodes {
		_, _ = total.Write(n.id[:])
		_, _ = total.Write(n.trace.hash.Sum(nil))
	}
	return hex.EncodeToString(total.Sum(nil))
}
