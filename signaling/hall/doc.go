// Package hall is a signaling service without a server, for the peers of one process.
package hall
