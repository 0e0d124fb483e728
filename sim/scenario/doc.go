// Package scenario runs experiments that are written in YAML: peers enter, run for
// some cycles, crash, leave or are cut off from each other, and the overlay is
// measured meanwhile. A scenario is read strictly and as a whole before anything
// starts. An error in it is a Mistake, which names the line. The same scenario and
// seed give the same run in the simulated world.
//
//	name: crash
//	doc: A part of the peers crashes at once.
//	peers: 1000
//	cycles: 30
//	seed: 1
//	parameters:
//	  fraction: 0.5
//	protocols:
//	  - spray: {a: 1, period: 30s}
//	  - broadcast
//	network:
//	  latency: lognormal 50ms 0.5
//	phases:
//	  - join: {over: 10 cycles, pace: growing}
//	  - run: {cycles: 15}
//	  - crash: {fraction: $fraction}
//	  - run: {cycles: 15, broadcasts: 1}
//	measure:
//	  every: 1
//
// docs/scenarios.md has every key, with its type, unit, default and an example.
package scenario
