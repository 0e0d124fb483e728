package actors_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

// trial is a room in which somebody sends what no correct peer sends. victim has
// an arc to and from each of smaller, larger and friend; stranger has none. The
// PeerID of smaller is below that of victim, that of larger above it.
type trial struct {
	*room
	smaller, victim, larger, friend, stranger string
	sent                                      map[string]int // by the victim, by type
	jobs                                      map[string]uint64
	swallow                                   string // type of message that does not arrive when the victim sends it
	before                                    map[string]string
	counted                                   map[string]float64
}

func newTrial() *trial { return newTrialOf(nil) }

// newTrialOf makes a trial whose peers have other limits.
func newTrialOf(limit func(*actors.Config)) *trial {
	r := &room{memory: newMemory(), peers: map[string]*member{}, names: map[messages.PeerID]string{}}
	config := actors.DefaultConfig()
	config.Linger = time.Hour
	if limit != nil {
		limit(&config)
	}
	names := []string{"a", "b", "c"}
	for _, name := range []string{"a", "b", "c", "d", "e"} {
		r.startIn(name, r.world(name), config)
	}
	slices.SortFunc(names, func(x, y string) int { return r.id(x).Compare(r.id(y)) })
	t := &trial{
		room: r, smaller: names[0], victim: names[1], larger: names[2], friend: "d", stranger: "e",
		sent: map[string]int{}, jobs: map[string]uint64{},
	}
	r.join("a", "b", "c", "d", "e")
	for _, name := range []string{t.smaller, t.larger, t.friend} {
		r.open(name, t.victim)
		r.open(t.victim, name)
	}
	r.spawn(t.victim, protocols.Protocol{Name: "refuser", Introductions: protocols.Refuse})
	r.spawn(t.smaller, protocols.Protocol{Name: "refuser", Introductions: protocols.Refuse})
	r.spawn(t.smaller, protocols.Protocol{Name: "alien"})
	r.run(time.Second)
	r.intercept = func(c *memoryConn, m proto.Message, frame []byte) []byte {
		if c.transport.self != r.id(t.victim) {
			return frame
		}
		kind := "envelope"
		if m != nil {
			kind = string(m.ProtoReflect().Descriptor().Name())
		}
		t.sent[kind]++
		switch m := m.(type) {
		case *messages.Signal:
			t.jobs[kind] = m.GetJob()
		case *messages.Introduction:
			t.jobs[kind] = m.GetJob()
		}
		if kind == t.swallow {
			return nil
		}
		return frame
	}
	return t
}

func (t *trial) victimID() messages.PeerID { return t.id(t.victim) }

// state is all that a peer knows but for its sums.
func (t *trial) state(name string) string {
	s := t.snapshot(name)
	text := ""
	for _, protocol := range slices.Sorted(maps.Keys(s.Views)) {
		v := s.Views[protocol]
		text += fmt.Sprintf("%s: out %v in %v\n", protocol, slices.Collect(v.Out.All()), slices.Collect(v.In.All()))
	}
	return text + fmt.Sprintf("connections %v lingering %v pending %v held %v", s.Connections, s.Lingering, s.Pending, s.Held)
}

// begin remembers how things are.
func (t *trial) begin() {
	t.before = map[string]string{}
	for name := range t.peers {
		t.before[name] = t.state(name)
		t.peers[name].lastly()
	}
	t.counted = t.snapshot(t.victim).Counters
	t.sent = map[string]int{}
}

// unchanged asserts that the named peers are as they were and heard nothing.
func (t *trial) unchanged(names ...string) {
	GinkgoHelper()
	for _, name := range names {
		Expect(t.state(name)).To(Equal(t.before[name]), "the state of %s", name)
		Expect(t.peers[name].events).To(BeEmpty(), "the events of %s", name)
	}
}

// rose asserts which sums of the victim rose, and by how much.
func (t *trial) rose(want map[string]float64) {
	GinkgoHelper()
	rose := map[string]float64{}
	for name, sum := range t.snapshot(t.victim).Counters {
		if d := sum - t.counted[name]; d != 0 {
			rose[name] = d
		}
	}
	if want == nil {
		want = map[string]float64{}
	}
	Expect(rose).To(Equal(want), "what was counted")
}

