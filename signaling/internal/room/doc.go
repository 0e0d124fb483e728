// Package room has the table of the members of one room, for the services that have
// rooms.
package room
