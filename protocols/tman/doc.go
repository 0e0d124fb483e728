// Package tman is T-Man, a protocol that makes the overlay that a ranking method
// describes: each peer comes to hold arcs to those that it ranks best.
//
//	M. Jelasity, A. Montresor, O. Babaoglu: T-Man: gossip-based fast overlay topology
//	construction. Computer Networks 53(13):2321–2339, 2009.
//
// A peer has a descriptor, and knows those of some others. Every period it takes
// a partner, one of the ψ that it ranks best, and sends it the m descriptors that
// the partner ranks best of all that the peer knows; the partner does the same.
// Both merge what they get. A peer-sampling protocol of the same peer, Spray by
// default, lets peers enter, names random ones, and carries the first messages.
//
//	config := tman.DefaultConfig()
//	config.Rank = tman.Distance(func(a, b tman.Descriptor) float64 { … })
//	config.Data = []byte("my profile")
//
// A Rank orders descriptors by any method; Ring, Line and Nearest ship. The Data of
// a descriptor is the application's and is replaced by telling Describe.
//
// # On arcs
//
// In the paper a view is a list of addresses, and a message to any of them may be
// sent. Here an arc is a connection, and messages go to neighbors. So
//
//   - what is known (Config.Known descriptors) and the view (Config.View arcs, to the
//     best of them) are two things. The partner is one of the ψ best of all that are
//     known; if it is no neighbor, an arc is opened first, for this period;
//   - each descriptor travels with the relays to its peer, as far as the teller knows:
//     whom the teller is a neighbor of needs no relay but the teller. At most 8 relays
//     are used. A way that fails is forgotten, and another one taken when it is heard;
//   - an arc to a better peer is opened as soon as it is known. The worst are closed at
//     the end of the period, when there are more than View: no arc is given up for one
//     that is not there yet, and none flaps faster than that. Between, up to 2·View
//     arcs are held;
//   - who did not answer, refused or went away is forgotten, and nobody else is believed
//     that it is there for Config.Forget, unless it speaks itself.
//
// # Descriptors
//
// Only its owner can issue a descriptor, and does so every period, with a growing
// version. The newer one wins, and one that is older than Config.TTL vanishes, so
// that the dead are forgotten; that of an arc is asked for again at half that age.
// Who enters asks the peers to which the sampling protocol leads.
//
// # Where it departs from the paper
//
//   - The sender's own descriptor is in every message beside the m of others.
//   - Random peers are asked for descriptors all the time, not only at the start: a
//     network that fell apart into two overlays heals, and newcomers are found.
//   - What is known is bounded, the worst-ranked going first.
//
// # What others can do to a peer
//
// A peer's own word on an authenticated connection stands against all others', and
// what it says of others does not for them. A liar can make up peers, and newer
// versions of the descriptors of those that somebody has not heard itself. That costs
// a failed attempt, or an arc whose other end is asked at once for its own word; and
// as long as the liar goes on, places among what is known. It cannot make a peer open
// more than 2·View arcs, keep more than Config.Known descriptors, or answer a neighbor
// more than 4 times a period. A relay that swallows offers keeps a peer from those that
// it tells of, for Config.Forget each time. Who lies about its own descriptor is ranked
// by it: where places are worth something, Rank must check a proof in Data.
package tman
