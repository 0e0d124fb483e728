// Package protocoltest is the kit with which authors of protocols test a Handler
// without actors, connections or wall time.
//
// Port records what one handler asks for, and lets the test answer it. Together
// they make a transcript, to be compared with a file by Golden:
//
//	<- started
//	-> contacts 1 #1
//	<- contacts b #1
//	-> open b #2
//
// Network runs the handlers of many peers in one event loop, with virtual time
// and random latencies, all drawn from a seed. It keeps the rules of arcs in a
// simplified form (a connection is never half open, nobody lies), which is
// enough for invariants and for a few hundred peers.
//
// A Property is what must hold of the arcs of a protocol; Always checks some after
// each step, on a Network or on the real peers of package sim/simtest, where large
// experiments belong. docs/protocols.md shows all of them at work.
package protocoltest