// badMessage is a row: what a neighbour sends, and all that it comes to.
type badMessage struct {
	fields  string // those of wire.proto that are wrong, or of the message that comes at a wrong time
	what    string
	limit   func(*actors.Config)
	larger  bool // it is the larger neighbour that sends it
	class   protocols.Delivery
	prepare func(*trial)
	send    func(*trial) []proto.Message     // control messages
	raw     func(*trial) []messages.Envelope // or envelopes
	counts  map[string]float64
	replies map[string]int
	wait    time.Duration // before the state is compared; default: past every deadline
	ends    bool          // the sender's connection, and only that
}

func (row badMessage) from(t *trial) string {
	if row.larger {
		return t.larger
	}
	return t.smaller
}

func (row badMessage) envelopes(t *trial) (all []messages.Envelope) {
	if row.raw != nil {
		return row.raw(t)
	}
	for _, m := range row.send(t) {
		all = append(all, control(m))
	}
	return all
}

// try sends a row's messages in one frame and checks everything.
func (row badMessage) try(t *trial) {
	GinkgoHelper()
	if row.prepare != nil {
		row.prepare(t)
	}
	sender := row.from(t)
	t.begin()
	var frame []byte
	for _, e := range row.envelopes(t) {
		var err error
		frame, err = messages.AppendEnvelope(frame, e)
		Expect(err).NotTo(HaveOccurred())
	}
	t.conn(sender, t.victim).deliver(row.class, frame)
	wait := row.wait
	if wait == 0 {
		wait = time.Minute
	}
	t.run(wait)
	t.rose(row.counts)
	if row.replies == nil {
		row.replies = map[string]int{}
	}
	Expect(t.sent).To(Equal(row.replies), "what the victim sent")
	others := slices.DeleteFunc([]string{t.smaller, t.larger, t.friend, t.stranger}, func(name string) bool { return name == sender })
	t.unchanged(others...)
	if !row.ends {
		t.unchanged(sender, t.victim)
		return
	}
	id := t.id(sender)
	Expect(t.peers[t.victim].lastly()).To(HaveExactElements(
		messages.PeerDown{Peer: id, Out: 1, In: 1, Cause: messages.CauseCrashed},
		messages.ArcClosed{Peer: id, Dir: messages.Out, Cause: messages.CauseCrashed},
		messages.ArcClosed{Peer: id, Dir: messages.In, Cause: messages.CauseCrashed},
	))
	Expect(t.snapshot(t.victim).Connections).To(HaveLen(2))
	Expect(t.open(sender, t.victim)).To(BeAssignableToTypeOf(messages.ArcOpened{}), "it may come again")
}

// controlFields lists the fields of all control messages, and of the messages
// in them.
func controlFields() (kinds, fields []string) {
	seen := map[protoreflect.FullName]bool{}
	var visit func(m protoreflect.MessageDescriptor)
	visit = func(m protoreflect.MessageDescriptor) {
		if seen[m.FullName()] {
			return
		}
		seen[m.FullName()] = true
		for i := range m.Fields().Len() {
			f := m.Fields().Get(i)
			fields = append(fields, string(m.Name())+"."+string(f.Name()))
			if f.Message() != nil {
				visit(f.Message())
			}
		}
	}
	packet := new(messages.Packet).ProtoReflect().Descriptor().Fields()
	for i := range packet.Len() {
		if m := packet.Get(i).Message(); m != nil {
			kinds = append(kinds, string(m.Name()))
			visit(m)
		} else {
			fields = append(fields, "Packet."+string(packet.Get(i).Name()))
		}
	}
	return kinds, fields
}

// missingFrom lists what none of the rows names.
func missingFrom(rows []string, want []string) (missing []string) {
	named := map[string]bool{}
	for _, row := range rows {
		for _, field := range strings.Fields(row) {
			named[field] = true
		}
	}
	for _, field := range want {
		if !named[field] {
			missing = append(missing, field)
		}
	}
	return missing
}
