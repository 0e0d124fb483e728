// Command shared runs three applications on each of two peers, chat, presence and
// metrics, that share one WebRTC connection: each has arcs and messages of its
// own, and the connection stays for as long as one of them uses it.
package main

import (
	"context"
	"fmt"
	"log"
	"log/slog"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
	"github.com/n2n-overlay/n2n/signaling/client"
	"github.com/n2n-overlay/n2n/signaling/server"
	"github.com/n2n-overlay/n2n/wrtc"
)

// applications are the protocols of the peers. Chat and metrics are passive: the program
// works for them.
var applications = []protocols.Protocol{
	{Name: "chat", Message: &wrapperspb.StringValue{}},
	{Name: "presence", Message: &wrapperspb.BoolValue{}, Delivery: protocols.Lossy, New: newPresence},
	{Name: "metrics", Message: &wrapperspb.DoubleValue{}, Delivery: protocols.Reliable},
}

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	system := actor.NewActorSystem(actor.WithLoggerFactory(func(*actor.ActorSystem) *slog.Logger { return slog.New(slog.DiscardHandler) }))
	enter, leave := room(ctx)
	defer leave()
	alice, bob := enter(system), enter(system)

	check(alice.Open(ctx, "chat", bob.ID()))
	check(alice.Open(ctx, "chat", bob.ID())) // again: an arc is counted, and costs one message
	check(alice.Open(ctx, "metrics", bob.ID()))
	check(bob.Open(ctx, "presence", alice.ID())) // the other way round
	check(alice.Send("chat", bob.ID(), wrapperspb.String("hello")))
	check(alice.Send("metrics", bob.ID(), wrapperspb.Double(36.6)))
	bob.await("chat", func(e any) bool { return text(e) == "hello" })
	bob.await("metrics", func(e any) bool { m, ok := e.(messages.Received); return ok && m.From == alice.ID() })
	alice.await("presence", func(e any) bool { return e == present{bob.ID()} })
	fmt.Println("Three applications talk:")
	show(ctx, alice)

	check(alice.Close(ctx, "chat", bob.ID()))
	check(alice.Close(ctx, "chat", bob.ID()))
	check(alice.Close(ctx, "metrics", bob.ID()))
	fmt.Println("\nChat and metrics are closed:")
	show(ctx, alice)

	check(alice.Drop(ctx, "presence", bob.ID())) // the arc is bob's: alice does not want it any more
	fmt.Println("\nPresence is closed, too:")
	show(ctx, alice)

	check(alice.Open(ctx, "chat", bob.ID()))
	fmt.Println("\nChat is back, without a handshake:")
	show(ctx, alice)

	check(bob.Leave(ctx))
	check(alice.Leave(ctx))
}

// show prints a peer's connections and arcs.
func show(ctx context.Context, p *peer) {
	s, err := p.Snapshot(ctx)
	check(err)
	fmt.Printf("  connections: %d used, %d lingering; handshakes so far: %.0f\n",
		len(s.Connections), len(s.Lingering), s.Counters["connections_authenticated"])
	for _, a := range applications {
		fmt.Printf("  %-9s arcs out %d, in %d\n", a.Name, s.Views[a.Name].Out.Len(), s.Views[a.Name].In.Len())
	}
}

// room starts a signaling server. enter starts a peer that runs the applications
// and enters through the server.
func room(ctx context.Context) (enter func(*actor.ActorSystem) *peer, leave func()) {
	quiet := slog.New(slog.DiscardHandler)
	rooms, err := server.New(server.Config{Logger: quiet})
	check(err)
	ctx, stop := context.WithCancel(ctx)
	pipe, stopped := server.NewPipe(), make(chan error, 1)
	go func() { stopped <- rooms.Serve(ctx, pipe) }()
	enter = func(system *actor.ActorSystem) *peer {
		config, err := wrtc.LoopbackConfig()
		check(err)
		world, err := wrtc.NewWorld(config)
		check(err)
		world.Rendezvous, err = client.New(client.Config{
			URL: "ws://signaling", HTTPClient: pipe.HTTPClient(), Identity: world.Identity, Logger: quiet,
		})
		check(err)
		started, err := actors.Start(system, world, actors.DefaultConfig())
		check(err)
		p := &peer{Peer: started, events: map[string]chan any{}}
		for _, a := range applications {
			events := make(chan any, 1000)
			p.events[a.Name] = events
			p.Subscribe(a.Name, func(event any) {
				select {
				case events <- event:
				default: // nobody awaits these
				}
			})
			_, err := p.Spawn(ctx, a)
			check(err)
		}
		_, err = p.Join(ctx, "room")
		check(err)
		return p
	}
	return enter, func() { stop(); check(<-stopped) }
}

// peer is a peer and what its applications got.
type peer struct {
	*actors.Peer
	events map[string]chan any
}

// await waits for an event of an application.
func (p *peer) await(application string, fits func(any) bool) {
	late := time.After(30 * time.Second)
	for {
		select {
		case e := <-p.events[application]:
			if fits(e) {
				return
			}
		case <-late:
			log.Fatalf("nothing came for %s", application)
		}
	}
}

// text is what a chat message says.
func text(event any) string {
	if m, ok := event.(messages.Received); ok {
		return m.Message.(*wrapperspb.StringValue).GetValue()
	}
	return ""
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
