//go:build !js

package signaling_test

import (
	"bytes"
	"maps"
	"slices"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/signaling/server"
)

// anyOf returns one valid message of each kind between a peer and a server.
var anyOf = map[string]func(r *raw) *messages.Rendezvous{
	"challenge": func(*raw) *messages.Rendezvous {
		return &messages.Rendezvous{Body: &messages.Rendezvous_Challenge{Challenge: &messages.Challenge{Nonce: bytes.Repeat([]byte{1}, 32)}}}
	},
	"enter": func(r *raw) *messages.Rendezvous { return enterOf(r.prove("room", r.nonce)) },
	"entered": func(*raw) *messages.Rendezvous {
		return &messages.Rendezvous{Body: &messages.Rendezvous_Entered{Entered: &messages.Entered{Members: 1}}}
	},
	"contact_request": func(*raw) *messages.Rendezvous { return contactsOf(1, 1) },
	"contact_list": func(*raw) *messages.Rendezvous {
		return &messages.Rendezvous{Body: &messages.Rendezvous_ContactList{ContactList: &messages.ContactList{Request: 1}}}
	},
	"signal": func(*raw) *messages.Rendezvous { return signalOf(offer("c", "a", 1)) },
	"gone": func(*raw) *messages.Rendezvous {
		return &messages.Rendezvous{Body: &messages.Rendezvous_Gone{Gone: &messages.Gone{Peer: idOf("a").Bytes()}}}
	},
	"fault": func(*raw) *messages.Rendezvous {
		return &messages.Rendezvous{Body: &messages.Rendezvous_Fault{Fault: &messages.Fault{Text: "go away"}}}
	},
}

var _ = Describe("A message that is valid and out of order", func() {
	var (
		rooms *service
		a     *peer
	)
	BeforeEach(func() {
		rooms = serve(server.Config{})
		a = rooms.peer("a").enter("room")
	})
	AfterEach(func() {
		b := rooms.peer("b").enter("room")
		b.Signal(offer("b", "a", 99))
		Expect(a.is(BeAssignableToTypeOf(&messages.Signal{})).(*messages.Signal).GetJob()).To(BeEquivalentTo(99), "the first that a hears")
		Expect(rooms.Stats()).To(And(HaveField("Members", 2), HaveField("Signals", uint64(1)), HaveField("Refused", BeZero())))
	})

	closes := func(r *raw, m *messages.Rendezvous) {
		GinkgoHelper()
		r.say(m)
		r.faulted(messages.ErrRefused, "out of order")
		Eventually(rooms.Stats).WithTimeout(patience).Should(And(HaveField("Malformed", uint64(1)), HaveField("Members", 1)))
	}
	for _, kind := range slices.Sorted(maps.Keys(anyOf)) {
		message := anyOf[kind]
		if kind != "enter" {
			It("closes its own link only, before Enter: "+kind, func() {
				r := rooms.raw("c")
				closes(r, message(r))
			})
		}
		if kind != "contact_request" && kind != "signal" {
			It("closes its own link only, inside a room: "+kind, func() {
				r := rooms.raw("c").enter("room")
				closes(r, message(r))
			})
		}
	}

	It("has a row for each kind", func() {
		kinds := new(messages.Rendezvous).ProtoReflect().Descriptor().Fields()
		Expect(anyOf).To(HaveLen(kinds.Len()))
		for i := range kinds.Len() {
			Expect(anyOf).To(HaveKey(string(kinds.Get(i).Name())))
		}
	})
})
