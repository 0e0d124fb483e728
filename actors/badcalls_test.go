package actors_test

import (
	"context"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

// arguments are what a method of the handle is called with.
type arguments struct {
	ctx      context.Context
	peer     *actors.Peer
	protocol string
	to       messages.PeerID
}

// call is a method of the handle.
type call struct {
	do      func(arguments) error
	waits   bool // it returns when something has happened
	cancels bool // it does nothing when its context has ended
	named   bool // it fails with ErrNoProtocol for a protocol that does not run
}

// quiet is a method that does not wait.
func quiet(do func(arguments)) call {
	return call{do: func(a arguments) error { do(a); return nil }}
}

// request is a method that makes a request in the name of a protocol.
func request(do func(arguments) error) call {
	return call{do: do, waits: true, cancels: true, named: true}
}

var calls = map[string]call{
	"ID":        quiet(func(a arguments) { a.peer.ID() }),
	"PID":       quiet(func(a arguments) { a.peer.PID() }),
	"Done":      quiet(func(a arguments) { a.peer.Done() }),
	"Err":       quiet(func(a arguments) { _ = a.peer.Err() }),
	"Tell":      quiet(func(a arguments) { a.peer.Tell(a.protocol, "told") }),
	"Send":      quiet(func(a arguments) { a.peer.Send(a.protocol, a.to, text) }),
	"Subscribe": quiet(func(a arguments) { a.peer.Subscribe(a.protocol, func(any) {})() }),
	"Crash":     quiet(func(a arguments) { a.peer.Crash() }),

	"Join":      {do: func(a arguments) error { _, err := a.peer.Join(a.ctx, "other"); return err }, waits: true}, // it goes on entering
	"Snapshot":  {do: func(a arguments) error { _, err := a.peer.Snapshot(a.ctx); return err }, waits: true, cancels: true},
	"Neighbors": {do: func(a arguments) error { _, err := a.peer.Neighbors(a.ctx); return err }, waits: true, cancels: true},
	"Leave":     {do: func(a arguments) error { return a.peer.Leave(a.ctx) }, waits: true}, // it goes on leaving
	"Spawn": {do: func(a arguments) error {
		_, err := a.peer.Spawn(protocols.Protocol{Name: "new"})
		return err
	}, waits: true},
	"Remove": {do: func(a arguments) error { return a.peer.Remove(a.protocol) }, waits: true, named: true},

	"Open":   request(func(a arguments) error { return a.peer.Open(a.ctx, a.protocol, a.to) }),
	"Close":  request(func(a arguments) error { return a.peer.Close(a.ctx, a.protocol, a.to) }),
	"Lock":   request(func(a arguments) error { return a.peer.Lock(a.ctx, a.protocol, a.to) }),
	"Unlock": request(func(a arguments) error { return a.peer.Unlock(a.ctx, a.protocol, a.to) }),
	"Drop":   request(func(a arguments) error { return a.peer.Drop(a.ctx, a.protocol, a.to) }),
	"Invite": request(func(a arguments) error { return a.peer.Invite(a.ctx, a.protocol, a.to) }),
	"Contacts": request(func(a arguments) error {
		_, err := a.peer.Contacts(a.ctx, a.protocol, 1)
		return err
	}),
	"Introduce": request(func(a arguments) error {
		return a.peer.Introduce(a.ctx, a.protocol, a.to, a.peer.ID(), messages.Views{})
	}),
}

var _ = Describe("a bad call of the handle", func() {
	var (
		t    *trial
		with arguments
	)
	BeforeEach(func() {
		t = newTrial()
		with = arguments{context.Background(), t.peers[t.victim].Peer, "lab", t.id(t.friend)}
	})
	unmoved := func() {
		GinkgoHelper()
		t.run(time.Minute)
		t.rose(nil)
		t.unchanged(t.victim, t.smaller, t.larger, t.friend, t.stranger)
		Expect(t.sent).To(BeEmpty())
	}

	for _, name := range slices.Sorted(maps.Keys(calls)) {
		c := calls[name]
		if c.waits {
			It("fails at once in a handler: "+name, func() {
				var events []any
				var err error
				t.spawn(t.victim, scripted("p", &events, func(_ protocols.Port, event any) {
					if _, ok := event.(messages.Told); ok {
						err = c.do(with)
					}
				}))
				t.run(time.Second)
				t.begin()
				with.peer.Tell("p", "call")
				t.run(0)
				Expect(err).To(MatchError(ContainSubstring("may not wait")))
				unmoved()
			})

			It("fails at once in a subscriber: "+name, func() {
				var err error
				cancel := with.peer.Subscribe("lab", func(any) { err = c.do(with) })
				t.begin()
				t.system.Root.Send(t.peers[t.victim].lab, "any event")
				t.run(0)
				cancel()
				Expect(err).To(MatchError(ContainSubstring("may not wait")))
				Expect(t.peers[t.victim].lastly()).To(Equal([]any{"any event"}))
				unmoved()
			})

			It("fails after Leave: "+name, func() {
				t.leave(t.victim)
				if name == "Leave" {
					Expect(c.do(with)).To(Succeed())
					return
				}
				Expect(c.do(with)).To(MatchError(messages.ErrClosed))
			})
		} else {
			It("does nothing after Leave: "+name, func() {
				t.leave(t.victim)
				Expect(c.do(with)).To(Succeed())
				t.run(time.Minute)
				Expect(with.peer.Err()).NotTo(HaveOccurred())
			})
		}
		if c.cancels {
			It("does nothing when its context has ended: "+name, func() {
				ctx, cancel := context.WithCancel(with.ctx)
				cancel()
				with.ctx = ctx
				t.begin()
				Expect(c.do(with)).To(MatchError(context.Canceled))
				unmoved()
			})
		}
		if c.named {
			It("names no protocol: "+name, func() {
				t.begin()
				for _, with.protocol = range []string{"", "none", "alien", strings.Repeat("x", 1000)} {
					Expect(c.do(with)).To(MatchError(messages.ErrNoProtocol))
				}
				unmoved()
			})
		}
	}

	It("is one to a protocol that does not run, of those that do not wait", func() {
		t.begin()
		for _, name := range []string{"Tell", "Send", "Subscribe"} {
			with.protocol = "none"
			Expect(calls[name].do(with)).To(Succeed())
		}
		unmoved()
	})

	It("is a second Join, Spawn or Remove, or a Spawn of what is no protocol", func() {
		t.begin()
		_, err := with.peer.Join(with.ctx, "other")
		Expect(err).To(MatchError(messages.ErrDuplicate))
		_, err = with.peer.Spawn(lab)
		Expect(err).To(MatchError(messages.ErrDuplicate))
		for _, p := range []protocols.Protocol{
			{},
			{Name: strings.Repeat("x", 33)},
			{Name: "Upper"},
			{Name: "p", Delivery: 3},
			{Name: "p", Introductions: 2},
			{Name: "p", Sees: []string{"p"}},
			{Name: "p", Sees: strings.Split("a a a a a a a a a", " ")},
		} {
			_, err = with.peer.Spawn(p)
			Expect(err).To(HaveOccurred())
		}
		unmoved()
		Expect(with.peer.Remove("refuser")).To(Succeed())
		Expect(with.peer.Remove("refuser")).To(MatchError(messages.ErrNoProtocol))
	})

	It("has a row for each method", func() {
		handle := reflect.TypeFor[*actors.Peer]()
		for i := range handle.NumMethod() {
			if name := handle.Method(i).Name; !strings.HasPrefix(name, "Begin") {
				Expect(calls).To(HaveKey(name))
			}
		}
	})
})
