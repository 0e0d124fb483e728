// Package spray is Spray, a random peer sampling protocol whose views follow the
// size of the network without anybody knowing it.
//
//	B. Nédelec, J. Tanke, P. Molli, A. Mostéfaoui, D. Frey: An adaptive peer-sampling
//	protocol for building networks of browsers. World Wide Web 21(3):629–661, 2018.
//
// A peer's view is the multiset of the arcs that it holds. A newcomer opens an
// arc to one contact, which introduces it to each of its own neighbours: a join
// adds 1 + |view of the contact| arcs, so that views come to hold about ln N.
// From then on arcs are only moved. Every period a peer p takes the partner q at
// the end of its oldest arc; both take half of their view, and
//
//	p → x  becomes  q → x     for every x in p's half,
//	p → q  becomes  q → p     the oldest arc itself,
//	q → y  becomes  p → y     for every y in q's half (q → p becomes p → q).
//
// # Entering
//
// The rendezvous is asked for one contact and carries one offer and one answer;
// all else goes through neighbours. It is to name a member that entered before
// the asker, if there is any: then the contacts of peers that enter at the same
// time lead to the first of them, and the overlay is in one piece. Drawn from all
// members, they run in circles: of 50 peers that entered at once, the overlay was
// in two pieces more often than not. A peer that can reach no contact tries
// again; one that was named none, or has lost everybody, asks again while nobody
// is its neighbour.
//
// Peers that enter at the same time get fewer arcs than ln N, as their contacts
// have few to introduce them to: about 2.2 each when 50 come at once, 3.2 within
// 2 s. A or B make up for that where it matters.
//
// Groups that were cut off from each other until their connections were lost stay
// apart when they can reach each other again, as in the paper: nobody who has
// neighbours looks for others. One that was cut off alone enters again.
//
// # On arcs
//
// No message lists peers. Whoever holds an arc is the neighbour of both ends of
// its replacement, and introduces them: p asks q to open q → x, and closes p → x
// once it is told that this was done. Until then p's arc is locked. So
//
//   - the number of arcs stays constant: a failed introduction leaves the old arc
//     where it was;
//   - an arc between the two peers of an exchange moves in no other exchange, and
//     an exchange lasts until both sides have said that they are done: any two
//     peers stay joined by a path while arcs move;
//   - no peer waits while holding what another one waits for. A peer takes part
//     in at most one exchange that it began and one that it serves; it answers
//     any other request with busy, and who is told so tries another partner a
//     little later. Of two requests that cross, the smaller PeerID's stands. All
//     that waits has a deadline, after which it lets go of what it held.
//
// A partner that does not answer in time is taken for down, as in the paper.
//
// # Arcs that are lost
//
// PeerDown: each lost arc is made anew, to a neighbour drawn at random, with
// probability 1 − A/(|view| + lost), so that one departure takes about as many
// arcs along as a join brings (onPeerDown). An arc that was refused, or that a
// contact could not have opened to a newcomer, is always made anew (onArcDown).
// A peer that leaves in order does this for the others: it introduces those who
// hold arcs to it to its own neighbours, and tells them so.
//
// # Where it departs from the paper
//
//   - An arc that moved begins with age 0 at its new holder: it is a new arc, and
//     the connection below tells of a dead peer long before age would.
//   - A move that fails leaves the arc with its old holder instead of a duplicate
//     with the new one: the count is the same, and the arc is known to work.
//   - B enters where the network has its first two peers; later joins keep it.
//
// # What others can do to a peer
//
// A join is served once for each connection, and an exchange at most four times
// a period, both to holders of an arc to us only. A peer that lies about its
// introductions takes arcs out of the network or adds some, at the speed of its
// exchanges; nothing here stops a majority of liars.
package spray
