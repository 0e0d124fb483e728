// Package plumtree is Plumtree: it delivers each message once to every peer, along
// a tree of the links of an overlay protocol on the same peer, and mends the tree
// by what is announced along the other links.
//
//	J. Leitão, J. Pereira, L. Rodrigues: Epidemic broadcast trees. SRDS 2007,
//	pp. 301–310.
//
// A peer publishes by telling the protocol messages.Publish; every peer, the
// publisher included, emits one messages.Delivered, as package broadcast does.
//
// At first every link is eager, and a message (Gossip) is flooded. Who gets one
// again makes the link that it came by lazy (Prune), so that the eager links that
// are left form a tree. Along a lazy link the message is only announced (IHave).
// Who was told of a message that does not come within IHaveTimeout asks for it
// (Graft), which makes that link eager: so the tree is mended after failures. With a
// Threshold, a lazy neighbour that was nearer to the origin by so many hops takes
// the place of the eager one.
//
// One tree serves all origins, and needs links that are symmetric and stable, such
// as HyParView's; over views that move all the time most messages travel along new
// links, which are eager.
//
// # Where it departs from the paper
//
//   - A new neighbour is announced what came within Window: it may have been cut
//     off meanwhile. The paper leaves that to a protocol above.
//   - Announcements wait AnnounceDelay for others; a congested neighbour is sent
//     none of the messages, and is announced them once it has caught up.
//   - Who has announced a message is asked for it once. When all have been asked,
//     the message is given up until somebody announces it again.
//
// # What others can do to a peer
//
// A neighbour can make links eager, which costs repeated messages, or lazy, which
// costs delay; it cannot keep a message away that another neighbour announces.
// Announcements of messages that never come end with their timeouts, and no more
// than 1,024 of one neighbour are waited for; a message is sent on demand to each
// neighbour once. As with package broadcast, delivery is at most once as long as a
// peer remembers the ID, messages come in no particular order, and an origin is
// what the neighbours say it is.
package plumtree
