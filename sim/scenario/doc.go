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
// # Keys
//
// peers is how many peers the scenario has, cycles the sum of its phases'
// cycles, cycle the length of one (default: the period of the first protocol,
// whose arcs are the overlay that is measured). A value may be $name, a
// parameter's. The phases are, in their order:
//
//	join       fraction of the peers enter (default: all that have not), over a
//	           time or a number of cycles (default: at once), at a pace: even, or
//	           growing by the same factor in the same time. Takes no cycles.
//	run        cycles
//	crash      fraction of the peers end without a word, over a time or a number of
//	           cycles (default: at once). Takes no cycles
//	leave      the same, and they take leave
//	churn      in each of cycles a rate (fraction) of the peers goes and as many
//	           new ones enter; leave is the fraction of those that take leave, the
//	           others crash
//	partition  fractions of the peers are cut off from each other for cycles;
//	           repaired then. The last may be rest. What they do not add up to
//	           reaches everybody
//	broadcast  cycles in each of which rate messages are published, of payload bytes
//
// run, churn and partition also publish messages, given broadcasts (a cycle)
// and payload.
//
// network: latency (50ms; uniform 20ms 80ms; lognormal 50ms 0.5, the median and
// the sigma), loss, retransmit, bandwidth (bytes a second), setup_round_trips,
// setup_failure, unreachable, detection: those of sim.Network. Over real connections
// only loss, retransmit and detection are applied, beside what the network is by
// itself. peer: linger, that of actors.Config.
package scenario
