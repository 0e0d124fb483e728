// Package link has what both ends of a link to a signaling server share: the
// WebSocket, its bounds, and the faults that end it.
package link
