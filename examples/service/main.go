// Command service is a replica of a web service that keeps a cache. Replicas find
// each other in a room and form an overlay. When one stores a new value, it tells the
// others to forget the old one. They need no broker, and once they are inside, no
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

	"github.com/n2n-overlay/n2n"
	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/messages"
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
	options := []n2n.Option{n2n.Signal(url), n2n.System(system)}
	if loopback {
		options = append(options, n2n.Loopback())
	}
	peer, err := n2n.Join(ctx, room, options...)
	if err != nil {
		return err
	}
	defer peer.Actors().Crash() // does nothing after a leave
	items := system.Root.Spawn(actor.PropsFromProducer(func() actor.Actor {
		return &cache{peer: peer.Actors(), values: map[string]string{}}
	}))
	actors.On(peer.Actors(), "broadcast", func(d messages.Delivered) { system.Root.Send(items, d) })

	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err != nil {
		return err
	}
	server := &http.Server{Handler: routes(system, items, peer.Actors()), ReadHeaderTimeout: 5 * time.Second}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	fmt.Printf("%s serves on http://%s\n", peer.ID().Short(), listener.Addr())
	select {
	case <-ctx.Done():
	case err = <-failed:
	case <-peer.Done():
		err = peer.Err()
	}

	// First the requests end, then the peer leaves. It introduces its neighbours to each
	// other, so that the overlay does not fall apart.
	last, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	err = errors.Join(err, server.Shutdown(last), peer.Leave(last))
	fmt.Println("left")
	return err
}
