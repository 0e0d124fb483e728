// Package broadcast delivers each message once to every peer, in causal order, by
// flooding along the arcs of an overlay protocol on the same peer, in either
// direction.
//
// A peer publishes by telling the protocol Publish, from the peer's handle, from
// another protocol or by a message to its PID. Every peer, the publisher
// included, emits one Delivered. A message goes to all neighbours but the one it
// came from.
//
// # Order
//
// A message is delivered after all that its publisher had delivered when it
// published, or after those that Publish names, and always after the publisher's
// own earlier ones. It carries the names of those that no other of them comes
// after, at most 256 (the causal barrier of Prakash, Raynal and Singhal, J.
// Parallel and Distributed Computing 41(2), 1997), and waits on arrival until
// they were delivered. How far a peer has come with each origin is a version
// vector, the messages that wait are its exceptions (Malkhi and Terry, Concise
// version vectors in WinFS, DISC 2005; Mukund, Shenoy R. and Suresh, Optimized
// OR-sets without ordering constraints, ICDCN 2014).
//
// # Repair
//
// Views change while a flood is under way, and peers are cut off: a peer can lose
// its last neighbour that was still to get a message. So each peer compares its
// vector with that of every new neighbour, and every Period with one drawn at
// random (anti-entropy; Demers et al., Epidemic algorithms for replicated database
// maintenance, PODC 1987): Ask carries a digest, and who differs answers Have;
// Want asks for what is lacking, and that is sent in the order of its delivery, by
// batches, so that it need not wait on arrival. A message that waits asks for what
// it waits for after Period/10. A congested neighbour is passed over, and told what
// it missed once it has caught up.
// Messages are kept for Window; so a peer that was cut off for less gets all that
// it missed, in order, and any two peers of a connected overlay end up with the
// same. Who enters gets what came not longer than History before.
//
// # Limits
//
// What nobody around keeps any more is given up after Patience, and what waits
// for it is delivered without it (metric gaps). Should it come later, it is
// dropped. A handler that panicked begins like a newcomer. An origin is what
// the neighbours say it is: only the last hop is authenticated, so a peer of the
// overlay can publish in the name of another, or use up its sequence numbers.
// Whoever needs more signs its payloads. A message costs 30 to 40 bytes for each
// one that it comes after; there are as many of these as peers publish at the
// same time.
package broadcast
