// Package size estimates how many peers the network has, from the sizes of the
// views that Spray keeps.
//
//	B. Nédelec, J. Tanke, P. Molli, A. Mostéfaoui, D. Frey: An adaptive peer-sampling
//	protocol for building networks of browsers. World Wide Web 21(3):629–661, 2018.
//	DOI 10.1007/s11280-017-0478-5.
//
// Spray's views come to hold about A·ln N + B arcs, so a peer takes the network for
//
//	N ≈ exp((m − B) / A)
//
// where m is the mean of its own view and of those of its neighbours, which tell
// it: the mean of views is the geometric mean of the estimates that each of them
// gives alone. Every period a peer reports the size of its view to those who hold
// arcs to it, and emits an Estimate. The last report of a peer counts for Window
// periods; as arcs move, that is a sample of several times the view. Reports of
// peers that we hold no arc to are not taken: who holds an arc to us has a larger
// view than most.
//
// # Error
//
// Views of one peer have a standard deviation of 0.4 to 0.7: alone they are off by
// a factor of 1.4 to 1.7. With the 20 to 40 samples of a window and A = 1, N is
// within 6 to 8 % of what the views of all 100 peers together give (mean of the
// distance); Low and High are two standard errors away, and hold it 9 times of 10.
// Rounding to whole arcs is no bias of the mean; the exponential adds about
// error²/2, below 1 %, and a larger A makes all of this smaller by as much.
//
// What no sample can tell is how far the mean of all views is from A·ln N + B. It
// is made by the joins, and no exchange changes it: how the first dozen peers
// happened to enter stays in it. Where 100 to 1,000 peers enter one after another,
// its standard deviation from one run to the next is about 0.3 if exchanges even
// the views out between the joins, and up to 0.8 if the peers enter faster, and
// peers that enter at the same time get too few arcs besides (see package spray).
// With A = 1, N is then off by a factor of 1.3 to 2.2, however well m is known;
// with a larger A, by less. Where the size is known once, B can be set to take that
// error out, as it changes slowly.
//
// # What others can do
//
// A peer has one sample, and one that is farther than two arcs from the median of
// all (more, where the views differ more) counts for two. So a fifth of the
// neighbours, whatever they tell, moves m by at most about 0.4, and N by half. A
// majority of liars among the neighbours decides.
package size
