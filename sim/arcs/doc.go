// Package arcs is the simulated world at the level of arcs: the handlers of any
// number of peers, in virtual time, deterministic from a seed, without the actors
// of a peer. A handler cannot tell it from a peer: the world keeps the contract of
// protocols.Port, and arcs, locks, introductions, invitations, refusals, lingering
// connections, deadlines and limits follow the rules of package actors.
//
// What it leaves out is what no handler can see: signatures, session descriptions,
// mailboxes and the encoding of messages. Offers and answers are small events that
// travel from relay to relay; Hello and Proof are the time that they take.
//
// Peers are divided over workers, which run in windows of the smallest latency:
// within a window no peer can hear of another. Events are ordered by (time,
// destination, source, sequence of the source), so that no result depends on the
// number of workers.
package arcs
