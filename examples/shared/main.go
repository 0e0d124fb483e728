// Command shared runs three applications on each of two peers: chat, presence and
// metrics. They share one WebRTC connection. Each has its own arcs and messages, and
// the connection stays for as long as one of them uses it.
package main

import (
	"context"
	"fmt"
	"log"
	"time"

	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/n2n-overlay/n2n"
	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
	"github.com/n2n-overlay/n2n/signaling/hall"
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
	h, err := hall.New(hall.Config{}) // in place of a signaling server, as all are in this process
	check(err)
	alice, bob := enter(ctx, h), enter(ctx, h)

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

// enter starts a peer that runs the applications and enters through a hall.
func enter(ctx context.Context, h *hall.Hall) *peer {
	started, err := n2n.Start(n2n.Hall(h), n2n.Loopback(), n2n.Overlay(""), n2n.With(applications...))
	check(err)
	p := &peer{Peer: started.Actors(), events: map[string]chan any{}}
	for _, a := range applications {
		events := make(chan any, 1000)
		p.events[a.Name] = events
		p.Subscribe(a.Name, func(event any) {
			select {
			case events <- event:
			default: // await does not need these
			}
		})
	}
	_, err = started.Enter(ctx, "room")
	check(err)
	return p
}

// peer is a peer and the events of its applications.
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

// text returns the text of a chat message.
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
