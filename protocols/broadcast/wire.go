package broadcast

import (
	"errors"
	"fmt"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/n2n-overlay/n2n/messages"
)

const (
	// maxListed is the most entries of a Have or a Want.
	maxListed = 1024
	// maxAfter is the most messages that a message can name as coming before it.
	maxAfter = 256
	// maxSeq is the highest sequence number. Adding a little to it does not
	// overflow.
	maxSeq = 1 << 62
	// maxAge is the largest age in an Ask, in milliseconds: 35 years.
	maxAge = 1 << 40
)

func sourceOf(i MessageID) source { return source{i.Origin, i.Epoch} }

func (s source) id(seq uint64) MessageID {
	return MessageID{Origin: s.origin, Epoch: s.epoch, Seq: seq}
}

func wireID(i MessageID) *ID { return &ID{Origin: i.Origin.Bytes(), Epoch: i.Epoch, Seq: i.Seq} }

// span is a checked Span.
type span struct {
	source
	first, fresh, last uint64
}

func (s span) wire() *Span {
	return &Span{Origin: s.origin.Bytes(), Epoch: s.epoch, First: s.first, Fresh: s.fresh, Last: s.last}
}

// ids is a checked Range.
type ids struct {
	source
	first, last uint64
}

func (i ids) wire() *Range {
	return &Range{Origin: i.origin.Bytes(), Epoch: i.epoch, First: i.first, Last: i.last}
}

// The checked messages of remote peers.
type (
	flood struct {
		id      MessageID
		after   []MessageID
		hops    uint32
		payload []byte
	}
	have struct{ spans []span }
	want struct{ ranges []ids }
	ask  struct {
		digest uint64
		age    time.Duration
	}
)

// validate checks a message from a remote peer and returns its body.
func validate(m proto.Message, maxPayload int) (any, error) {
	message, ok := m.(*Message)
	if !ok {
		return nil, errors.New("broadcast: not a message of this protocol")
	}
	switch b := message.GetBody().(type) {
	case *Message_Flood:
		return validateFlood(b.Flood, maxPayload)
	case *Message_Have:
		return validateHave(b.Have)
	case *Message_Want:
		return validateWant(b.Want)
	case *Message_Ask:
		return ask{b.Ask.GetDigest(), time.Duration(min(b.Ask.GetAge(), maxAge)) * time.Millisecond}, nil
	default:
		return nil, errors.New("broadcast: message without a body")
	}
}

func validateFlood(m *Flood, maxPayload int) (flood, error) {
	ids, err := checkIDs([]*ID{m.GetId()}, 1)
	if err != nil {
		return flood{}, err
	}
	after, err := checkIDs(m.GetAfter(), maxAfter)
	if err != nil {
		return flood{}, err
	}
	if m.GetHops() == 0 {
		return flood{}, errors.New("broadcast: flood without a hop")
	}
	if n := len(m.GetPayload()); n > maxPayload {
		return flood{}, fmt.Errorf("broadcast: payload of %d bytes: %w", n, messages.ErrTooBig)
	}
	return flood{ids[0], after, m.GetHops(), m.GetPayload()}, nil
}

func validateHave(m *Have) (have, error) {
	if n := len(m.GetSpans()); n > maxListed {
		return have{}, fmt.Errorf("broadcast: %d spans: %w", n, messages.ErrTooBig)
	}
	spans := make([]span, len(m.GetSpans()))
	for i, s := range m.GetSpans() {
		origin, err := messages.PeerIDFromBytes(s.GetOrigin())
		if err != nil {
			return have{}, fmt.Errorf("broadcast: origin: %w", err)
		}
		first, fresh, last := s.GetFirst(), s.GetFresh(), s.GetLast()
		if first == 0 || last < first-1 || fresh < first || last < fresh-1 || last > maxSeq {
			return have{}, fmt.Errorf("broadcast: span of %d to %d, fresh from %d", first, last, fresh)
		}
		spans[i] = span{source{origin, s.GetEpoch()}, first, fresh, last}
	}
	return have{spans}, nil
}

func validateWant(m *Want) (want, error) {
	if n := len(m.GetRanges()); n > maxListed {
		return want{}, fmt.Errorf("broadcast: %d ranges: %w", n, messages.ErrTooBig)
	}
	ranges := make([]ids, len(m.GetRanges()))
	for i, r := range m.GetRanges() {
		origin, err := messages.PeerIDFromBytes(r.GetOrigin())
		if err != nil {
			return want{}, fmt.Errorf("broadcast: origin: %w", err)
		}
		first, last := r.GetFirst(), r.GetLast()
		if first == 0 || last < first || last > maxSeq {
			return want{}, fmt.Errorf("broadcast: range of %d to %d", first, last)
		}
		ranges[i] = ids{source{origin, r.GetEpoch()}, first, last}
	}
	return want{ranges}, nil
}

func checkIDs(listed []*ID, most int) ([]MessageID, error) {
	if len(listed) > most {
		return nil, fmt.Errorf("broadcast: %d ids: %w", len(listed), messages.ErrTooBig)
	}
	ids := make([]MessageID, len(listed))
	for i, l := range listed {
		origin, err := messages.PeerIDFromBytes(l.GetOrigin())
		if err != nil {
			return nil, fmt.Errorf("broadcast: origin: %w", err)
		}
		if l.GetSeq() == 0 || l.GetSeq() > maxSeq {
			return nil, fmt.Errorf("broadcast: sequence number %d", l.GetSeq())
		}
		ids[i] = MessageID{Origin: origin, Epoch: l.GetEpoch(), Seq: l.GetSeq()}
	}
	return ids, nil
}

// message returns the broadcast for the next hop.
func (f flood) message() *Message {
	hops := f.hops
	if hops+1 > hops {
		hops++
	}
	return &Message{Body: &Message_Flood{Flood: &Flood{Id: wireID(f.id), Hops: hops, Payload: f.payload, After: wires(f.after)}}}
}

func (h have) message() *Message {
	spans := make([]*Span, len(h.spans))
	for i, s := range h.spans {
		spans[i] = s.wire()
	}
	return &Message{Body: &Message_Have{Have: &Have{Spans: spans}}}
}

func (w want) message() *Message {
	ranges := make([]*Range, len(w.ranges))
	for i, r := range w.ranges {
		ranges[i] = r.wire()
	}
	return &Message{Body: &Message_Want{Want: &Want{Ranges: ranges}}}
}

func (a ask) message() *Message {
	return &Message{Body: &Message_Ask{Ask: &Ask{Digest: a.digest, Age: uint64(a.age.Milliseconds())}}}
}

func wires(ids []MessageID) []*ID {
	if len(ids) == 0 {
		return nil
	}
	all := make([]*ID, len(ids))
	for i, id := range ids {
		all[i] = wireID(id)
	}
	return all
}
