//go:build !js

package actors_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/n2n-overlay/n2n/messages"
)

// badService is a row: what the signaling service says to the victim.
type badService struct {
	kind, what string
	prepare    func(*trial)
	say        func(*trial) []any
	counts     sums
}

func said(all ...any) func(*trial) []any { return func(*trial) []any { return all } }

func saidSignal(make func(t *trial) *messages.Signal) func(*trial) []any {
	return func(t *trial) []any { return []any{make(t)} }
}

// outside takes the victim out of its room.
func outside(t *trial) {
	t.peers[t.victim].room.Leave()
	t.run(time.Second)
}

var badServices = []badService{
	{
		"signal", "a signal for another peer", nil,
		saidSignal(func(t *trial) *messages.Signal { return t.signal(5, offer("x", "lab", 1), t.stranger, t.friend) }),
		sums{"signals_false": 1},
	},
	{
		"signal", "a signal with a route", nil, saidSignal(func(t *trial) *messages.Signal {
			return t.signal(5, offer("x", "lab", 1), t.stranger, t.friend, t.victim)
		}), sums{"signals_false": 1},
	},
	{
		"signal", "a signal of the victim to itself", nil,
		saidSignal(func(t *trial) *messages.Signal { return t.signal(5, offer("x", "lab", 1), t.victim, t.victim) }),
		sums{"signals_from_self": 1},
	},
	{
		"signal", "an offer for a connection that lives", nil, saidSignal(func(t *trial) *messages.Signal {
			return t.signal(5, offer("x", "lab", t.snapshot(t.friend).Incarnation), t.friend, t.victim)
		}), sums{"offers_refused": 1},
	},
	{
		"signal", "an offer for a protocol that does not run here", nil,
		saidSignal(func(t *trial) *messages.Signal { return t.signal(5, offer("x", "none", 1), t.stranger, t.victim) }),
		sums{"offers_refused": 1},
	},
	{
		"signal", "an offer that leads nowhere", nil,
		saidSignal(func(t *trial) *messages.Signal { return t.signal(5, offer("x", "lab", 1), t.stranger, t.victim) }),
		sums{"attempts_failed": 1},
	},
	{
		"signal", "an answer and a refusal of nothing", nil, func(t *trial) []any {
			return []any{t.signal(5, answer("x"), t.stranger, t.victim), t.signal(5, refusal(1), t.stranger, t.victim)}
		}, sums{"answers_late": 2},
	},
	{
		"signal", "an answer to an offer that went another way", dialling, saidSignal(func(t *trial) *messages.Signal {
			return t.signal(t.jobs["Signal"], answer("x"), t.stranger, t.victim)
		}), sums{"answers_late": 1},
	},
	{
		"gone", "that somebody is gone whom nobody offered anything", nil, func(t *trial) []any {
			return []any{&messages.Gone{Peer: t.id(t.friend).Bytes(), Job: 5}, &messages.Gone{Peer: t.victimID().Bytes()}}
		}, sums{"answers_late": 2},
	},
	{
		"contact_list", "contacts that nobody asked for", nil, func(t *trial) []any {
			return []any{&messages.ContactList{Request: 99, Peers: [][]byte{t.id(t.friend).Bytes()}}, &messages.ContactList{}}
		}, sums{"contacts_late": 2},
	},
	{"entered", "that it is inside, again", nil, said(messages.RendezvousEntered{Members: 3}), nil},
	{"entered", "that it is inside, when it has left", outside, said(messages.RendezvousEntered{Members: 3}), nil},
	{"", "that the link is lost, twice", outside, said(messages.RendezvousLost{Err: errors.New("lost")}), nil},
}

var _ = Describe("bad input from the signaling service", func() {
	var t *trial
	BeforeEach(func() { t = newTrial() })

	for _, row := range badServices {
		It("changes nothing but a sum: "+row.what, func() {
			if row.prepare != nil {
				row.prepare(t)
			}
			t.begin()
			for _, event := range row.say(t) {
				t.peers[t.victim].room.post(event)
			}
			t.run(moment)
			t.rose(row.counts)
			t.unchanged(t.victim, t.smaller, t.larger, t.friend, t.stranger)
			Expect(t.sent).To(BeEmpty())
		})
	}

	It("names no more contacts than were asked for", func() {
		ticket := t.ask(t.victim, func(ticket messages.Ticket) any { return messages.ContactsOf{Ticket: ticket, N: 1} })
		// Before the room's own answer.
		t.peers[t.victim].room.post(&messages.ContactList{Request: 2, Peers: [][]byte{t.id("a").Bytes(), t.id("b").Bytes(), t.id("c").Bytes(), t.id("d").Bytes()}})
		t.run(time.Second)
		Expect(t.outcome(t.victim, ticket).(messages.Contacts).Peers).To(HaveLen(1))
	})

	It("is asked for contacts again when the link is back", func() {
		// What the room answers before that is lost with the link.
		room := t.peers[t.victim].room
		answers := room.events
		room.events = func(any) {}
		ticket := t.ask(t.victim, func(ticket messages.Ticket) any { return messages.ContactsOf{Ticket: ticket, N: 1} })
		t.run(time.Second)
		room.events = answers
		room.post(messages.RendezvousUnlinked{Err: errors.New("the server starts again")})
		room.post(messages.RendezvousEntered{Members: 5})
		t.run(time.Second)
		Expect(t.outcome(t.victim, ticket).(messages.Contacts).Peers).To(HaveLen(1))
	})

	It("cannot be reached if it does not answer in time", func() {
		late := newRoom("late")
		late.peers["late"].room.down = fmt.Errorf("no answer: %w", messages.ErrTimeout)
		_, err := late.peers["late"].Join(context.Background(), "room")
		Expect(err).To(And(MatchError(messages.ErrUnreachable), MatchError(messages.ErrTimeout)))
	})

	It("has a row for each message that the service sends inside a room", func() {
		kinds := map[string]bool{}
		for _, row := range badServices {
			kinds[row.kind] = true
		}
		all := new(messages.Rendezvous).ProtoReflect().Descriptor().Fields()
		for i := range all.Len() {
			switch name := all.Get(i).Name(); name {
			case protoreflect.Name("challenge"), "enter", "contact_request", "fault": // end at the client or the server
			default:
				Expect(kinds).To(HaveKey(string(name)))
			}
		}
	})
})
