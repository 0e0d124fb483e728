// Package fullmesh gives each peer an arc to each other one, in rooms that are
// small enough for it: n members have n·(n−1) arcs over n·(n−1)/2 connections.
//
// A peer opens arcs to a few contacts that the rendezvous names, and back to
// everybody who opens one to it. New neighbours list to each other whom they hold
// arcs to (Members), and open arcs to those that they lack, by way of the one who
// listed them. So a newcomer asks the rendezvous for its first contacts only.
//
// Every period a peer lists its arcs to a neighbour drawn at random, and asks the
// rendezvous for contacts once more. That mends what failed: an arc that could
// not be opened, a connection that broke, two halves of a mesh that lost each
// other. Only arcs that exist are listed, so a peer that is gone is not named any
// longer once its last neighbour has noticed.
//
// # When the mesh is full
//
// A peer has at most MaxMembers−1 arcs. Who opens one to a full peer is dropped
// (ArcClosed{dropped}) and told of no members; it emits Refused, passes over that
// peer for four periods and tries again then. So nobody is admitted until a
// member goes. When two newcomers race for the last places, some members can take
// the one and some the other: each of them is then joined to a part only.
//
// # What others can do to a peer
//
// A neighbour that lists peers who are not there makes it try to open arcs to
// them, at most MaxMembers in a period; these take no place from those who are
// there. One that opens an arc takes a place: whoever is to keep strangers out
// needs another network name or a room of its own.
package fullmesh
