// Package spray is Spray, a random peer sampling protocol. Its views follow the size
// of the network, although no peer knows that size.
//
//	B. Nédelec, J. Tanke, P. Molli, A. Mostéfaoui, D. Frey: An adaptive peer-sampling
//	protocol for building networks of browsers. World Wide Web 21(3):629–661, 2018.
//
// A peer's view is the multiset of the arcs that it holds. A newcomer opens an arc
// to one contact, and the contact introduces it to each of its own neighbours. So a
// join adds 1 + |view of the contact| arcs, and views come to hold about ln N arcs.
// From then on arcs are only moved. Every period a peer p takes the partner q at the
// end of its oldest arc. Both take half of their view, and
//
//	p → x  becomes  q → x     for every x in p's half,
//	p → q  becomes  q → p     the oldest arc itself,
//	q → y  becomes  p → y     for every y in q's half (q → p becomes p → q).
//
// # Entering
//
// The rendezvous is asked for one contact, and carries one offer and one answer.
// Everything else goes through neighbours. The rendezvous names a member that
// entered before the asker, if there is one. So the contacts of peers that enter at
// the same time lead to the first of them, and the overlay is in one piece. Contacts
// drawn from all members can form circles: when 50 peers entered at once, the
// overlay was in two pieces more often than not.
//
// A peer that cannot reach its contact tries again. A peer that was named no
// contact, or that has lost all its neighbours, asks again until it has a neighbour.
//
// Peers that enter at the same time get fewer arcs than ln N, because their contacts
// have few neighbours yet: about 2.2 each when 50 enter at once, 3.2 when they enter
// within 2 s. A larger A or B makes up for that.
//
// Suppose that the network splits into groups for so long that the connections
// between them are lost. The groups stay apart when they can reach each other again,
// as in the paper, because a peer with neighbours does not look for others. A single
// peer that was cut off enters again.
//
// # On arcs
//
// No message lists peers. A peer that moves one of its arcs is the neighbour of both
// ends of the new arc, and introduces them: p asks q to open q → x, and closes p → x
// when it is told that this was done. Until then p's arc is locked. So
//
//   - the number of arcs stays constant: a failed introduction leaves the old arc
//     where it was;
//   - any two peers stay joined by a path while arcs move: an arc between the two
//     peers of an exchange moves in no other exchange, and an exchange lasts until
//     both sides have said that they are done;
//   - no peer waits while it holds something that another one waits for. A peer
//     takes part in at most one exchange that it began and one that it serves. It
//     answers any other request with busy, and the asker tries another partner a
//     little later. Of two requests that cross, that of the smaller PeerID stands.
//     Every wait has a deadline, after which the peer lets go of all that it held.
//
// A partner that does not answer in time is taken for down, as in the paper.
//
// # Arcs that are lost
//
// After PeerDown, each lost arc is replaced by an arc to a neighbour drawn at
// random, with probability 1 − A/(|view| + lost). So one departure removes about as
// many arcs as a join adds (onPeerDown). An arc is always replaced if it was
// refused, or if a contact could not open it to a newcomer (onArcDown). A peer that
// leaves in order does this for the others: it introduces the holders of arcs to it
// to its own neighbours, and tells them so.
//
// # Where it departs from the paper
//
//   - An arc that moved begins with age 0 at its new holder. It is a new arc, and
//     its connection tells of a dead peer long before the age would.
//   - A move that fails leaves the arc with its old holder, where the paper gives
//     the new one a duplicate. The count is the same, and the arc is known to work.
//   - B adds its arcs when the network has its first two peers. Later joins keep
//     them.
//
// # What others can do to a peer
//
// A peer serves a join once for each connection, and an exchange at most four times
// a period. It serves only the holders of arcs to it. A peer that lies about its
// introductions removes arcs from the network or adds some, at the speed of its
// exchanges. Nothing here stops a majority of liars.
package spray
