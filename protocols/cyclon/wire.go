package cyclon

import (
	"errors"
	"fmt"

	"google.golang.org/protobuf/proto"

	"github.com/n2n-overlay/n2n/messages"
)

// The checked messages that carry entries.
type (
	walk struct {
		newcomer messages.PeerID
		hops     int
		path     []messages.PeerID
	}
	handover struct{ entry entry }
	request  struct {
		exchange uint64
		entries  []entry
	}
	reply struct {
		exchange uint64
		accepted bool
		entries  []entry
	}
	leave struct{ entries []entry } // none or one
)

// validate checks a message from a remote peer and returns its body: a *Join or one
// of the types above.
func validate(m proto.Message) (any, error) {
	message, ok := m.(*Message)
	if !ok {
		return nil, errors.New("cyclon: not a message of this protocol")
	}
	switch b := message.GetBody().(type) {
	case *Message_Join:
		return b.Join, nil
	case *Message_Walk:
		return validateWalk(b.Walk)
	case *Message_Handover:
		e, err := validateEntry(b.Handover.GetEntry())
		return handover{e}, err
	case *Message_ShuffleRequest:
		entries, err := validateEntries(b.ShuffleRequest.GetExchange(), b.ShuffleRequest.GetEntries())
		return request{b.ShuffleRequest.GetExchange(), entries}, err
	case *Message_ShuffleReply:
		entries, err := validateEntries(b.ShuffleReply.GetExchange(), b.ShuffleReply.GetEntries())
		return reply{b.ShuffleReply.GetExchange(), b.ShuffleReply.GetAccepted(), entries}, err
	case *Message_Leave:
		if b.Leave.GetEntry() == nil {
			return leave{}, nil
		}
		e, err := validateEntry(b.Leave.GetEntry())
		return leave{[]entry{e}}, err
	default:
		return nil, errors.New("cyclon: message without a body")
	}
}

func validateWalk(m *Walk) (any, error) {
	w := walk{hops: int(m.GetHops())}
	if w.hops < 1 || w.hops > messages.MaxRoute {
		return nil, fmt.Errorf("cyclon: a walk of %d hops", m.GetHops())
	}
	if len(m.GetPath()) >= messages.MaxRoute {
		return nil, fmt.Errorf("cyclon: a path of %d peers: %w", len(m.GetPath()), messages.ErrTooBig)
	}
	var err error
	if w.newcomer, err = messages.PeerIDFromBytes(m.GetNewcomer()); err != nil {
		return nil, fmt.Errorf("cyclon: newcomer: %w", err)
	}
	for _, b := range m.GetPath() {
		p, err := messages.PeerIDFromBytes(b)
		if err != nil {
			return nil, fmt.Errorf("cyclon: path: %w", err)
		}
		w.path = append(w.path, p)
	}
	return w, nil
}

func validateEntries(exchange uint64, list []*Entry) ([]entry, error) {
	if exchange == 0 {
		return nil, errors.New("cyclon: exchange 0")
	}
	if len(list) > MaxView {
		return nil, fmt.Errorf("cyclon: %d entries: %w", len(list), messages.ErrTooBig)
	}
	entries := make([]entry, len(list))
	for i, l := range list {
		var err error
		if entries[i], err = validateEntry(l); err != nil {
			return nil, err
		}
	}
	return entries, nil
}

func validateEntry(e *Entry) (entry, error) {
	peer, err := messages.PeerIDFromBytes(e.GetPeer())
	if err != nil {
		return entry{}, fmt.Errorf("cyclon: entry: %w", err)
	}
	return entry{peer: peer, age: int(min(e.GetAge(), 2*MaxView))}, nil
}

func wireEntry(e *entry) *Entry { return &Entry{Peer: e.peer.Bytes(), Age: uint32(e.age)} }

func wireEntries(entries []*entry) []*Entry {
	list := make([]*Entry, len(entries))
	for i, e := range entries {
		list[i] = wireEntry(e)
	}
	return list
}

func joinMessage() *Message { return &Message{Body: &Message_Join{Join: &Join{}}} }

func walkMessage(w walk) *Message {
	m := &Walk{Newcomer: w.newcomer.Bytes(), Hops: uint32(w.hops)}
	for _, p := range w.path {
		m.Path = append(m.Path, p.Bytes())
	}
	return &Message{Body: &Message_Walk{Walk: m}}
}

func handoverMessage(e *entry) *Message {
	return &Message{Body: &Message_Handover{Handover: &Handover{Entry: wireEntry(e)}}}
}

func requestMessage(exchange uint64, entries []*entry) *Message {
	return &Message{Body: &Message_ShuffleRequest{ShuffleRequest: &ShuffleRequest{Exchange: exchange, Entries: wireEntries(entries)}}}
}

func replyMessage(exchange uint64, accepted bool, entries []*entry) *Message {
	return &Message{Body: &Message_ShuffleReply{ShuffleReply: &ShuffleReply{
		Exchange: exchange, Accepted: accepted, Entries: wireEntries(entries),
	}}}
}

func leaveMessage(e *entry) *Message {
	m := &Leave{}
	if e != nil {
		m.Entry = wireEntry(e)
	}
	return &Message{Body: &Message_Leave{Leave: m}}
}
