// Package actors is one peer of an overlay as a subtree of a protoactor system:
// the peer supervises a neighborhood (arcs and connections), an n2n actor
// (offers and answers between neighbors), a rendezvous (the link to a signaling
// service), one connection actor for each remote peer and one protocol actor
// for each protocol. Start makes a peer; what it needs from outside is a World.
//
// Nothing here reads wall time, global randomness or map order, takes a mutex or
// starts a goroutine: time, randomness and order come from the World.
package actors
