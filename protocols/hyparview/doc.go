// Package hyparview is HyParView, a membership protocol with a small active view,
// along whose links messages are flooded or sent down trees, and a larger passive
// view to mend it from.
//
//	J. Leitão, J. Pereira, L. Rodrigues: HyParView: a membership protocol for
//	reliable gossip-based broadcast. DSN 2007, pp. 419–428.
//
// A newcomer asks one contact to take it in (Join). The contact always does: if
// its active view is full, somebody drawn at random gives way (Disconnect), and
// moves to the passive view. It sends a random walk through each of its other
// neighbours (ForwardJoin). Where ARWL hops are over, or somebody has no other
// neighbour, the newcomer becomes a neighbour; where PRWL hops are left, it enters
// the passive view.
//
// Who has room in its active view asks peers of the passive one (Neighbor), with
// high priority if it has nobody left: that is granted always, the low priority
// only where there is room. Who cannot be reached is forgotten, who has no room is
// asked again in a later period.
//
// Every period a peer offers some of both its views to the end of a random walk
// (Shuffle), and gets as much of the passive view there in return (ShuffleReply).
//
// # On arcs
//
// A link is two arcs, one each way: who is in p's active view is who p holds an
// arc to. So the outview is the active view, of the size that the metrics show,
// and the inview says who has p in its own. All that the paper sends about the
// views of two peers is said by arcs:
//
//   - an arc and Join or Neighbor after it is a request. An arc back grants it,
//     the end of the arc (Drop) refuses it;
//   - a link ends when either arc does, and then both end;
//   - an arc that nothing comes of within Deadline is dropped.
//
// Both ends are told of an arc and of its end, whatever is lost (the rules of
// arcs), so that a link cannot stay with one side only: as soon as nothing is
// under way, the active views are symmetric. While a request waits, the outview
// can hold a few arcs more than Active; the active view never has more peers.
//
// The connection is the failure detector, as TCP is in the paper: PeerDown.
//
// # Routes
//
// Walks carry the relays that they have passed, and shuffles say how their teller
// reaches who they name. So a newcomer at the end of its walk, and those of the
// passive view, can be opened through neighbours. A route may be out of date: who
// is not reached along it is tried through the rendezvous, as is who has none.
//
// The rendezvous is asked for a contact on entering, after a contact that was dead
// or refused, when nobody is left in either view, and now and then while there is
// room and nobody is known but neighbours: without that, two or three of a crowd
// of 50 that entered at once stayed apart in one run of a thousand.
//
// Groups of more than Active peers that were cut off from each other until their
// connections were lost stay apart afterwards: who has a full view looks for nobody.
//
// # Where it departs from the paper
//
//   - A reply to a shuffle goes back the way the shuffle came, not over a
//     connection of its own, which would cost a handshake.
//   - Nobody gives way at the end of a walk before the newcomer has answered: a
//     made-up one costs nobody its place.
//   - A peer that has some neighbours left asks as many at a time as it has room
//     for, and after twice as many refusals waits for the next period: where all
//     are full, each request costs a handshake for nothing.
//   - A peer that leaves tells its neighbours of each other, and relays for them
//     until it is gone.
//
// # What others can do to a peer
//
// In a period, a peer takes at most MaxJoins requests that cost somebody its place
// and one of each sender, and passes on at most 256 messages of walks of each
// neighbour; what comes beyond is refused or ignored, and counted. Nobody can
// keep it from having two full views, but peers that lie can fill the passive one
// with others like them; nothing here stops a majority of liars.
package hyparview
