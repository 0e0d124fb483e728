// Package events has the words in which people and programs are told what happens
// on a peer: those of the lab's scripts, of n2n peer --json, and of a page whose tab
// is a peer. It imports nothing that would weigh on the latter.
package events
