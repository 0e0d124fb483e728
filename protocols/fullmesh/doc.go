// Package fullmesh gives each peer an arc to each other one, in small rooms. The n
// members of a room have n·(n−1) arcs over n·(n−1)/2 connections.
//
// A peer opens arcs to a few contacts that the rendezvous names, and back to every
// peer that opens one to it. New neighbours send each other lists of the peers that
// they hold arcs to (Members). Each opens arcs to the listed peers that it lacks,
// through the neighbour that listed them. So a newcomer asks the rendezvous for its
// first contacts only.
//
// Every period a peer lists its arcs to a neighbour drawn at random, and asks the
// rendezvous for contacts once more. That mends failures: an arc that could not be
// opened, a connection that broke, two halves of a mesh that lost each other. Only
// existing arcs are listed, so a peer that is gone is no longer listed once its
// last neighbour has noticed.
//
// # When the mesh is full
//
// A peer has at most MaxMembers−1 arcs. A full peer drops the arc of a newcomer
// (ArcClosed{dropped}) and lists no members to it. The newcomer emits Refused,
// ignores that peer for four periods and then tries again. So no peer is admitted
// until a member goes. When two newcomers race for the last places, some members
// can take one newcomer and some the other. Then each of the two is joined to a
// part of the mesh only.
//
// # What others can do to a peer
//
// A neighbour that lists peers which do not exist makes this peer try to open arcs
// to them, at most MaxMembers in a period. These take no place from real members. A
// peer that opens an arc takes a place. To keep strangers out, use another network
// name or a room of your own.
package fullmesh
