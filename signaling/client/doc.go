// Package client is the link of a peer to a signaling server, in Go and in a tab.
package client
