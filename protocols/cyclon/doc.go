// Package cyclon is Cyclon, a random peer sampling protocol with views of a fixed
// size whose in-degrees are nearly the same everywhere.
//
//	S. Voulgaris, D. Gavidia, M. van Steen: CYCLON: Inexpensive Membership Management
//	for Unstructured P2P Overlays. J. of Network and Systems Management 13(2), 2005.
//
// An entry of the view is an arc that this peer holds, with an age in periods; no
// two are of the same peer, and none is of the peer itself. Every period (enhanced
// shuffling, section 2.2 and 2.3) a peer p asks q, the peer of its oldest entry,
// for an exchange. It gives Shuffle−1 other entries and a fresh one of itself, in
// place of the one of q; q gives Shuffle of its own. Each side then opens arcs to
// the peers that are new to it, in empty slots first and then in place of what it
// gave: it passes over itself and those that it has already.
//
// # On arcs
//
// Who names a peer is connected to it, and to who is told: the arc to a peer that
// was learned is opened by way of the one who named it, and the rendezvous is not
// needed. A peer opens all its arcs itself and refuses introductions, so that no
// neighbour can break the bound of its view. An arc is closed only once the one
// that takes its place is open:
//
//   - what cannot be opened leaves the view as it was;
//   - the view has never more than View entries. The arcs are as many, but for
//     those that are being closed: at most one for each that was just opened.
//
// An exchange is one request and one reply, and ends on each side by itself. An
// entry that is given away in one is given away in no other. A peer has one
// exchange that it began and serves up to three; it answers any other request
// with busy. Of two that cross, the smaller PeerID's stands. A partner that does
// not answer before Deadline is removed and another is asked. Arcs of a peer that
// is down end with its connection, and the slots are filled by later exchanges.
//
// # Entering
//
// (Section 2.4.) A newcomer opens an arc to one contact that the rendezvous names,
// which starts View random walks of Walk hops. Where one ends, an arc to the
// newcomer is opened, back the way that the walk came; it takes the place of an
// entry drawn at random, if there is no empty slot, and that entry is handed over
// to the newcomer. So it gets about as many arcs in and out as everybody has.
// Walks that end at the same peer, or where too many end, are lost; the slots of
// the newcomer fill in its exchanges.
//
// A peer whose view is empty opens an arc to one who holds an arc to it, or else
// enters again through the rendezvous. One that leaves names each peer that holds
// an arc to it another one to hold instead.
//
// Groups that were cut off from each other until their connections were lost stay
// apart afterwards: nobody whose view is not empty looks for others.
//
// # Where it departs from the paper
//
//   - A partner that had nothing new stays in the view, with age 0. In a room of
//     at most View+1 peers everybody ends up with an arc to everybody.
//   - The contact of a newcomer is an entry of its view.
//   - Ages beyond twice the view are taken for that. Otherwise who sends high ages
//     would choose whom others exchange with next.
//
// # Connections
//
// An exchange opens up to 2·Shuffle connections, and as many begin to linger. With
// the default linger of 60 s and Period 30 s, a peer of a large network has about
// 2·View + 60 of them. A shorter Period needs a shorter linger, or more
// actors.Config.MaxConnections.
//
// # What others can do to a peer
//
// A holder of an arc to us can have one exchange each half Period (eight of them
// in all), and replaces Shuffle entries by peers of its choice; random walks
// replace at most half a view in a Period. Messages that name peers who are not
// there cost an attempt to connect, and the entries stay. Nothing here stops a
// majority of liars.
package cyclon
