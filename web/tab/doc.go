//go:build js

// Command tab is the peer of a page: the Go program behind web/npm's index.js, its only
// user. Its argument is the name of a global function, which it calls with an object of
// functions:
//
//	start(options, push, closed, settle)   a peer: settle(undefined, undefined, {peer, id})
//	call(peer, method, arguments, settle)  a call that waits: returns a number for cancel
//	cancel(number)                         nobody waits for that call any more
//	act(peer, method, arguments)           a call that does not wait
//
// settle gets the code and the text of an error, or a value. push gets the events of the
// peer. closed is called once, with how the peer ended. Values are undefined, null,
// booleans, numbers, strings, Uint8Arrays, and objects and arrays of these. index.js makes
// sure that reading them throws nothing, because Go could not go on after an exception.
// This program checks that values are of the right type and in their bounds.
//
// A panic ends the program, and index.js notices that. No function of the page is called
// while a lock is held or within an actor's turn.
package main
