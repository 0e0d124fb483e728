// Package n2n joins a room of peers, Go programs and browser tabs, that connect to each
// other over WebRTC:
//
//	peer, err := n2n.Join(ctx, "lobby", n2n.Signal("wss://signal.example.org"))
//	if err != nil {
//		return err
//	}
//	defer peer.Leave(context.Background())
//	id, err := peer.Publish(ctx, []byte("good morning"))
//	for m := range peer.Messages(ctx) {
//		fmt.Printf("%s says %s\n", m.From.Short(), m.Payload)
//	}
//
// A signaling server is needed to enter only. Afterwards neighbors are each other's
// signaling servers, and the overlay goes on without the server.
//
// # What a peer runs
//
// Join starts a peer with three protocols: an overlay, which decides who is connected to
// whom (Spray, or the one that Overlay names), a broadcast along its arcs, for Publish and
// Messages, and unicast, for Request and Handle. With adds protocols, or takes the place of
// one of these by its name.
//
// # The rest of the module
//
// This package only puts together what other packages make, and Peer.Actors gives the full
// handle of the peer. A program can do without this package: a World of package wrtc, a
// Rendezvous of the packages below signaling, actors.Start, and a Spawn for each protocol.
// Package protocols is for those who write a protocol, package sim runs thousands of peers
// in virtual time.
package n2n
