// Package broadcast delivers each message once to every peer, by flooding along
// the arcs of an overlay protocol on the same peer, in either direction.
//
// A peer publishes by telling the protocol Publish, from the peer's handle, from
// another protocol or by a message to its PID. Every peer, the publisher
// included, emits one Delivered. A message goes to all neighbours but the one it
// came from; its ID (origin, epoch, sequence number) tells what has been seen.
//
// # Arcs that move
//
// Views change while a flood is under way: a peer can lose its last neighbour
// that was still to get the message, and gain one that has passed it on already.
// Spray's moves alone do not bring that about, as long as a connection keeps the
// order of what it carries; crashes, newcomers and other overlays do. So a peer
// offers the IDs of what it got lately (Config.Window) to every new
// neighbour (Have), which asks for what it lacks (Want). A congested neighbour is
// passed over, and is offered the same once it has caught up. Any two neighbours
// therefore end up with the same recent messages, and in a connected overlay all
// peers do. Who enters gets the messages of the last Window.
//
// # Limits
//
// Delivery is at most once as long as a peer remembers the ID: it keeps the last
// Config.Remember of them, and takes what is older than those of the same origin
// and epoch for seen. A handler that panicked has forgotten them. What is missed
// for longer than Window is not repaired, and messages are delivered in no
// particular order. An origin is what the neighbours say it is: only the last hop
// is authenticated. Whoever needs more signs its payloads.
package broadcast
