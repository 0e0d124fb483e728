// Package template is a protocol to copy: it tells a peer which of its neighbours
// are there, and the status that each of them shows. docs/protocols.md writes it
// step by step, and says how to make another one of it.
//
// Every Period, a peer sends its status to its neighbours in an overlay. A
// neighbour that is heard is Present, and one that has been silent for Patience,
// or is no neighbour any more, is Gone: a peer that hangs is found sooner than by
// its connection, which is missed after 15 s.
//
// A service sets its status and learns those of the neighbours through the peer's
// handle:
//
//	peer.Subscribe("template", func(event any) { … template.Present, template.Gone … })
//	peer.Tell("template", template.SetStatus{Text: "busy"})
//
// # What others can do to a peer
//
// Who is no neighbour is not heard. A neighbour is told of once a Period, however
// often it changes its status, and costs MaxStatus bytes. What it says of itself
// is believed.
//
// # Limits
//
// A beat that is lost is not sent again, the next one says the same. A handler that
// panicked has forgotten its status, which is to be set anew.
package template
