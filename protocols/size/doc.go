// Package size estimates how many peers the network has, from the sizes of the
// views that Spray keeps.
//
//	B. Nédelec, J. Tanke, P. Molli, A. Mostéfaoui, D. Frey: An adaptive peer-sampling
//	protocol for building networks of browsers. World Wide Web 21(3):629–661, 2018.
//	DOI 10.1007/s11280-017-0478-5.
//
// Spray's views come to hold about A·ln N + B arcs, so a peer estimates the number
// of peers as
//
//	N ≈ exp((m − B) / A)
//
// where m is the mean size of its own view and of the views that its neighbours
// report. The mean of the views gives the geometric mean of the estimates of the
// single views. Every period a peer reports the size of its view to the holders of
// arcs to it, and emits an Estimate. The last report of a peer counts for Window
// periods. As arcs move, that is a sample of several times the view. Only reports of
// peers that we hold an arc to count: a peer that holds an arc to us has a larger
// view than most.
//
// # Error
//
// The view sizes of one peer have a standard deviation of 0.4 to 0.7, so a single
// view is wrong by a factor of 1.4 to 1.7. With the 20 to 40 samples of a window and
// A = 1, N is within 6 to 8 % of the estimate from the views of all 100 peers (mean
// distance). Low and High are two standard errors away, and include it 9 times of
// 10. Rounding to whole arcs does not bias the mean. The exponential adds about
// error²/2, below 1 %. A larger A makes all these errors smaller in proportion.
//
// No sample can tell how far the mean of all views is from A·ln N + B. The joins
// decide that, and no exchange changes it: it depends for ever on how the first
// dozen peers entered. When 100 to 1,000 peers enter one after another, its standard
// deviation between runs is about 0.3 if exchanges even the views out between the
// joins, and up to 0.8 if the peers enter faster. Peers that enter at the same time
// also get too few arcs (see package spray). With A = 1, N is then wrong by a factor
// of 1.3 to 2.2, however well m is known. With a larger A, the factor is smaller. If
// the size is known at one time, B can be set to remove that error, because it
// changes slowly.
//
// # What others can do
//
// A peer has one sample. A sample that is farther than two arcs from the median
// (more, where the views differ more) counts as if it were at that distance. So a
// fifth of the neighbours, whatever they report, moves m by at most about 0.4, and N
// by half. A majority of liars among the neighbours decides the result.
package size
