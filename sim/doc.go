// Package sim is the simulated world: the actors of any number of peers in one
// process, in virtual time, deterministic from a seed. Peers start as elsewhere
// (actors.Start). They exchange and relay offers and answers, with opaque bodies in
// place of session descriptions.
//
// Events are ordered by (time, destination peer, source peer, sequence of the
// source); a message between two peers takes at least a microsecond; loss and
// latency are drawn from the sender's random stream. So no result depends on how
// the work is divided, and the same seed gives the same run.
package sim
