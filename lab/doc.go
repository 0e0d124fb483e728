// Package lab is a small language that drives named peers in any world: the
// simulated one (Sim) or real WebRTC on this machine (package loopback). One verb a
// line, # starts a comment:
//
//	peers a b c
//	connect b a           # an arc b->a
//	connect b c x3
//	introduce b a c       # b introduces a to c: an arc a->c
//	views
//
// A script is parsed and checked as a whole (Parse) before anything runs. A verb
// waits for its outcome, and then until both ends know it, but not for peers that
// are held, silenced or cut off. A line that ends in & starts its verb and does not
// wait; await waits for all of these. Arcs belong to the passive protocol lab,
// unless "as NAME" ends the line. Help lists the verbs.
//
// The world is a worlds.World. The lab only replaces signaling: for connect, it
// hands signals over directly between peers of the process. In the simulated world
// the same script gives the same bytes every time.
package lab
