// Package hyparview is HyParView, a membership protocol with two views. Messages are
// flooded, or sent down trees, along the links of a small active view. A larger
// passive view mends the active one.
//
//	J. Leitão, J. Pereira, L. Rodrigues: HyParView: a membership protocol for
//	reliable gossip-based broadcast. DSN 2007, pp. 419–428.
//
// A newcomer asks one contact to take it in (Join). The contact always does so. If
// its active view is full, a peer drawn at random must leave it (Disconnect), and
// moves to the passive view. The contact sends a random walk through each of its
// other neighbours (ForwardJoin). At the end of a walk, after ARWL hops or at a peer
// without other neighbours, the newcomer becomes a neighbour. At the peer where PRWL
// hops are left, it enters the passive view.
//
// A peer that has room in its active view asks peers of the passive view to become
// neighbours (Neighbor). A request of high priority is always granted; a peer
// without any neighbour uses it. A request of low priority is granted only where
// there is room. A peer that cannot be reached is forgotten. A peer that has no room
// is asked again in a later period.
//
// Every period a peer offers some peers of both its views to the end of a random
// walk (Shuffle), and gets as many from the passive view there in return
// (ShuffleReply).
//
// # On arcs
//
// A link is two arcs, one each way. The active view of p consists of the peers that
// p holds arcs to. So the outview is the active view, and the metrics show its size.
// The inview consists of the peers that have p in their active view. Arcs say all
// that the messages of the paper say about the views of two peers:
//
//   - an arc followed by Join or Neighbor is a request. An arc back grants it, and
//     the end of the arc (Drop) refuses it;
//   - a link ends when either arc ends, and then both end;
//   - an arc is dropped if no request follows within Deadline.
//
// Both ends are told of an arc and of its end, whatever messages are lost (the rules
// of arcs). So a link cannot stay with one side only: when nothing is under way, the
// active views are symmetric. While a request waits, the outview can hold a few arcs
// more than Active. The active view never has more peers.
//
// The connection is the failure detector, as TCP is in the paper: PeerDown.
//
// # Routes
//
// Walks carry the relays that they have passed, and shuffles tell how their sender
// reaches the peers that it names. So arcs to a newcomer at the end of its walk, and
// to peers of the passive view, can be opened through neighbours. A route may be out
// of date. A peer that is not reached along its route, or has none, is tried through
// the rendezvous.
//
// A peer asks the rendezvous for a contact when it enters, when a contact was dead
// or refused, and when both views are empty. It also asks now and then while it has
// room and knows no peers but its neighbours. Without that, two or three of 50 peers
// that entered at once stayed apart in one run of a thousand.
//
// # Groups apart
//
// Places that change hands while peers enter can leave a few peers with no neighbours
// but each other. The peers that they know outside may all be full, and refuse a
// request of low priority in each period. The paper has no answer to that. In a group
// of at most Active peers all have room, so they become neighbours of each other, and
// their shuffles reach no one else. Everywhere else, the shuffles of about ShuffleTTL
// peers pass a peer in a period, and few of those peers are its neighbours. So a peer
// that has room asks with high priority, as one without neighbours does, when nobody
// but its neighbours has shuffled with it for two whole periods. No group of at most
// Active peers stays apart, as long as one of them knows a living peer outside or
// reaches the rendezvous. This needs a ShuffleTTL of at least 2.
//
// A group of more than Active peers can stay apart, because a peer with a full view
// does not look for others. A network can split into such groups for so long that the
// connections between them are lost. They also form when peers enter at the same time
// and Active is small: in 7 of 400 rooms of 12 to 35 peers with an Active of 3, and in
// most with an Active of 2. There was none in 400 rooms with 4, and in 1200 with 5.
//
// # Where it departs from the paper
//
//   - A reply to a shuffle goes back the way the shuffle came, and not over a
//     connection of its own, which would cost a handshake.
//   - At the end of a walk, a neighbour loses its place only when the newcomer has
//     answered. So an invented newcomer costs no peer its place.
//   - A peer that has some neighbours left asks as many at a time as it has room
//     for. After twice as many refusals it waits for the next period: where all
//     peers are full, each request costs a handshake for nothing.
//   - A peer in a small group apart asks with high priority, though it has neighbours.
//   - A peer that leaves tells its neighbours of each other, and relays for them
//     until it is gone.
//
// # What others can do to a peer
//
// In a period, a peer takes at most MaxJoins requests that cost a neighbour its
// place, one of each kind from a sender. It passes on at most 256 messages of walks
// from each neighbour. It refuses or ignores the rest, and counts them. No one can
// keep a peer from having two full views, but peers that lie can fill the passive
// view with others like them. Nothing here stops a majority of liars.
package hyparview
