// Package faults is the one model of the faults of a network: partition, silence,
// hold and loss. The simulated world applies it to its messages by itself, and the
// world of real connections by a Transport around its own. So a script or a scenario
// means the same in both.
package faults
