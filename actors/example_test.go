//go:build !js

package actors_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

// The examples run in a world of one process and virtual time (newMemory), so
// that they always print the same. A service takes its actors.World from
// wrtc.NewWorld instead, and its own *actor.ActorSystem.

// chat is a passive protocol: it keeps arcs and carries text.
var chat = protocols.Protocol{Name: "chat", Message: &wrapperspb.BytesValue{}}

// startChat starts a peer that runs chat and has entered a room. watch gets the
// events of chat.
func startChat(m *memory, name string, watch func(event any)) *actors.Peer {
	peer, err := actors.Start(m.system, m.world(name), actors.DefaultConfig())
	if err != nil {
		panic(err)
	}
	peer.Subscribe("chat", watch)
	if _, err := peer.Spawn(context.Background(), chat); err != nil {
		panic(err)
	}
	if _, err := peer.Join(context.Background(), "room"); err != nil {
		panic(err)
	}
	return peer
}

// printer prints the text that a peer gets.
func printer(name string) func(any) {
	return func(event any) {
		if e, ok := event.(messages.Received); ok {
			fmt.Printf("%s got %s\n", name, e.Message.(*wrapperspb.BytesValue).GetValue())
		}
	}
}

// Two peers in the actor system of a service: they enter a room, one opens an arc
// to the other, both send along it, and one leaves.
func Example() {
	world, ctx := newMemory(), context.Background()
	alice, bob := startChat(world, "alice", printer("alice")), startChat(world, "bob", printer("bob"))

	if err := alice.Open(ctx, "chat", bob.ID()); err != nil {
		fmt.Println(err)
		return
	}
	_ = alice.Send("chat", bob.ID(), wrapperspb.Bytes([]byte("hello")))
	world.run(time.Second)
	_ = bob.Send("chat", alice.ID(), wrapperspb.Bytes([]byte("hello to you"))) // arcs are directed, messages are not
	world.run(time.Second)

	fmt.Println("bob leaves:", bob.Leave(ctx))
	world.run(time.Second)
	neighbors, err := alice.Neighbors(ctx)
	fmt.Println("alice has", len(neighbors), "neighbours", err)
	// Output:
	// bob got hello
	// alice got hello to you
	// bob leaves: <nil>
	// alice has 0 neighbours <nil>
}

// Bob, a neighbour of both, introduces Alice to Carol: he passes on the offer and
// the answer, and nobody else is needed.
func ExamplePeer_Introduce() {
	world, ctx, ignore := newMemory(), context.Background(), func(any) {}
	alice, bob, carol := startChat(world, "alice", ignore), startChat(world, "bob", ignore), startChat(world, "carol", ignore)
	fmt.Println(alice.Open(ctx, "chat", bob.ID()), bob.Open(ctx, "chat", carol.ID()))

	// Alice is in Bob's inview, Carol in his outview.
	views := messages.Views{From: messages.InView, To: messages.OutView}
	fmt.Println(bob.Introduce(ctx, "chat", alice.ID(), carol.ID(), views))
	err := bob.Introduce(ctx, "chat", carol.ID(), alice.ID(), views) // the other way round
	fmt.Println(errors.Is(err, messages.ErrNotInView))

	snapshot, err := alice.Snapshot(ctx)
	fmt.Println("alice holds an arc to carol:", snapshot.Views["chat"].Out.Count(carol.ID()) == 1, err)
	// Output:
	// <nil> <nil>
	// <nil>
	// true
	// alice holds an arc to carol: true <nil>
}

// Every request ends, with success or with one typed failure. A context ends the
// wait, not the request.
func ExamplePeer_Open() {
	world, ignore := newMemory(), func(any) {}
	alice, bob := startChat(world, "alice", ignore), startChat(world, "bob", ignore)

	err := alice.Open(context.Background(), "chat", alice.ID())
	fmt.Println(errors.Is(err, messages.ErrSelf), messages.CodeOf(err))

	world.silent[bob.ID()] = true // its machine hangs
	err = alice.Open(context.Background(), "chat", bob.ID())
	fmt.Println(errors.Is(err, messages.ErrTimeout), messages.CodeOf(err))

	impatient, cancel := context.WithCancel(context.Background())
	cancel()
	fmt.Println(alice.Open(impatient, "chat", bob.ID()))
	// Output:
	// true a peer does not connect to itself (self)
	// true no answer came before the deadline (timeout)
	// open: context canceled
}

