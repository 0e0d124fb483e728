// Package signaling is where peers meet before they have neighbours. Its folders are
// server, and three that give a peer its actors.Rendezvous:
//
//   - server has rooms over WebSocket;
//   - client is the link of a peer to a server, in Go and in a tab;
//   - hall is for the peers of one process, which exchange signals directly;
//   - several joins services of any kind: a peer enters through the first that
//     answers, and stays in the room when it loses one.
//
// This folder has those tests of the services that need several of them.
//
// A link to a server exchanges messages.Rendezvous. Each is one binary WebSocket message
// of at most 16 KiB:
//
//	peer                                  server
//	     <──────────── Challenge{nonce}
//	     Enter{room, key, signature} ───>          proves the key, and so the PeerID
//	     <──────────── Entered{members}
//	     ContactRequest{n} ─────────────>
//	     <──────────── ContactList{peers}          drawn at random, never the asker
//	     Signal{from, to, offer} ───────>          passed on within the room only
//	     <──────────── Gone{peer, job}             the target is not in the room
//	     <──────────── Fault{reason, text}         the server's last message, if any
//
// # Trust
//
// A signaling server learns which peers are in a room, and which of them want to connect.
// It can keep peers apart by dropping or misrouting their signals. It can neither read nor
// change the messages between peers, nor stand between two of them, because the Proof of
// each peer covers the DTLS fingerprints of both ends. It guarantees that Signal.from
// holds the key of that PeerID and has entered the same room. Room names are no secrets
// and give no rights: everyone who can reach the server can enter any room.
//
// One service of a several.Several can do no more. Its word about members counts only
// until another service knows better. It can forge signals of peers that it names. At
// worst, that blocks attempts with these peers until their deadlines. It can also drop the
// signals that it gets. Then the next offer to the same peer goes another way.
//
// # Limits
//
// Every queue of the server is bounded. A member that sends faster than its rate is read
// more slowly, and the others are not affected. A signal for a member whose queue is full
// is dropped, and its sender gets Gone. If a member takes nothing from its queue for
// server.Config.WriteTimeout, its link is closed. A frame that is invalid, too large or
// out of order closes its own link and no other.
//
// Links are plain TCP. For wss, mount the server.Server in an http.Server with TLS, or put
// a proxy in front of it.
package signaling
