// Package unicast carries payloads between neighbours: messages, requests that
// are answered or rejected, and messages to several neighbours at once.
//
// It holds no arcs. Every neighbour can be reached that runs it, along whichever
// arcs of whichever protocol joins the two; a Multicast without targets goes to
// all neighbours of one overlay protocol (Config.Over).
//
//	told                          emitted
//	Send{ID, To, Payload}         Failed, if it is known not to have left; at To: Received
//	Multicast{ID, To, Payload}    a Failed for each target that it did not leave for
//	Request{ID, To, Payload}      exactly one of Answered, Rejected, Failed; at To: Requested
//	Reply{To, ID, Payload}        Failed, if nobody waits for it
//	Reject{To, ID, Reason, Text}  Failed, if nobody waits for it
//
// What ends a request goes to who made it: to the protocol of this peer that told
// it, or else to those who subscribed. What is received goes to the subscribers.
//
// # Requests
//
// A request ends with one event before its deadline: with the first answer or
// rejection of the peer that was asked, or with Failed, whose Err wraps a
// messages.Code: closed when the connection is lost, not_neighbour, no_protocol,
// timeout. An answer that comes later, twice, from another peer or unasked is
// dropped and counted ("late"). A restarted handler has forgotten its requests;
// those who asked hear nothing more of them.
//
// # Limits
//
// Config bounds the requests that wait on either side. One of ours beyond is
// Failed with full; one of a neighbour is rejected with ReasonFull, and so are
// those beyond its share, a quarter, so that no neighbour can keep out the
// others. Who is asked keeps a request until it replies or its deadline is over.
// A neighbour whose channel is congested is sent nothing (full) until it has
// caught up: nothing waits here. Messages are delivered in the order they were
// sent to a neighbour, at most once.
package unicast
