// Package protocoltest is the kit with which authors of protocols test a Handler
// without actors, connections or wall time.
//
// Port records the requests of one handler, and lets the test answer them. Together
// they make a transcript, which Golden compares with a file:
//
//	<- started
//	-> contacts 1 #1
//	<- contacts b #1
//	-> open b #2
//
// Network runs the handlers of many peers in one event loop. Time is virtual and
// latencies are random, all drawn from a seed. It is the simulated world at the level
// of arcs (package sim/arcs), which keeps the same rules as a real peer.
//
// A Property is a rule that the arcs of a protocol keep. Always checks some
// properties after each step, on a Network or on the real peers of package
// sim/simtest, where large experiments belong. docs/protocols.md shows examples of
// all of them.
package protocoltest
