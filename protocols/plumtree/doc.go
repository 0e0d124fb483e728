// Package plumtree is Plumtree, a broadcast protocol. It delivers each message once
// to every peer, along a tree of the links of an overlay protocol on the same peer.
// Announcements along the other links mend the tree.
//
//	J. Leitão, J. Pereira, L. Rodrigues: Epidemic broadcast trees. SRDS 2007,
//	pp. 301–310.
//
// A peer publishes by telling the protocol messages.Publish. Every peer, with the
// publisher, emits one messages.Delivered, as in package broadcast.
//
// At first every link is eager, and a message (Gossip) is flooded. A peer that gets
// a message again makes that link lazy (Prune), so that the remaining eager links
// form a tree. Along a lazy link a message is only announced (IHave). A peer that
// does not get an announced message within IHaveTimeout asks for it (Graft). That
// makes the link eager, and so mends the tree after failures. With a Threshold, a
// lazy neighbour that was nearer to the origin by so many hops replaces the eager
// one.
//
// One tree serves all origins. It needs links that are symmetric and stable, such as
// those of HyParView. Over views that move all the time, most messages would travel
// along new links, which are eager.
//
// # Where it departs from the paper
//
//   - A new neighbour gets announcements of the messages of the last Window, because
//     it may have been cut off. The paper leaves that to a protocol above.
//   - An announcement waits AnnounceDelay for others. A congested neighbour is sent
//     no messages; they are announced to it when it has caught up.
//   - A peer asks each neighbour that has announced a message once. When all have
//     been asked, it gives the message up until a neighbour announces it again.
//
// # What others can do to a peer
//
// A neighbour can make links eager, which costs repeated messages, or lazy, which
// costs delay. It cannot hide a message that another neighbour announces.
// Announcements of messages that never come end with their timeouts, and at most
// 1,024 of one neighbour are waited for. A message is sent on demand to each
// neighbour once. As in package broadcast, delivery is at most once while a peer
// remembers the ID, messages come in no particular order, and the origin of a
// message is not proven: neighbours can claim any.
package plumtree
