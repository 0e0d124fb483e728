//go:build !js

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
	ends    bool // it fails with ErrClosed once the peer has ended
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
	"ID":                   quiet(func(a arguments) { a.peer.ID() }),
	"PID":                  quiet(func(a arguments) { a.peer.PID() }),
	"Done":                 quiet(func(a arguments) { a.peer.Done() }),
	"Err":                  quiet(func(a arguments) { _ = a.peer.Err() }),
	"Subscribe":            quiet(func(a arguments) { a.peer.Subscribe(a.protocol, func(any) {})() }),
	"SubscribeConnections": quiet(func(a arguments) { a.peer.SubscribeConnections(func(any) {})() }),
	"Retime":               {do: func(a arguments) error { return a.peer.Retime(time.Second, time.Second) }},
	"Crash":                quiet(func(a arguments) { a.peer.Crash() }),

	"Tell": {do: func(a arguments) error { return a.peer.Tell(a.protocol, "told") }, named: true, ends: true},
	"Send": {do: func(a arguments) error { return a.peer.Send(a.protocol, a.to, text) }, named: true, ends: true},

	"Join":      {do: func(a arguments) error { _, err := a.peer.Join(a.ctx, "other"); return err }, waits: true}, // it goes on entering
	"Snapshot":  {do: func(a arguments) error { _, err := a.peer.Snapshot(a.ctx); return err }, waits: true, cancels: true},
	"Neighbors": {do: func(a arguments) error { _, err := a.peer.Neighbors(a.ctx); return err }, waits: true, cancels: true},
	"Leave":     {do: func(a arguments) error { return a.peer.Leave(a.ctx) }, waits: true}, // it goes on leaving
	"Spawn": {do: func(a arguments) error {
		_, err := a.peer.Spawn(a.ctx, protocols.Protocol{Name: "new"})
		return err
	}, waits: true, cancels: true},
	"Ask":    {do: func(a arguments) error { _, err := a.peer.Ask(a.ctx, a.protocol, "asked"); return err }, waits: true, cancels: true, named: true},
	"Remove": {do: func(a arguments) error { return a.peer.Remove(a.ctx, a.protocol) }, waits: true, cancels: true, named: true},

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
				Expect(with.peer.Tell("p", "call")).To(Succeed())
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
				err := c.do(with)
				Expect(messages.CodeOf(err) == messages.ErrClosed).To(Equal(c.ends), "%v", err)
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

	It("is one to a protocol that does not run, of those that wait for it", func() {
		t.begin()
		with.protocol = "none"
		Expect(calls["Subscribe"].do(with)).To(Succeed())
		unmoved()
	})

	It("fails at once however deep in a handler it is made", func() {
		var events []any
		var deep func(frames int) error
		deep = func(frames int) error {
			if frames == 0 {
				_, err := with.peer.Snapshot(with.ctx)
				return err
			}
			return deep(frames - 1)
		}
		var err error
		t.spawn(t.victim, scripted("p", &events, func(_ protocols.Port, event any) { err = deep(3000) }))
		Expect(err).To(MatchError(ContainSubstring("may not wait")))
		Expect(deep(3000)).To(Succeed())
	})

	It("gives the peer no time that is not positive", func() {
		Expect(with.peer.Retime(0, time.Second)).To(MatchError(ContainSubstring("RequestTimeout is 0s")))
		Expect(with.peer.Retime(time.Second, -time.Second)).To(MatchError(ContainSubstring("Linger is -1s")))
		Expect(with.peer.Retime(time.Second, time.Hour)).To(Succeed())
		t.silent[t.id(t.stranger)] = true
		begin := t.now
		Expect(with.peer.Open(with.ctx, "lab", t.id(t.stranger))).To(MatchError(messages.ErrTimeout))
		Expect(t.now.Sub(begin)).To(Equal(time.Second))
	})

	It("tells and sends from a handler and from a subscriber", func() {
		var events []any
		var errs []error
		both := func() {
			for _, name := range []string{"Tell", "Send"} {
				errs = append(errs, calls[name].do(with))
			}
		}
		t.spawn(t.victim, scripted("p", &events, func(_ protocols.Port, event any) {
			if _, ok := event.(messages.Told); ok {
				both()
			}
		}))
		cancel := with.peer.Subscribe("lab", func(event any) {
			if event == "any event" {
				both()
			}
		})
		Expect(with.peer.Tell("p", "call")).To(Succeed())
		t.system.Root.Send(t.peers[t.victim].lab, "any event")
		t.run(time.Second)
		cancel()
		Expect(errs).To(Equal([]error{nil, nil, nil, nil}))
	})

	It("is a Spawn of what builds over a protocol that does not run", func() {
		over := protocols.Protocol{Name: "p", Sees: []string{"lab", "mesh"}}
		_, err := with.peer.Spawn(with.ctx, over)
		Expect(err).To(MatchError(messages.ErrNoProtocol))
		Expect(err).To(MatchError(ContainSubstring(`builds over "mesh", which is none of those that run on the peer, ["lab" "refuser"]`)))
		t.spawn(t.victim, protocols.Protocol{Name: "mesh"})
		t.spawn(t.victim, over)

		// Before Join the order does not matter, and Join tells.
		t.start("new")
		t.spawn("new", over)
		_, err = t.peers["new"].Join(with.ctx, "room")
		Expect(err).To(MatchError(messages.ErrNoProtocol))
		t.spawn("new", protocols.Protocol{Name: "mesh"})
		t.join("new")
	})

	It("is a second Join, Spawn or Remove, or a Spawn of what is no protocol", func() {
		t.begin()
		_, err := with.peer.Join(with.ctx, "other")
		Expect(err).To(MatchError(messages.ErrDuplicate))
		_, err = with.peer.Spawn(with.ctx, lab)
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
			_, err = with.peer.Spawn(with.ctx, p)
			Expect(err).To(HaveOccurred())
		}
		unmoved()
		Expect(with.peer.Remove(with.ctx, "refuser")).To(Succeed())
		Expect(with.peer.Remove(with.ctx, "refuser")).To(MatchError(messages.ErrNoProtocol))
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
