// Package n2n joins a room of peers, Go programs and browser tabs, that connect to each
// other over WebRTC:
//
//	peer, err := n2n.Join(ctx, "lobby", n2n.Signal("wss://signal.example.org"))
//	if err != nil {
//		return err
//	}
//	defer peer.Leave(context.Background())
//	if _, err := peer.Publish(ctx, []byte("good morning")); err != nil {
//		return err
//	}
//	for m := range peer.Messages(ctx) {
//		fmt.Printf("%s says %s\n", m.From.Short(), m.Payload)
//	}
//
// A signaling server is needed to enter only (the command n2n signal is one). Afterwards
// neighbors are each other's signaling servers, and the overlay goes on without the server.
//
// # What a peer does
//
// [Join] starts a peer with three protocols: an overlay, which decides who is connected to
// whom (Spray, or the one that [Overlay] names), a broadcast along its arcs, and unicast.
//
//   - [Peer.Publish] and [Peer.Messages] are the broadcast: to and from everybody in the room.
//   - [Peer.Request] and [Peer.Handle] are unicast: a question to a neighbor, and its answer.
//   - [Peer.Neighbors] lists the peers that this one is connected to at present.
//   - [Peer.Leave] leaves the room and ends the peer. [Peer.Done] tells that the peer has
//     ended, and [Peer.Err] why.
//
// # Options, by purpose
//
//   - The way in: [Signal] names servers, [Hall] joins the peers of one process without one,
//     and [Patient] waits for a server that is not up yet. One of the first two is required.
//   - Who the peer is: [Identity] or [KeyFile]. By default each Join draws a new key.
//   - What it runs: [Overlay] chooses the overlay. [With] adds protocols; one with the name of
//     one of the three replaces it.
//   - The network: [ICE] for peers behind NATs, [Loopback] for peers on one machine.
//   - The program around it: [System] for an actor system of the program, [Logger], and
//     [Config] for deadlines and limits.
//
// # Errors
//
// A wrong option is an error before anything starts, and a Join that fails leaves nothing
// behind. Later errors wrap a [messages.Code], which messages.CodeOf returns: one word for
// each kind of failure, the same in errors, JSON, logs and scripts.
//
// # When this is too small
//
// This package only puts other packages together. [Peer.Actors] is the full handle of the
// peer, with calls for arcs, introductions, events and snapshots:
//
//   - To talk to a protocol of [With]: its package may have a handle with calls, such as
//     size.Of; actors.On and actors.Events give the events that it emits.
//   - To decide about arcs yourself: Open, Close, Lock and Introduce of [actors.Peer], for a
//     protocol without a handler.
//   - To write a protocol: package protocols, and docs/protocols.md of the module.
//   - To run a peer in another world, or with another signaling service: [actors.Start], with
//     an actors.World. wrtc.NewWorld makes one over WebRTC, without a service. The packages
//     below signaling make services: client.New, hall.New, and several.New for many as one.
//   - To run thousands of peers in virtual time: packages sim and sim/scenario.
//   - To run a peer in a page: the npm package in web/npm, for JavaScript.
//
// How the parts work together is in the documentation of package actors, and in
// docs/architecture.md of the module.
package n2n
