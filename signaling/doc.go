// Package signaling is the place where peers meet before they have neighbours.
// Its folders, of which the last three each give a peer its actors.Rendezvous:
//
//   - server has rooms over WebSocket;
//   - client is the link of a peer to a server, in Go and in a tab;
//   - hall is for the peers of one process, which hand signals directly to each other;
//   - several joins services of any kind: a peer enters through the first that
//     answers, and losing one is not losing the room.
//
// The tests of the services, which need each other, are in this folder.
//
// A link to a server exchanges messages.Rendezvous, one encoded message a binary WebSocket
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
// Behind a several.Several, one service can do no more: what it says of members, it is
// believed only until another knows better. It can forge signals of peers that it
// names, which at worst costs the attempts with these peers until their deadline,
// and it can keep what it is given; the next offer to the same peer goes another
// way.
//
// # Limits
//
// Every queue of the server is bounded. A member that sends faster than its
// rate is read more slowly, and nobody else is. A signal for a member whose
// queue is full is not kept: its sender gets Gone. A member that takes none of
// its queue for server.Config.WriteTimeout is closed. A frame that is garbage, too
// large or out of order closes the link that it came on, and no other.
//
// Links are plain TCP: for wss, mount the server.Server in an http.Server with TLS, or
// put a proxy in front of it.
package signaling
