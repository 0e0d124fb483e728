package plumtree

import (
	"errors"
	"fmt"

	"google.golang.org/protobuf/proto"

	"github.com/n2n-overlay/n2n/messages"
)

// maxAnnouncements is the most announcements that an IHave can list.
const maxAnnouncements = 1024

// id is a checked ID.
type id struct {
	origin messages.PeerID
	epoch  uint64
	seq    uint64
}

func (i id) wire() *ID { return &ID{Origin: i.origin.Bytes(), Epoch: i.epoch, Seq: i.seq} }

// announcement is a message that a neighbor has, with the number of hops that it would
// have made on arrival from there.
type announcement struct {
	id   id
	hops uint32
}

// The bodies of checked messages.
type (
	gossip struct {
		announcement
		payload []byte
	}
	iHave struct{ announcements []announcement }
	graft struct{ id *id }
	prune struct{}
)

func readID(m *ID) (id, error) {
	origin, err := messages.PeerIDFromBytes(m.GetOrigin())
	if err != nil {
		return id{}, fmt.Errorf("plumtree: origin: %w", err)
	}
	if m.GetSeq() == 0 {
		return id{}, errors.New("plumtree: sequence number 0")
	}
	return id{origin, m.GetEpoch(), m.GetSeq()}, nil
}

func readAnnouncement(m *ID, hops uint32) (announcement, error) {
	i, err := readID(m)
	if err == nil && hops == 0 {
		err = errors.New("plumtree: a message without a hop")
	}
	return announcement{i, hops}, err
}

// validate checks a message from a remote peer and returns its body.
func validate(m proto.Message, maxPayload int) (any, error) {
	message, ok := m.(*Message)
	if !ok {
		return nil, errors.New("plumtree: not a message of this protocol")
	}
	switch b := message.GetBody().(type) {
	case *Message_Gossip:
		if n := len(b.Gossip.GetPayload()); n > maxPayload {
			return nil, fmt.Errorf("plumtree: payload of %d bytes: %w", n, messages.ErrTooBig)
		}
		a, err := readAnnouncement(b.Gossip.GetId(), b.Gossip.GetHops())
		return gossip{a, b.Gossip.GetPayload()}, err
	case *Message_IHave:
		return readIHave(b.IHave.GetAnnouncements())
	case *Message_Graft:
		if b.Graft.GetId() == nil {
			return graft{}, nil
		}
		i, err := readID(b.Graft.GetId())
		return graft{&i}, err
	case *Message_Prune:
		return prune{}, nil
	default:
		return nil, errors.New("plumtree: message without a body")
	}
}

func readIHave(list []*Announcement) (any, error) {
	if len(list) > maxAnnouncements {
		return nil, fmt.Errorf("plumtree: %d announcements: %w", len(list), messages.ErrTooBig)
	}
	m := iHave{make([]announcement, len(list))}
	for i, a := range list {
		var err error
		if m.announcements[i], err = readAnnouncement(a.GetId(), a.GetHops()); err != nil {
			return nil, err
		}
	}
	return m, nil
}

func (m gossip) wire() *Message {
	return &Message{Body: &Message_Gossip{Gossip: &Gossip{Id: m.id.wire(), Hops: m.hops, Payload: m.payload}}}
}

func (m iHave) wire() *Message {
	list := make([]*Announcement, len(m.announcements))
	for i, a := range m.announcements {
		list[i] = &Announcement{Id: a.id.wire(), Hops: a.hops}
	}
	return &Message{Body: &Message_IHave{IHave: &IHave{Announcements: list}}}
}

func (m graft) wire() *Message {
	g := &Graft{}
	if m.id != nil {
		g.Id = m.id.wire()
	}
	return &Message{Body: &Message_Graft{Graft: g}}
}

func (prune) wire() *Message { return &Message{Body: &Message_Prune{Prune: &Prune{}}} }
