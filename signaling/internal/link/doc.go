// Package link is one end of a link to a signaling server, as both ends use it: the
// WebSocket, its bounds, and the faults that end it.
package link
