// Package wrtc makes real WebRTC connections: it is actors.Transport over pion.
//
// A connection has one data channel for each delivery class, pre-negotiated:
//
//	id  class     ordered  retransmits  made
//	0   Ordered   yes      always       before the offer or answer
//	2   Reliable  no       always       by OpenClass
//	4   Lossy     no       never        by OpenClass
//
// Each message on a channel is one messages.Frame of at most 16 KiB. What does
// not fit one travels as chunks on channel 0, that of a Reliable protocol too,
// where they arrive in order and hold little of the receiver's memory.
//
// Trust boundary: whoever is at the other end of a connection, and whoever
// carried its signals, may send anything. Nothing that they send ends the
// process, holds memory without bound (the largest parts: 2 MiB of incomplete
// chunks, 4 MiB that wait to be sent, in buffers of about twice that at most, and
// pion's own of 1 MB each), or reaches an actor unless DecodeFrame took it; who
// they are is for the connection actor to find out, from the fingerprints in
// ConnOpened. ICE servers are given by the user and trusted, but for packets that
// would crash pion: see unwanted.
//
// Only this package imports pion; pion.go alone names its major versions.
package wrtc
