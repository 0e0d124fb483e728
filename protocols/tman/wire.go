package tman

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/n2n-overlay/n2n/messages"
)

// maxVersion bounds versions. A peer cannot issue a descriptor newer than that.
const maxVersion = 1 << 48

// The checked messages of remote peers. exchange is the number of the exchange, and
// own is the sender's descriptor.
type (
	request struct {
		exchange uint64
		own      Descriptor
		sample   []hearsay
	}
	reply struct {
		exchange uint64
		own      Descriptor
		sample   []hearsay // nil for an answer
	}
	question struct{ exchange uint64 }
)

// hearsay is a descriptor that a peer other than its owner tells of.
type hearsay struct {
	Descriptor
	age   time.Duration
	route []messages.PeerID // the relays from us, nearest first
}

// validate checks a message from a remote peer and returns its body.
func (h *handler) validate(m proto.Message, from, self messages.PeerID) (any, error) {
	message, ok := m.(*Message)
	if !ok {
		return nil, errors.New("tman: not a message of this protocol")
	}
	var exchange uint64
	var own *Own
	var sample []*Candidate
	var body any
	switch b := message.GetBody().(type) {
	case *Message_ExchangeRequest:
		exchange, own, sample = b.ExchangeRequest.GetExchange(), b.ExchangeRequest.GetOwn(), b.ExchangeRequest.GetSample()
		body = request{}
	case *Message_ExchangeReply:
		exchange, own, sample = b.ExchangeReply.GetExchange(), b.ExchangeReply.GetOwn(), b.ExchangeReply.GetSample()
		body = reply{}
	case *Message_Answer:
		exchange, own = b.Answer.GetExchange(), b.Answer.GetOwn()
		body = reply{}
	case *Message_Ask:
		exchange, body = b.Ask.GetExchange(), question{b.Ask.GetExchange()}
	default:
		return nil, errors.New("tman: message without a body")
	}
	if exchange == 0 {
		return nil, errors.New("tman: exchange 0")
	}
	if _, asks := body.(question); asks {
		return body, nil
	}
	d, err := h.descriptor(from, own.GetData(), own.GetVersion())
	if err != nil {
		return nil, err
	}
	heard, err := h.candidates(sample, from, self)
	if err != nil {
		return nil, err
	}
	if _, asks := body.(request); asks {
		return request{exchange, d, heard}, nil
	}
	return reply{exchange, d, heard}, nil
}

func (h *handler) descriptor(peer messages.PeerID, data []byte, version uint64) (Descriptor, error) {
	if len(data) > MaxData {
		return Descriptor{}, fmt.Errorf("tman: descriptor of %d bytes: %w", len(data), messages.ErrTooBig)
	}
	if version == 0 || version > maxVersion {
		return Descriptor{}, fmt.Errorf("tman: descriptor of version %d", version)
	}
	if err := h.config.Rank.Check(data); err != nil {
		return Descriptor{}, err
	}
	return Descriptor{Peer: peer, Data: data, Version: version}, nil
}

func (h *handler) candidates(sample []*Candidate, from, self messages.PeerID) ([]hearsay, error) {
	if len(sample) > MaxSample {
		return nil, fmt.Errorf("tman: %d descriptors: %w", len(sample), messages.ErrTooBig)
	}
	heard := make([]hearsay, len(sample))
	for i, c := range sample {
		peer, err := messages.PeerIDFromBytes(c.GetPeer())
		if err != nil {
			return nil, fmt.Errorf("tman: peer: %w", err)
		}
		d, err := h.descriptor(peer, c.GetData(), c.GetVersion())
		if err != nil {
			return nil, err
		}
		route, err := routeTo(peer, c.GetRoute(), from, self)
		if err != nil {
			return nil, err
		}
		heard[i] = hearsay{d, time.Duration(c.GetAge()) * time.Millisecond, route}
	}
	return heard, nil
}

// routeTo reads the relays to a peer. If the way leads through us, only the rest of
// it is kept. The rest is empty if we are the last relay.
func routeTo(peer messages.PeerID, relays [][]byte, from, self messages.PeerID) ([]messages.PeerID, error) {
	if len(relays) >= messages.MaxRoute {
		return nil, fmt.Errorf("tman: route of %d relays: %w", len(relays), messages.ErrTooBig)
	}
	route := make([]messages.PeerID, 1, len(relays)+1)
	route[0] = from
	for _, r := range relays {
		relay, err := messages.PeerIDFromBytes(r)
		if err != nil {
			return nil, fmt.Errorf("tman: relay: %w", err)
		}
		if relay == peer || slices.Contains(route, relay) {
			return nil, errors.New("tman: route that runs in a circle")
		}
		route = append(route, relay)
	}
	return route[slices.Index(route, self)+1:], nil
}

func wireOwn(d Descriptor) *Own { return &Own{Data: d.Data, Version: d.Version} }

func exchangeRequest(exchange uint64, own Descriptor, sample []*Candidate) *Message {
	return &Message{Body: &Message_ExchangeRequest{ExchangeRequest: &ExchangeRequest{Exchange: exchange, Own: wireOwn(own), Sample: sample}}}
}

func exchangeReply(exchange uint64, own Descriptor, sample []*Candidate) *Message {
	return &Message{Body: &Message_ExchangeReply{ExchangeReply: &ExchangeReply{Exchange: exchange, Own: wireOwn(own), Sample: sample}}}
}

func ask(exchange uint64) *Message {
	return &Message{Body: &Message_Ask{Ask: &Ask{Exchange: exchange}}}
}

func answer(exchange uint64, own Descriptor) *Message {
	return &Message{Body: &Message_Answer{Answer: &Answer{Exchange: exchange, Own: wireOwn(own)}}}
}
