package hyparview

import (
	"errors"
	"fmt"

	"google.golang.org/protobuf/proto"

	"github.com/n2n-overlay/n2n/messages"
)

// maxNodes is the most nodes that a message can list.
const maxNodes = 64

// The bodies of checked messages.
type (
	join        struct{}
	neighbor    struct{ high bool }
	forwardJoin struct {
		newcomer messages.PeerID
		ttl      int
		path     []messages.PeerID
	}
	disconnect struct {
		leaving bool
		nodes   []entry
	}
	shuffle struct {
		id     uint64
		origin messages.PeerID
		ttl    int
		path   []messages.PeerID
		nodes  []entry
	}
	shuffleReply struct {
		id          uint64
		to, from    messages.PeerID
		route, path []messages.PeerID
		nodes       []entry
	}
)

// reader reads the fields of a message, and keeps the first error.
type reader struct{ err error }

func (r *reader) peer(field string, b []byte) messages.PeerID {
	id, err := messages.PeerIDFromBytes(b)
	if err != nil && r.err == nil {
		r.err = fmt.Errorf("hyparview: %s: %w", field, err)
	}
	return id
}

func (r *reader) peers(field string, list [][]byte) []messages.PeerID {
	if len(list) > messages.MaxRoute {
		r.fail("%s of %d peers: %w", field, len(list), messages.ErrTooBig)
		return nil
	}
	peers := make([]messages.PeerID, len(list))
	for i, b := range list {
		peers[i] = r.peer(field, b)
	}
	return peers
}

func (r *reader) nodes(list []*Node) []entry {
	if len(list) > maxNodes {
		r.fail("%d nodes: %w", len(list), messages.ErrTooBig)
		return nil
	}
	nodes := make([]entry, len(list))
	for i, n := range list {
		nodes[i] = entry{r.peer("node", n.GetPeer()), r.peers("route of a node", n.GetRoute())}
	}
	return nodes
}

func (r *reader) fail(format string, args ...any) {
	if r.err == nil {
		r.err = fmt.Errorf("hyparview: "+format, args...)
	}
}

// hops checks that a walk is no longer than a route may be.
func (r *reader) hops(left uint64, path []messages.PeerID) {
	if left+uint64(len(path)) > messages.MaxRoute {
		r.fail("a walk of %d hops: %w", left+uint64(len(path)), messages.ErrTooBig)
	}
}

func (r *reader) id(id uint64) uint64 {
	if id == 0 {
		r.fail("shuffle 0")
	}
	return id
}

// validate checks a message from a remote peer and returns its body.
func validate(m proto.Message) (any, error) {
	message, ok := m.(*Message)
	if !ok {
		return nil, errors.New("hyparview: not a message of this protocol")
	}
	r := &reader{}
	var body any
	switch b := message.GetBody().(type) {
	case *Message_Join:
		body = join{}
	case *Message_Neighbor:
		body = neighbor{b.Neighbor.GetHigh()}
	case *Message_ForwardJoin:
		f := forwardJoin{r.peer("newcomer", b.ForwardJoin.GetNewcomer()), 0, r.peers("path", b.ForwardJoin.GetPath())}
		r.hops(uint64(b.ForwardJoin.GetTtl()), f.path)
		f.ttl = int(b.ForwardJoin.GetTtl())
		body = f
	case *Message_Disconnect:
		body = disconnect{b.Disconnect.GetLeaving(), r.nodes(b.Disconnect.GetNodes())}
	case *Message_Shuffle:
		body = r.shuffle(b.Shuffle)
	case *Message_ShuffleReply:
		body = r.reply(b.ShuffleReply)
	default:
		r.fail("message without a body")
	}
	return body, r.err
}

func (r *reader) shuffle(m *Shuffle) shuffle {
	s := shuffle{
		id: r.id(m.GetId()), origin: r.peer("origin", m.GetOrigin()),
		path: r.peers("path", m.GetPath()), nodes: r.nodes(m.GetNodes()),
	}
	r.hops(uint64(m.GetTtl()), s.path)
	s.ttl = int(m.GetTtl())
	if s.ttl == 0 {
		r.fail("a shuffle without a hop left")
	}
	return s
}

func (r *reader) reply(m *ShuffleReply) shuffleReply {
	s := shuffleReply{
		id: r.id(m.GetId()), to: r.peer("to", m.GetTo()), from: r.peer("from", m.GetFrom()),
		route: r.peers("route", m.GetRoute()), path: r.peers("path", m.GetPath()), nodes: r.nodes(m.GetNodes()),
	}
	r.hops(uint64(len(s.route)), s.path)
	return s
}

func wirePeers(peers []messages.PeerID) [][]byte {
	var list [][]byte
	for _, p := range peers {
		list = append(list, p.Bytes())
	}
	return list
}

func wireNodes(entries []entry) []*Node {
	var nodes []*Node
	for _, e := range entries {
		nodes = append(nodes, &Node{Peer: e.peer.Bytes(), Route: wirePeers(e.via)})
	}
	return nodes
}

func (join) wire() *Message { return &Message{Body: &Message_Join{Join: &Join{}}} }

func (n neighbor) wire() *Message {
	return &Message{Body: &Message_Neighbor{Neighbor: &Neighbor{High: n.high}}}
}

func (f forwardJoin) wire() *Message {
	return &Message{Body: &Message_ForwardJoin{ForwardJoin: &ForwardJoin{
		Newcomer: f.newcomer.Bytes(), Ttl: uint32(f.ttl), Path: wirePeers(f.path),
	}}}
}

func (d disconnect) wire() *Message {
	return &Message{Body: &Message_Disconnect{Disconnect: &Disconnect{Leaving: d.leaving, Nodes: wireNodes(d.nodes)}}}
}

func (s shuffle) wire() *Message {
	return &Message{Body: &Message_Shuffle{Shuffle: &Shuffle{
		Id: s.id, Origin: s.origin.Bytes(), Ttl: uint32(s.ttl), Path: wirePeers(s.path), Nodes: wireNodes(s.nodes),
	}}}
}

func (s shuffleReply) wire() *Message {
	return &Message{Body: &Message_ShuffleReply{ShuffleReply: &ShuffleReply{
		Id: s.id, To: s.to.Bytes(), From: s.from.Bytes(),
		Route: wirePeers(s.route), Path: wirePeers(s.path), Nodes: wireNodes(s.nodes),
	}}}
}
