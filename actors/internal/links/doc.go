// Package links decides about the links of a peer: which connections it makes, keeps
// and ends, and which arcs run over them. It is a state machine without an actor, a
// clock or a network. Each method of Table handles one input completely. It hands to
// Effects, in order, what others have to do. The same inputs, random numbers and
// times give the same effects.
//
// A link joins the peer to another one. It has at most one living connection
// (living.go, lingering.go), at most one attempt at a new one (dialing.go,
// retrying.go), and the requests that wait for either (opening.go). Arcs run over
// living connections (arcs.go, with the numbers in ledger.go).
package links
