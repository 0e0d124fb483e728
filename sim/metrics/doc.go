// Package metrics computes statistics of an overlay's graph: which peers hold arcs
// to which others at one moment. All functions are pure. Samples are drawn from the
// caller's random stream, and the size of a sample is part of the result.
//
// There are two graphs. The directed multigraph has an arc for each occurrence in
// an outview. The neighborhood graph is simple and undirected: it joins two
// different peers when at least one holds an arc to the other, as in the statistics
// of PeerSim and of Spray's paper.
package metrics
