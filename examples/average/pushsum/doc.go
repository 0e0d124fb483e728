// Package pushsum lets every peer know the average of a number that each has (its
// load, its temperature, the length of its queue), with one small message a peer
// and Period, and nobody who collects anything.
//
//	D. Kempe, A. Dobra, J. Gehrke: Gossip-based computation of aggregate
//	information. FOCS 2003, section 2 (Push-Sum).
//
// A peer holds a sum and a weight, at first its input and 1. Every Period it sends
// half of both to a neighbour drawn at random, and adds what it receives. What all
// hold together stays what it was, the sum of the inputs and the number of peers;
// and the estimate sum/weight of each comes to their average, at a rate that makes
// the error fall exponentially with the rounds where the overlay mixes well.
//
// # Epochs
//
// Who crashes takes along what it held, and inputs change. So everything begins
// anew with each epoch of Rounds periods (M. Jelasity, A. Montresor, O. Babaoglu:
// Gossip-based aggregation in large dynamic networks. ACM TOCS 23(3), 2005, section
// 4.1). Epochs are those of the clock, which is to be right to about Skew; a share
// of another epoch is dropped. Who enters within an epoch takes part at once, who
// leaves hands over what it holds.
//
//	handle.Tell("pushsum", pushsum.Set{Input: load}) // counts from the next epoch on
//	handle.Subscribe("pushsum", …)                   // an Estimate with Final at the end of each
//
// # What others can do to a peer
//
// No message makes an estimate leave the range of inputs, Least to Most, which all
// peers agree on, and none moves a peer out of the epoch that its clock tells. But
// within that a liar is believed: it can give its neighbours weight that it does
// not have, at most MaxPeers a message, and so draw the average of an epoch to
// where it likes. This is for peers that trust each other.
package pushsum
