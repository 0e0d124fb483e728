//go:build !js

// Package server is the signaling server. It has rooms in which peers find each
// other, over WebSocket.
package server
