// Package cyclon is Cyclon, a random peer sampling protocol. Its views have a fixed
// size, and the in-degrees of all peers are nearly the same.
//
//	S. Voulgaris, D. Gavidia, M. van Steen: CYCLON: Inexpensive Membership Management
//	for Unstructured P2P Overlays. J. of Network and Systems Management 13(2), 2005.
//
// An entry of the view is an arc that this peer holds, with an age in periods. No
// two entries are of the same peer, and none is of the peer itself. Every period
// (enhanced shuffling, sections 2.2 and 2.3) a peer p asks q, the peer of its oldest
// entry, for an exchange. It gives Shuffle−1 other entries, and a fresh entry of
// itself in place of that of q. In return q gives Shuffle of its own entries. Each
// side then opens arcs to the peers that are new to it. They go into empty slots
// first, and then replace the entries that the side gave away. A side ignores
// entries of itself and of peers that it has already.
//
// # On arcs
//
// A peer that gives an entry away is connected to both the peer of the entry and the
// receiver. So the receiver opens the new arc through the giver, without the
// rendezvous. A peer opens all its arcs itself and refuses introductions, so that no
// neighbour can break the bound of its view. An arc is closed only when the arc that
// replaces it is open:
//
//   - an arc that cannot be opened leaves the view as it was;
//   - the view never has more than View entries. There are as many arcs, and for each
//     arc that was just opened at most one more that is being closed.
//
// An exchange is one request and one reply. It ends on each side independently. An
// entry that is in one exchange is in no other. A peer has one exchange that it
// began, and serves up to three. It answers any other request with busy. Of two
// requests that cross, that of the smaller PeerID stands. A partner that does not
// answer before Deadline is removed, and another one is asked. Arcs to a peer that
// is down end with its connection, and later exchanges fill the slots.
//
// # Entering
//
// (Section 2.4.) A newcomer opens an arc to one contact that the rendezvous names,
// and the contact starts View random walks of Walk hops. The peer at the end of a
// walk opens an arc to the newcomer, through the peers that the walk passed. If that
// peer has no empty slot, the arc replaces an entry drawn at random, and the
// newcomer gets that entry. So a newcomer gets about as many arcs in and out as
// every other peer has. A walk is lost if it ends where another one ended, or at a
// peer where too many end. Exchanges fill the slots that stay empty.
//
// A peer whose view is empty opens an arc to a peer that holds an arc to it. If
// there is none, it enters again through the rendezvous. A peer that leaves tells
// each holder of an arc to it of another peer to use instead.
//
// Suppose that the network splits into groups for so long that the connections
// between them are lost. The groups stay apart afterwards, because a peer whose view
// is not empty does not look for others.
//
// # Where it departs from the paper
//
//   - A partner that had nothing new stays in the view, with age 0. In a room of
//     at most View+1 peers, every peer ends up with an arc to each other one.
//   - The contact of a newcomer is an entry of its view.
//   - Ages are limited to twice the view. Otherwise a peer that sends high ages could
//     choose the next partners of others.
//
// # Connections
//
// An exchange opens up to 2·Shuffle connections, and as many begin to linger. With
// the default linger of 60 s and Period 30 s, a peer of a large network has about
// 2·View + 60 connections. A shorter Period needs a shorter linger, or a larger
// actors.Config.MaxConnections.
//
// # What others can do to a peer
//
// A holder of an arc to us can have one exchange in each half Period (all holders
// together have eight). It can replace Shuffle entries by peers of its choice.
// Random walks replace at most half a view in a Period. An entry of a peer that does
// not exist costs an attempt to connect, and the view keeps its own entries. Nothing
// here stops a majority of liars.
package cyclon
