// Package metrics is the statistics of an overlay's graph: who holds arcs to
// whom at one moment. All functions are pure; what is sampled is drawn from the
// caller's random stream, and the size of the sample is part of the result.
//
// Two graphs are looked at. The directed multigraph has an arc for each
// occurrence in an outview. The neighborhood graph is simple and undirected: two
// different peers are joined when at least one holds an arc to the other, as in
// PeerSim's statistics and those of Spray's paper.
package metrics
