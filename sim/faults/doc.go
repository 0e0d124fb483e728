// Package faults is the one model of what a network does to its peers when it does
// not work: partition, silence, hold and loss. Each world applies it to its messages,
// the simulated one by itself and that of real connections by a Transport around its
// own; so a script and a scenario mean the same in all of them.
package faults
