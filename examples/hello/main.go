// Command hello greets a room and prints what is said there: hello ws://localhost:5555 lobby "good morning".
package main

import (
	"context"
	"fmt"
	"log"
	"os"

	"github.com/n2n-overlay/n2n"
)

func main() {
	ctx, url, room, text := context.Background(), os.Args[1], os.Args[2], os.Args[3]
	peer, err := n2n.Join(ctx, room, n2n.Signal(url), n2n.Loopback())
	if err != nil {
		log.Fatal(err)
	}
	if _, err = peer.Publish(ctx, []byte(text)); err != nil {
		log.Fatal(err)
	}
	for m := range peer.Messages(ctx) {
		fmt.Printf("%s says %s\n", m.From.Short(), m.Payload)
	}
}
