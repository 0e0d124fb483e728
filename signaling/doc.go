// Package signaling is the place where peers meet before they have neighbours:
// a server with rooms over WebSocket (Server), and the link of a peer to it
// (Client, which is an actors.Rendezvous).
//
// A link exchanges messages.Rendezvous, one encoded message a binary WebSocket
// message of at most 16 KiB:
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
// A signaling server learns who is in a room and who wants to connect to whom,
// and can keep peers apart by dropping or misrouting their signals; it cannot
// read or change what peers exchange, nor stand between two of them, because
// the Proof of each peer covers the DTLS fingerprints of both ends. It vouches
// that Signal.from holds the key of that PeerID and entered the same room. Room
// names are no secrets and give no right: whoever can reach the server can
// enter any room.
//
// # Limits
//
// Every queue of the server is bounded. A member that sends faster than its
// rate is read more slowly, and nobody else is. A signal for a member whose
// queue is full is not kept: its sender gets Gone. A member that takes none of
// its queue for Config.WriteTimeout is closed. A frame that is garbage, too
// large or out of order closes the link that it came on, and no other.
//
// Links are plain TCP: for wss, mount the Server in an http.Server with TLS, or
// put a proxy in front of it.
package signaling
