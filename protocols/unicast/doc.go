// Package unicast carries payloads between neighbours: messages, requests that are answered
// or rejected, and messages to several neighbours at once.
//
// It holds no arcs. It reaches every neighbour that runs it, over any connection, whatever
// protocol has the arcs. A Multicast without targets goes to all neighbours of one overlay
// protocol (Config.Over).
//
//	told                          emitted
//	Send{ID, To, Payload}         Failed, if it is known not to have left; at To: Received
//	Multicast{ID, To, Payload}    a Failed for each target that it did not leave for
//	Request{ID, To, Payload}      exactly one of Answered, Rejected, Failed; at To: Requested
//	Reply{To, ID, Payload}        Failed, if the request no longer waits
//	Reject{To, ID, Reason, Text}  Failed, if the request no longer waits
//
// The event that ends a request goes to the asker: to the protocol of this peer that told
// the request, or to the subscribers if the peer's handle told it. Received messages go to
// the subscribers.
//
// # Requests
//
// A request ends with one event before its deadline. That is the first answer or rejection
// of the peer that was asked, or Failed. Its Err wraps a messages.Code: closed when the
// connection is lost, not_neighbour, no_protocol, timeout. An answer is dropped and counted
// ("late") if it comes later, twice, from another peer or unasked. A restarted handler has
// forgotten its requests, and the askers hear nothing more of them.
//
// # Limits
//
// Config bounds the requests that wait on either side. Past the bound, a request of this
// peer fails with full, and a request of a neighbour is rejected with ReasonFull. A
// neighbour may use only a quarter of the bound, so that it cannot keep out the others. The
// asked peer keeps a request until it replies or the deadline is over. A neighbour whose
// channel is congested is sent nothing (full) until it has caught up: messages do not wait
// here. Messages to a neighbour are delivered in the order in which they were sent, at most
// once.
package unicast
