// Package loopback is the world of real connections, in real time: peers over WebRTC
// on the loopback interface of this machine, with a signaling server of their own. It
// drives them through the port of package worlds, so that scenarios and the lab run
// there as in the simulated world, faults included.
package loopback
