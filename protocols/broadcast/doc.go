// Package broadcast delivers each message once to every peer, in causal order. It
// floods messages along the arcs of an overlay protocol on the same peer, in both
// directions of the arcs.
//
// A peer publishes by telling the protocol Publish: from the peer's handle, from
// another protocol, or by a message to its PID. Every peer, with the publisher,
// emits one Delivered. A peer sends a message to all neighbours but the one it came
// from.
//
// # Order
//
// A message is delivered after all messages that its publisher had delivered when
// it published, or after those that Publish names. It is always delivered after the
// publisher's own earlier messages. It carries the names of the latest of these
// messages: those that come before no other of them, at most 256 (the causal
// barrier of Prakash, Raynal and Singhal, J. Parallel and Distributed Computing
// 41(2), 1997). On arrival it waits until they were delivered. A version vector
// says how many messages of each origin a peer has delivered, and the messages that
// wait are its exceptions (Malkhi and Terry, Concise version vectors in WinFS, DISC
// 2005; Mukund, Shenoy R. and Suresh, Optimized OR-sets without ordering
// constraints, ICDCN 2014).
//
// # Repair
//
// Views change while a flood is under way, and peers are cut off. A peer can lose
// its last neighbour from which it would have got a message. So each peer compares
// its vector with that of every new neighbour, and every Period with that of a
// random one (anti-entropy; Demers et al., Epidemic algorithms for replicated
// database maintenance, PODC 1987). Ask carries a digest of the vector. A neighbour
// with another digest answers Have. Want asks for the missing messages. They are
// sent in batches in the order of their delivery, so that they need not wait on
// arrival. If a message has waited for Period/10, the peer asks for the messages
// before it. A congested neighbour is sent nothing, and gets what it missed when it
// has caught up.
//
// Messages are kept for Window. So a peer that was cut off for less gets all that
// it missed, in order, and any two peers of a connected overlay end up with the
// same messages. A newcomer gets the messages of the last History before its start.
//
// # Limits
//
// A message that no neighbour keeps any more is given up after Patience. The
// messages that wait for it are delivered without it (metric gaps). If it comes
// later, it is dropped. A handler that panicked begins like a newcomer.
//
// The origin of a message is not proven, because only the last hop is
// authenticated. A peer of the overlay can publish in the name of another, or use
// up its sequence numbers. An application that needs more signs its payloads.
//
// A message costs 30 to 40 bytes for each message that it names. It names as many
// as there are peers that publish at the same time.
package broadcast
