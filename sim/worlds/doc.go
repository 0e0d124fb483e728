// Package worlds is the port through which scenarios and the lab drive peers in any
// world: the simulated one (Sim), or that of real connections in package loopback. A
// world starts peers, lets time pass, has faults (package faults) and a signaling
// service that can be stopped.
package worlds
