package arcs

import (
	"crypto/sha256"
	"encoding/binary"
	"hash"

	"google.golang.org/protobuf/proto"
)

// trace hashes the deliveries of one peer, in their order.
type trace struct {
	hash hash.Hash
	head []byte
	body []byte
}

func newTrace() *trace { return &trace{hash: sha256.New()} }

// add takes one delivery.
func (t *trace) add(w *World, e *event) {
	t.body = t.body[:0]
	if m, ok := e.body.(proto.Message); ok {
		var err error
		if t.body, err = (proto.MarshalOptions{Deterministic: true}).MarshalAppend(t.body, m); err != nil {
			t.body = append(t.body[:0], err.Error()...)
		}
	}
	sum := sha256.Sum256(t.body)
	h := binary.BigEndian.AppendUint64(t.head[:0], uint64(e.at))
	h = append(h, w.index.ids[e.dst][:]...)
	h = append(h, w.index.ids[e.src][:]...)
	h = binary.BigEndian.AppendUint32(h, e.seq)
	h = append(h, byte(e.kind), byte(e.class), byte(e.protocol))
	for _, n := range [...]uint64{e.conn, e.job, uint64(e.a), uint64(e.b), uint64(e.size), uint64(e.reason)} {
		h = binary.BigEndian.AppendUint64(h, n)
	}
	h = append(h, sum[:]...)
	_, _ = t.hash.Write(h)
	t.head = h
}
