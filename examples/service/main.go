// Command service is a replica of a web service that keeps a cache. Replicas find
// each other in a room and form an overlay; when one stores a new value, it tells
// the others to forget the old one. No broker is needed, and once inside, no
// signaling server either:
//
//	service -signal ws://localhost:5555 -room items -http :8080
//	curl -X PUT --data blue localhost:8080/items/sky
//	curl localhost:8080/items/sky
//	curl localhost:8080/peers
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/protocols/broadcast"
	"github.com/n2n-overlay/n2n/protocols/spray"
	"github.com/n2n-overlay/n2n/signaling/client"
	"github.com/n2n-overlay/n2n/wrtc"
)

func main() {
	url := flag.String("signal", "ws://localhost:5555", "`URL` of the signaling server")
	room := flag.String("room", "items", "`name` of the room where the replicas meet")
	address := flag.String("http", "localhost:8080", "`address` to serve on")
	loopback := flag.Bool("loopback", false, "use loopback interfaces too, for replicas on one machine")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, *url, *room, *address, *loopback)
	stop()
	if err != nil {
		log.Fatal(err)
	}
}

// run serves until ctx is done.
func run(ctx context.Context, url, room, address string, loopback bool) error {
	system := actor.NewActorSystem() // the service's own; the peer is a subtree of it
	peer, err := startPeer(ctx, system, url, loopback)
	if err != nil {
		return err
	}
	defer peer.Crash() // nothing, once it has left
	items := system.Root.Spawn(actor.PropsFromProducer(func() actor.Actor {
		return &cache{peer: peer, values: map[string]string{}}
	}))
	peer.Subscribe("broadcast", func(event any) { system.Root.Send(items, event) })
	if _, err := peer.Join(ctx, room); err != nil {
		return err
	}

	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err != nil {
		return err
	}
	server := &http.Server{Handler: routes(system, items, peer), ReadHeaderTimeout: 5 * time.Second}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	fmt.Printf("%s serves on http://%s\n", peer.ID().Short(), listener.Addr())
	select {
	case <-ctx.Done():
	case err = <-failed:
	case <-peer.Done():
		err = peer.Err()
	}

	// First no more requests, then the overlay: the neighbours are introduced to
	// each other, so that it does not fall apart.
	last, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	err = errors.Join(err, server.Shutdown(last), peer.Leave(last))
	fmt.Println("left")
	return err
}

// startPeer starts a peer of a Spray overlay, with broadcasts along its arcs.
func startPeer(ctx context.Context, system *actor.ActorSystem, url string, loopback bool) (*actors.Peer, error) {
	config := wrtc.DefaultConfig()
	config.Loopback = loopback
	world, err := wrtc.NewWorld(config)
	if err != nil {
		return nil, err
	}
	if world.Rendezvous, err = client.New(client.Config{URL: url, Identity: world.Identity}); err != nil {
		return nil, err
	}
	overlay, err := spray.New(spray.DefaultConfig())
	if err != nil {
		return nil, err
	}
	flood, err := broadcast.New(broadcast.DefaultConfig())
	if err != nil {
		return nil, err
	}
	peer, err := actors.Start(system, world, actors.DefaultConfig())
	if err != nil {
		return nil, err
	}
	_, errOverlay := peer.Spawn(ctx, overlay)
	_, errFlood := peer.Spawn(ctx, flood)
	return peer, errors.Join(errOverlay, errFlood)
}
