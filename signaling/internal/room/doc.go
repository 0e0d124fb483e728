// Package room has the table of the peers that can find each other, for the
// services that have rooms.
package room
