// Package actors is one peer of an overlay, as a subtree of a protoactor system. Start makes
// a peer and returns its handle. What the peer needs from outside is a World. Package n2n at
// the root of the module does both for a program that only wants to be in a room.
//
// # The actors of a peer
//
//	the handle: Join, Spawn, Open, Subscribe, Leave
//	   │
//	┌──▼───┐ starts the protocols, the neighborhood, n2n and the rendezvous,
//	│ peer │ and supervises them
//	└──────┘
//	┌──────────┐ commands ┌──────────────┐ envelopes ┌────────────┐
//	│ protocol ├─────────►│ neighborhood ├──────────►│ connection │◄──► Conn
//	│          │◄─────────┤              │◄──────────┤            │
//	└──────────┘  events  └─────▲──┬─────┘  events   └─────▲──────┘
//	                 jobs, ends │  │ refusals, jobs        │ signals, introductions
//	┌────────────┐           ┌──┴──▼───────────────────────▼──────┐
//	│ rendezvous │◄─────────►│                n2n                 │
//	└─────▲──────┘  signals  └────────────────────────────────────┘
//	      ▼ a signaling service
//
// There is one protocol actor for each protocol, one connection actor for each connection,
// and one of each of the others. The neighborhood decides about connections and arcs, with
// the state machine of internal/links, and it starts and supervises the connection actors.
// The n2n actor carries offers and answers between its neighbors, and those of its own peer.
//
// A handler that panics is made anew. A panic of a connection actor closes that connection.
// A panic of any other actor ends the peer.
//
// # The journey of an envelope
//
// A message of a protocol takes three turns of actors at each end:
//
//  1. protocol: the handler calls Port.Send. The type of the message is checked (port.go),
//     and a command goes to the neighborhood.
//  2. neighborhood: command finds the connection to the peer, or the reason why there is
//     none, which becomes messages.Failed (neighborhood.go).
//  3. connection: send hands the envelope to Conn.Send (connection.go). Before that, a
//     class other than ordered may have to wait for its channel (classes.go).
//  4. connection, at the other end: Conn reports ConnReceived, a frame that is decoded and
//     within the caps. received passes the envelopes on to the neighborhood (connection.go).
//  5. neighborhood: received looks up which protocol the sender's number stands for.
//     The peer at the other end of the connection becomes From (neighborhood.go).
//  6. protocol: received decodes the payload, and the handler gets messages.Received
//     (protocol.go).
//
// # The life of a connection
//
//	dialing ──ConnOpened──► authenticating ──Hello, Proof──► living ──► closed
//	   │                          │                                        ▲
//	   └───────── deadline ───────┴────────────── deadline, forgery ───────┘
//
// The stages are those of connection.go:
//
//   - It begins when a protocol wants an arc to a peer without a connection, or with the
//     offer of another peer. The links start an attempt (internal/links/dialing.go), and the
//     neighborhood makes a connection actor (effects.go).
//   - dialing: the Conn makes an offer or an answer. The connection actor gives it to the n2n
//     actor, which sends it over a neighbor or the rendezvous (n2n.go, rendezvous.go). If both
//     peers dial at once, the offer of the smaller PeerID stands.
//   - authenticating: the data channel is open. Each end sends Hello with its public key, and
//     Proof, which signs the certificates of both ends (hello.go). Nothing else may come.
//   - living: the connection actor tells the n2n actor and then the neighborhood. Arcs that
//     waited open with one message each (internal/links/opening.go).
//   - A connection that nothing uses lingers for Config.Linger. Then both ends agree to close
//     it (internal/links/lingering.go). Only the links know of this; the actor is living.
//   - closed: a protocol that had arcs on it gets messages.PeerDown, and messages.ArcClosed
//     for each arc (internal/links/living.go). The n2n actor ends what depended on the
//     connection, and stops its actor.
//
// # Which file is which
//
// The handle, for any goroutine:
//
//   - handle.go: Start and Peer, the calls that begin and end something
//   - requests.go: the requests that wait for a protocol's event, such as Open and Introduce
//   - receiving.go: On and Events, what a protocol emits by type
//   - snapshot.go: Snapshot, and how the peer actor collects its parts
//   - config.go: Config, the deadlines and limits
//
// The ports, which a World fills:
//
//   - world.go: World and Rendezvous
//   - transport.go: Transport, Conn and the events of a Conn
//   - clock.go: Clock and Timer
//   - identity.go: Identity, and the one with an Ed25519 key
//   - turn.go, line.go: mailboxes for a World that runs its actors one turn at a time
//
// The actors:
//
//   - shell.go: what they share, and the inbox that the outside posts to
//   - peer.go, running.go: peer, the root of the subtree, and how its protocols start and end
//   - protocol.go, port.go: the actor that runs a Handler, and that actor as its Port
//   - neighborhood.go, effects.go: the router, and what it does for the links
//   - connection.go, hello.go, classes.go: a connection, its authentication, its channels
//   - n2n.go, introductions.go, jobs.go: offers and answers, introductions, and how a signal's
//     path is read
//   - rendezvous.go, service.go: the link to a signaling service, and what waits of its events
//
// What stands without an actor: internal/links decides about links, internal/tally counts.
//
// # Determinism
//
// Nothing here reads wall time, global randomness or the order of a map, takes a mutex or
// starts a goroutine: time, random numbers and the order of turns come from the World. So the
// same actors run over WebRTC (package wrtc) and, from a seed, in virtual time (package sim).
//
// The rules of arcs and the journey of an offer, file by file, are in docs/architecture.md of
// the module.
package actors
