// Package wrtc makes real WebRTC connections: it implements actors.Transport over
// pion.
//
// A connection has one data channel for each delivery class, pre-negotiated:
//
//	id  class     ordered  retransmits  made
//	0   Ordered   yes      always       before the offer or answer
//	2   Reliable  no       always       by OpenClass
//	4   Lossy     no       never        by OpenClass
//
// Each message on a channel is one messages.Frame of at most 16 KiB. An envelope
// that does not fit one frame travels as chunks on channel 0, also for a Reliable
// protocol. There they arrive in order and take little of the receiver's memory.
//
// Trust boundary: the peer at the other end of a connection, and every relay of its
// signals, may send anything. Their messages cannot end the process, hold unbounded
// memory, or reach an actor unless DecodeFrame accepted them. The largest bounded
// parts are 2 MiB of incomplete chunks, 4 MiB that wait to be sent (in buffers of
// at most about twice that size), and two buffers of pion of 1 MB each. The
// connection actor finds out the identity of the other end from the fingerprints in
// ConnOpened. ICE servers are given by the user and trusted, but packets from them
// that would crash pion are dropped: see unwanted.
//
// Compiled for js/wasm, the package uses the browser's own WebRTC in place of pion
// (the files *_js.go beside session.go, datachannel.go, native.go and config.go).
// All other files are shared. In a browser, up to 16 MiB of frames may wait in the
// inbox of each channel.
//
// Only this package imports pion, and only pion.go and pion_sdp.go name its major
// versions.
package wrtc