// What happens to a protocol's arcs and to the peer's connections can be watched
// from anywhere. The function runs on the peer, and hands over what takes long.
func ExamplePeer_Subscribe() {
	world, ctx := newMemory(), context.Background()
	bob := startChat(world, "bob", func(any) {})
	alice := startChat(world, "alice", func(event any) {
		switch e := event.(type) {
		case messages.ArcOpened:
			fmt.Println("arc opened", e.Dir)
		case messages.PeerDown:
			fmt.Println("peer down:", e.Out, "out", e.In, "in", e.Cause)
		case messages.ArcClosed:
			fmt.Println("arc closed", e.Dir, e.Cause)
		}
	})
	cancel := alice.SubscribeConnections(func(event any) {
		switch e := event.(type) {
		case messages.ConnectionAuthenticated:
			fmt.Println("connected; offered by alice:", e.Offered)
		case messages.ConnectionClosed:
			fmt.Println("connection closed:", e.Cause)
		}
	})
	defer cancel()

	fmt.Println(alice.Open(ctx, "chat", bob.ID()), bob.Open(ctx, "chat", alice.ID()))
	bob.Crash()
	world.run(time.Second)
	// Output:
	// connected; offered by alice: true
	// arc opened out
	// <nil> <nil>
	// arc opened in
	// connection closed: crashed
	// peer down: 1 out 1 in crashed
	// arc closed out crashed
	// arc closed in crashed
}

// greeter is an actor of the user's own, beside the protocol that it works for. It
// gets the protocol's events and sends its requests to the protocol's PID.
type greeter struct {
	chat  *actor.PID
	guest messages.PeerID
}

func (g *greeter) Receive(ctx actor.Context) {
	switch m := ctx.Message().(type) {
	case *actor.Started:
		ctx.Send(g.chat, messages.Open{Ticket: 1, Peer: g.guest})
	case messages.ArcOpened:
		fmt.Println("greeter: ticket", m.Ticket, "ended with an arc", m.Dir)
		ctx.Send(g.chat, messages.Send{Ticket: 2, To: m.Peer, Message: wrapperspb.Bytes([]byte("welcome"))})
	case messages.Received:
		fmt.Printf("greeter got %s\n", m.Message.(*wrapperspb.BytesValue).GetValue())
		ctx.Send(g.chat, messages.Close{Ticket: 3, Peer: m.From})
	case messages.ArcClosed:
		fmt.Println("greeter: ticket", m.Ticket, "ended with", m.Cause)
		ctx.Send(g.chat, messages.Close{Ticket: 4, Peer: m.Peer})
	case messages.Failed:
		fmt.Println("greeter: ticket", m.Ticket, "failed:", messages.CodeOf(m.Err))
	}
}

// A plain actor beside a protocol without New: Subscribe hands it the events that
// a Handler would get, and it sends the requests of a Port as messages.
func ExamplePeer_Spawn() {
	world := newMemory()
	var guest *actors.Peer
	guest = startChat(world, "guest", func(event any) {
		if e, ok := event.(messages.Received); ok {
			printer("guest")(e)
			_ = guest.Send("chat", e.From, wrapperspb.Bytes([]byte("thanks")))
		}
	})

	host, err := actors.Start(world.system, world.world("host"), actors.DefaultConfig())
	if err != nil {
		fmt.Println(err)
		return
	}
	pid, err := host.Spawn(context.Background(), chat)
	if err != nil {
		fmt.Println(err)
		return
	}
	if _, err := host.Join(context.Background(), "room"); err != nil {
		fmt.Println(err)
		return
	}
	root := world.system.Root
	own := root.Spawn(actor.PropsFromProducer(
		func() actor.Actor { return &greeter{chat: pid, guest: guest.ID()} },
		actor.WithDispatcher(world), // not needed in a service
	))
	host.Subscribe("chat", func(event any) { root.Send(own, event) })
	world.run(time.Second)
	// Output:
	// greeter: ticket 1 ended with an arc out
	// guest got welcome
	// greeter got thanks
	// greeter: ticket 3 ended with closed
	// greeter: ticket 4 failed: there is no such arc (no_arc)
}
