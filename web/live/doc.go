// Package live serves a page that shows an overlay while it runs: its peers, their
// arcs and connections as a graph that moves, numbers over time, what a peer knows,
// a chat, and buttons for what the program lets a page do.
//
// # Where the picture comes from
//
// A Source, the program that embeds this, tells of the peers that it knows itself.
// Pages whose tab is a peer report of that peer. Both are laid on each other (see
// State): what the program knows of its own peers is never overridden by a report,
// which is a claim that nobody has verified. A report belongs to the page that sends
// it, one a page, and is forgotten 15 s after the last.
//
// One goroutine a room asks the Source, every 500 ms while a page watches. The room
// of Config.Room is asked once a second when nobody does, so that the charts of a
// page that opens have a past of ten minutes; other rooms exist while they are
// watched.
//
// # The feed
//
// A page watches over a WebSocket, GET /live?room=R, one JSON object a text frame
// (frames.go): hello, program, server, samples, then picture, and from then on what
// changes. Peers have small numbers, by which arcs and commands name them; a number
// is never given to another peer. A change has the numbers of those that went and
// how, the peers that came, and the new counts of arcs and states of connections. When
// a protocol is new, or a peer's name or kind is another, a whole picture comes.
//
// # Bounds
//
// A page gets at most two pictures or changes a second; one that does not keep up
// loses changes and gets a new picture, and one that takes nothing for ten seconds is
// closed. Of a larger overlay 2,000 peers, 40,000 arcs and as many connections are
// shown, and the rest is counted as hidden: peers that are not drawn, and apart from
// them arcs that are not or lead to nobody who is known. A page may send frames of 64 KiB, ten a
// second; garbage, or more, closes its feed with the reason. At most 64 pages watch
// at a time; the next is told so. Chat is told up to 20 messages a second.
//
// # Trust
//
// Pages of other origins are refused, unless Config.Origins names them. Whoever can
// reach the address can press the buttons that Config.Controls gives: bind it to
// 127.0.0.1 where that is too many.
package live
