// Package live serves a page that shows an overlay while it runs: its peers, their arcs and
// connections as a moving graph, numbers over time, the data of one peer, a chat, and buttons
// for the commands that the program allows.
//
// # Where the picture comes from
//
// A Source, the program that embeds this package, knows the state of its own peers. A page whose
// tab is a peer reports that peer. The picture combines both (see State). A report is a claim
// that is not verified, so it never overrides the program's data about its own peers. A report
// belongs to the page that sends it. A page has one report, which expires 15 s after the last
// update.
//
// Each room has one goroutine. It asks the Source every 500 ms while a page watches. It asks
// about the room of Config.Room once a second when no page does, so that the charts of a new
// page show the last ten minutes. Other rooms exist only while pages watch them.
//
// # The feed
//
// A page watches over a WebSocket, GET /live?room=R, with one JSON object in each text frame
// (frames.go): hello, program, server, samples, then picture, and from then on changes. Arcs and
// commands name peers by small numbers. A number is never given to another peer. A change has
// the numbers of the peers that went and how they went, the peers that came, and the new counts
// of arcs and states of connections. When there is a new protocol, or a peer has another name or
// kind, a whole picture comes.
//
// # Bounds
//
// A page gets at most two pictures or changes a second. A page that does not keep up loses
// changes and gets a new picture. A page that takes nothing for ten seconds is closed. A picture
// shows at most 2,000 peers, 40,000 arcs and as many connections, and the rest is counted as
// hidden. Peers that are not drawn are counted, and so are arcs that are not drawn or lead to
// unknown peers. A page may send ten frames a second, of 64 KiB each. An invalid frame, or a
// larger number, closes its feed with the reason. At most 64 pages watch at the same time, and
// the next one is told so. Pages are told of at most 20 chat messages a second.
//
// # Trust
//
// Pages of other origins are refused, unless Config.Origins names them. Everyone who can reach
// the address can use the buttons that Config.Controls gives. Bind it to 127.0.0.1 if that is
// not wanted.
package live
