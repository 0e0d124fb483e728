//go:build js

// Command tab is the peer of a page: the Go program behind web/npm's index.js, which
// is its only user. It is started with the name of a global function as its argument,
// and calls that with an object of functions:
//
//	start(options, push, closed, settle)   a peer: settle(undefined, undefined, {peer, id})
//	call(peer, method, arguments, settle)  a call that waits: returns a number for cancel
//	cancel(number)                         nobody waits for that call any more
//	act(peer, method, arguments)           a call that does not wait
//
// settle gets the code and the text of an error, or a value; push gets the events of
// the peer, and closed how it ended, once. What goes over consists of undefined, null,
// booleans, numbers, strings, Uint8Arrays and objects and arrays of these: index.js
// takes care that nothing throws when it is read, as Go could not go on after that.
// Whether values are of the right type and in their bounds is decided here.
//
// A panic ends the program, which index.js notices. No function of the page is called
// with a lock held, nor with an actor's turn to wait for.
package main
