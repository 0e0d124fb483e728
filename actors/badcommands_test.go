//go:build !js

package actors_test

import (
	"context"
	"go/ast"
	"go/parser"
	"go/token"
	"reflect"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

// badCommand is a row: a command that the victim's lab is sent, and how it fails.
type badCommand struct {
	what    string
	limit   func(*actors.Config)
	prepare func(*trial)
	make    func(*trial, messages.Ticket) any
	op      messages.Op   // default: that of the command
	code    messages.Code // empty: nothing is told
	counts  sums          // beside that of failures
	wait    time.Duration // default: past every deadline
}

func open(t *trial, ticket messages.Ticket, name string, via ...string) any {
	c := messages.Open{Ticket: ticket, Peer: t.id(name)}
	for _, v := range via {
		c.Via = append(c.Via, t.id(v))
	}
	return c
}

// toward makes a row's command to a peer: a name of the trial, "zero" or "nobody".
func toward(command func(messages.Ticket, messages.PeerID) any, name string) func(*trial, messages.Ticket) any {
	return func(t *trial, ticket messages.Ticket) any { return command(ticket, t.named(name)) }
}

func (t *trial) named(name string) messages.PeerID {
	switch name {
	case "zero":
		return messages.PeerID{}
	case "nobody":
		return stranger(1)
	case "self":
		return t.victimID()
	case "stranger":
		return t.id(t.stranger)
	default:
		return t.id(t.friend)
	}
}

// first makes the victim's lab obey a command before the row's.
func first(command func(messages.Ticket, messages.PeerID) any) func(*trial) {
	return func(t *trial) {
		Expect(t.do(t.victim, func(ticket messages.Ticket) any { return command(ticket, t.id(t.friend)) })).NotTo(BeAssignableToTypeOf(messages.Failed{}))
	}
}

func toClose(t messages.Ticket, p messages.PeerID) any  { return messages.Close{Ticket: t, Peer: p} }
func toLock(t messages.Ticket, p messages.PeerID) any   { return messages.Lock{Ticket: t, Peer: p} }
func toUnlock(t messages.Ticket, p messages.PeerID) any { return messages.Unlock{Ticket: t, Peer: p} }
func toDrop(t messages.Ticket, p messages.PeerID) any   { return messages.Drop{Ticket: t, Peer: p} }
func toInvite(t messages.Ticket, p messages.PeerID) any { return messages.Invite{Ticket: t, Peer: p} }
func toOpen(t messages.Ticket, p messages.PeerID) any   { return messages.Open{Ticket: t, Peer: p} }

func toContacts(n int) func(*trial, messages.Ticket) any {
	return func(_ *trial, t messages.Ticket) any { return messages.ContactsOf{Ticket: t, N: n} }
}

func toSend(name string, m proto.Message) func(*trial, messages.Ticket) any {
	return func(t *trial, ticket messages.Ticket) any {
		return messages.Send{Ticket: ticket, To: t.named(name), Message: m}
	}
}

func toIntroduce(from, to string, views messages.Views) func(*trial, messages.Ticket) any {
	return func(t *trial, ticket messages.Ticket) any {
		return messages.Introduce{Ticket: ticket, From: t.named(from), To: t.named(to), Views: views}
	}
}

// farAway asks for an arc over nine relays that do not exist.
func farAway(t *trial, ticket messages.Ticket) any {
	c := messages.Open{Ticket: ticket, Peer: t.id(t.stranger)}
	for i := range 9 {
		c.Via = append(c.Via, stranger(i))
	}
	return c
}

var (
	text  = wrapperspb.Bytes([]byte("x"))
	dials = sums{"dials": 1, "attempts_failed": 1}
)

var badCommands = []badCommand{
	{what: "open to nobody at all", make: toward(toOpen, "zero"), code: messages.ErrUnknownPeer},
	{what: "open to itself", make: toward(toOpen, "self"), code: messages.ErrSelf},
	{what: "open to one that is not in the room", make: toward(toOpen, "nobody"), code: messages.ErrUnknownPeer, counts: dials},
	{what: "open without a room or a relay", prepare: outside, make: toward(toOpen, "stranger"), code: messages.ErrUnknownPeer},
	{what: "open through nine relays", make: farAway, code: messages.ErrTooBig},
	{what: "open through nine relays beside an attempt", prepare: dialling, make: farAway, code: messages.ErrTooBig, wait: moment},
	{
		what: "open through itself", code: messages.ErrUnknownPeer,
		make: func(t *trial, ticket messages.Ticket) any { return open(t, ticket, t.stranger, t.friend, t.victim) },
	},
	{
		what: "open through itself beside an attempt", prepare: dialling, code: messages.ErrUnknownPeer, wait: moment,
		make: func(t *trial, ticket messages.Ticket) any { return open(t, ticket, t.stranger, t.friend, t.victim) },
	},
	{
		what: "open through its target", code: messages.ErrUnknownPeer,
		make: func(t *trial, ticket messages.Ticket) any { return open(t, ticket, t.stranger, t.friend, t.stranger) },
	},
	{
		what: "open through the same relay twice", code: messages.ErrUnknownPeer,
		make: func(t *trial, ticket messages.Ticket) any { return open(t, ticket, t.stranger, t.friend, t.friend) },
	},
	{
		what: "open through nobody", code: messages.ErrUnknownPeer,
		make: func(t *trial, ticket messages.Ticket) any {
			return messages.Open{Ticket: ticket, Peer: t.id(t.stranger), Via: []messages.PeerID{{}}}
		},
	},
	{
		what: "open through one that is no neighbour", prepare: outside, code: messages.ErrNotNeighbor,
		make: func(t *trial, ticket messages.Ticket) any {
			return messages.Open{Ticket: ticket, Peer: t.id(t.stranger), Via: []messages.PeerID{stranger(1)}}
		},
	},
	{
		what: "open one arc over the limit", make: toward(toOpen, "friend"), code: messages.ErrFull,
		prepare: func(t *trial) {
			for range 255 {
				t.ask(t.victim, func(ticket messages.Ticket) any { return toOpen(ticket, t.id(t.friend)) })
			}
			t.run(time.Second)
			Expect(t.snapshot(t.victim).Views["lab"].Out.Count(t.id(t.friend))).To(Equal(256))
		},
	},

	{
		what: "open more at a time than the limit", limit: func(c *actors.Config) { c.MaxOpens = 1 }, prepare: dialling, wait: moment,
		make: toward(toOpen, "stranger"), code: messages.ErrFull, counts: sums{"opens_refused_full": 1},
	},
	{
		what: "open more connections at a time than the limit", limit: func(c *actors.Config) { c.MaxHalfOpen = 1 }, prepare: dialling, wait: moment,
		make: toward(toOpen, "nobody"), code: messages.ErrFull, counts: sums{"connections_refused_full": 1},
	},
	{
		what: "open more connections than the limit", limit: func(c *actors.Config) { c.MaxConnections = 3 },
		make: toward(toOpen, "nobody"), code: messages.ErrFull, counts: sums{"connections_refused_full": 1},
	},

	{what: "close to nobody at all", make: toward(toClose, "zero"), code: messages.ErrNoArc},
	{what: "close to itself", make: toward(toClose, "self"), code: messages.ErrNoArc},
	{what: "close to a stranger", make: toward(toClose, "stranger"), code: messages.ErrNoArc},
	{what: "close twice", prepare: first(toClose), make: toward(toClose, "friend"), code: messages.ErrNoArc},
	{what: "close a locked arc", prepare: first(toLock), make: toward(toClose, "friend"), code: messages.ErrLocked},

	{what: "lock to nobody at all", make: toward(toLock, "zero"), code: messages.ErrNoArc},
	{what: "lock to itself", make: toward(toLock, "self"), code: messages.ErrNoArc},
	{what: "lock to a stranger", make: toward(toLock, "stranger"), code: messages.ErrNoArc},
	{what: "lock twice", prepare: first(toLock), make: toward(toLock, "friend"), code: messages.ErrLocked},

	{what: "unlock to nobody at all", make: toward(toUnlock, "zero"), code: messages.ErrNoArc},
	{what: "unlock to itself", make: toward(toUnlock, "self"), code: messages.ErrNoArc},
	{what: "unlock to a stranger", make: toward(toUnlock, "stranger"), code: messages.ErrNoArc},
	{what: "unlock what is not locked", make: toward(toUnlock, "friend"), code: messages.ErrNotLocked},

	{what: "drop of nobody at all", make: toward(toDrop, "zero"), code: messages.ErrNoArc},
	{what: "drop of itself", make: toward(toDrop, "self"), code: messages.ErrNoArc},
	{what: "drop of a stranger", make: toward(toDrop, "stranger"), code: messages.ErrNoArc},
	{what: "drop twice", prepare: first(toDrop), make: toward(toDrop, "friend"), code: messages.ErrNoArc},

	{what: "introduce nobody to nobody", make: toIntroduce("zero", "zero", messages.Views{}), code: messages.ErrSelf},
	{what: "introduce a peer to itself", make: toIntroduce("friend", "friend", messages.Views{}), code: messages.ErrSelf},
	{what: "introduce itself to itself", make: toIntroduce("self", "self", messages.Views{}), op: messages.OpInvite, code: messages.ErrSelf},
	{what: "introduce itself to nobody", make: toIntroduce("self", "zero", messages.Views{}), op: messages.OpOpen, code: messages.ErrUnknownPeer},
	{what: "introduce nobody to itself", make: toIntroduce("zero", "self", messages.Views{}), op: messages.OpInvite, code: messages.ErrNotNeighbor},
	{what: "introduce a stranger", make: toIntroduce("stranger", "friend", messages.Views{}), code: messages.ErrNotNeighbor},
	{what: "introduce to a stranger", make: toIntroduce("friend", "stranger", messages.Views{}), code: messages.ErrNotNeighbor},
	{
		what: "introduce from a view that does not hold it", prepare: first(toClose), code: messages.ErrNotInView,
		make: func(t *trial, ticket messages.Ticket) any {
			return messages.Introduce{Ticket: ticket, From: t.id(t.friend), To: t.id(t.larger), Views: messages.Views{From: messages.OutView}}
		},
	},
	{
		what: "introduce to a view that does not hold it", prepare: first(toDrop), code: messages.ErrNotInView,
		make: func(t *trial, ticket messages.Ticket) any {
			return messages.Introduce{Ticket: ticket, From: t.id(t.larger), To: t.id(t.friend), Views: messages.Views{To: messages.InView}}
		},
	},
	{
		what: "introduce from a view that does not exist", code: messages.ErrNotInView,
		make: func(t *trial, ticket messages.Ticket) any {
			return messages.Introduce{Ticket: ticket, From: t.id(t.larger), To: t.id(t.friend), Views: messages.Views{From: 9}}
		},
	},

	{
		what: "introduce more at a time than the limit", limit: func(c *actors.Config) { c.MaxJobs = 1 }, prepare: introducing, wait: moment,
		make: func(t *trial, ticket messages.Ticket) any {
			return messages.Introduce{Ticket: ticket, From: t.id(t.smaller), To: t.id(t.friend)}
		},
		code: messages.ErrFull, counts: sums{"jobs_refused_full": 1},
	},

	{what: "invite nobody at all", make: toward(toInvite, "zero"), code: messages.ErrNotNeighbor},
	{what: "invite itself", make: toward(toInvite, "self"), code: messages.ErrSelf},
	{what: "invite a stranger", make: toward(toInvite, "stranger"), code: messages.ErrNotNeighbor},

	{what: "no contacts", make: toContacts(0), code: messages.ErrTooBig},
	{what: "fewer contacts than none", make: toContacts(-1), code: messages.ErrTooBig},
	{what: "65 contacts", make: toContacts(65), code: messages.ErrTooBig},
	{what: "contacts outside a room", prepare: outside, make: toContacts(64), code: messages.ErrTimeout},

	{
		what: "contacts more often at a time than the limit", make: toContacts(1), code: messages.ErrFull, wait: moment,
		prepare: func(t *trial) {
			outside(t)
			for range 64 {
				t.ask(t.victim, func(ticket messages.Ticket) any { return messages.ContactsOf{Ticket: ticket, N: 1} })
			}
			t.run(0)
		},
	},

	{what: "send to nobody at all", make: toSend("zero", text), code: messages.ErrNotNeighbor},
	{what: "send to itself", make: toSend("self", text), code: messages.ErrSelf},
	{what: "send to a stranger", make: toSend("stranger", text), code: messages.ErrNotNeighbor},
	{what: "send nothing", make: toSend("friend", nil), code: messages.ErrNoProtocol},
	{what: "send a nil message", make: toSend("friend", (*wrapperspb.BytesValue)(nil)), code: messages.ErrNoProtocol},
	{what: "send a message of another type", make: toSend("friend", wrapperspb.String("x")), code: messages.ErrNoProtocol},
	{what: "send a control message", make: toSend("friend", &messages.Leave{}), code: messages.ErrNoProtocol},
	{
		what: "send more than a message can hold", make: toSend("friend", wrapperspb.Bytes(make([]byte, messages.MaxMessage))),
		code: messages.ErrTooBig, counts: sums{"messages_sent": 1},
	},

	{what: "tell a protocol that does not run here", make: func(*trial, messages.Ticket) any { return messages.Tell{Protocol: "none", Event: 1} }},
	{what: "tell nobody anything", make: func(*trial, messages.Ticket) any { return messages.Tell{} }},
}

// ops are the operations of the commands that end with an event.
var ops = map[string]messages.Op{
	"Open": messages.OpOpen, "Close": messages.OpClose, "Lock": messages.OpLock, "Unlock": messages.OpUnlock, "Drop": messages.OpDrop,
	"Introduce": messages.OpIntroduce, "Invite": messages.OpInvite, "ContactsOf": messages.OpContacts, "Send": messages.OpSend,
}

var _ = Describe("a bad command", func() {
	var t *trial
	BeforeEach(func() { t = newTrial() })

	for _, row := range badCommands {
		It("gets its typed error and changes nothing: "+row.what, func() {
			if row.limit != nil {
				t = newTrialOf(row.limit)
			}
			if row.prepare != nil {
				row.prepare(t)
			}
			t.begin()
			command := row.make(t, 77)
			t.system.Root.Send(t.peers[t.victim].lab, command)
			wait := row.wait
			if wait == 0 {
				wait = time.Minute
			}
			t.run(wait)
			want := sums{}
			for name, n := range row.counts {
				want[name] = n
			}
			if row.code != "" {
				op := row.op
				if op == "" {
					op = ops[reflect.TypeOf(command).Name()]
				}
				want["failed_"+string(op)] = 1
				events := t.peers[t.victim].lastly()
				Expect(events).To(HaveLen(1))
				failed, _ := events[0].(messages.Failed)
				Expect(failed.Ticket).To(Equal(messages.Ticket(77)))
				Expect(failed.Op).To(Equal(op))
				Expect(failed.Err).To(MatchError(row.code))
			}
			t.rose(want)
			t.unchanged(t.victim, t.smaller, t.larger, t.friend, t.stranger)
			Expect(t.sent).To(BeEmpty())
		})
	}

	It("of a protocol that the other side does not run gets its typed error", func() {
		var events []any
		for _, name := range []string{t.victim, t.friend} {
			Expect(t.peers[name].Remove(context.Background(), "lab")).To(Succeed())
		}
		pid := t.spawn(t.victim, scripted("only", &events, nil))
		t.run(time.Second)
		before := t.state(t.victim)
		for i, c := range []any{
			messages.Open{Ticket: 1, Peer: t.id(t.friend)},
			messages.Send{Ticket: 2, To: t.id(t.friend), Message: text},
			messages.Introduce{Ticket: 3, From: t.id(t.friend), To: t.id(t.larger)},
			messages.Invite{Ticket: 4, Peer: t.id(t.friend)},
		} {
			t.system.Root.Send(pid, c)
			t.run(time.Minute)
			failed, _ := events[len(events)-1].(messages.Failed)
			Expect(failed.Ticket).To(Equal(messages.Ticket(i + 1)))
			Expect(failed.Err).To(MatchError(messages.ErrNoProtocol))
		}
		Expect(t.state(t.victim)).To(Equal(before))
	})

	It("is no command at all: it is the handler's", func() {
		t.begin()
		foreign := []any{"text", &messages.Open{Peer: t.id(t.stranger)}, messages.Failed{Ticket: 1}, messages.Views{}}
		for _, m := range foreign {
			t.system.Root.Send(t.peers[t.victim].lab, m)
		}
		t.run(time.Minute)
		Expect(t.peers[t.victim].lastly()).To(Equal(foreign))
		t.rose(nil)
		t.unchanged(t.victim)
	})

	It("does nothing after Stop", func() {
		lab := t.peers[t.victim].lab
		t.system.Root.Send(lab, messages.Stop{})
		t.system.Root.Send(lab, messages.Stop{})
		t.run(time.Second)
		t.begin()
		for _, row := range badCommands {
			t.system.Root.Send(lab, row.make(t, 77))
		}
		for _, c := range []any{messages.Stop{}, messages.Open{Ticket: 1, Peer: t.id(t.stranger)}} {
			t.system.Root.Send(lab, c)
		}
		t.run(time.Minute)
		t.rose(nil)
		t.unchanged(t.victim, t.smaller, t.larger, t.friend, t.stranger)
	})

	It("has rows for each command, and each request of the Port is one", func() {
		rows := map[string]bool{"Stop": true}
		for _, row := range badCommands {
			rows[reflect.TypeOf(row.make(t, 1)).Name()] = true
		}
		file, err := parser.ParseFile(token.NewFileSet(), "../messages/commands.go", nil, 0)
		Expect(err).NotTo(HaveOccurred())
		ast.Inspect(file, func(n ast.Node) bool {
			if s, ok := n.(*ast.TypeSpec); ok && s.Name.Name != "Views" && s.Name.Name != "ViewName" {
				Expect(rows).To(HaveKey(s.Name.Name))
			}
			return true
		})
		port := reflect.TypeFor[protocols.Port]()
		for i := range port.NumMethod() {
			m := port.Method(i)
			if m.Type.NumOut() == 1 && m.Type.Out(0) == reflect.TypeFor[messages.Ticket]() && m.Name != "Contacts" {
				Expect(ops).To(HaveKey(m.Name))
				Expect(rows).To(HaveKey(m.Name))
			}
		}
	})
})
