// Package tman is T-Man, a protocol that builds the overlay that a ranking method
// describes: each peer comes to hold arcs to the peers that it ranks best.
//
//	M. Jelasity, A. Montresor, O. Babaoglu: T-Man: gossip-based fast overlay topology
//	construction. Computer Networks 53(13):2321–2339, 2009.
//
// A peer has a descriptor, and knows the descriptors of some others. Every period it
// takes a partner, one of the ψ peers that it ranks best. Of all descriptors that it
// knows, it sends the partner the m that the partner ranks best. The partner does the
// same, and both merge what they get. A peer-sampling protocol of the same peer (Spray
// by default) lets peers enter, names random peers, and carries the first messages.
//
//	config := tman.DefaultConfig()
//	config.Rank = tman.Distance(func(a, b tman.Descriptor) float64 { … })
//	config.Data = []byte("my profile")
//
// A Rank orders descriptors by any method. Ring, Line and Nearest are included. The Data
// of a descriptor belongs to the application, which replaces it by telling Describe.
//
// # On arcs
//
// In the paper, a view is a list of addresses, and a peer may send a message to any of
// them. Here an arc is a connection, and messages go to neighbors. So
//
//   - the known descriptors (Config.Known) and the view (arcs to the Config.View best
//     of them) are two things. The partner is one of the ψ best known peers. If it is
//     no neighbor, an arc to it is opened first, for this period;
//   - each descriptor travels with the relays to its peer, as far as the sender knows
//     them. For a neighbor of the sender, the sender is the only relay. At most 8
//     relays are used. A way that fails is forgotten, and another one is used when it
//     is heard of;
//   - an arc to a better peer is opened as soon as the peer is known. The worst arcs are
//     closed at the end of the period, if there are more than View. So no arc is given
//     up for one that is not open yet, and changes are limited to once a period. Until
//     then, up to 2·View arcs are held;
//   - a peer that did not answer, refused or went away is forgotten. For Config.Forget,
//     only the peer itself is believed that it is there.
//
// # Descriptors
//
// Only its owner can issue a descriptor. It does so every period, with a growing
// version. The newer version wins. A descriptor older than Config.TTL vanishes, so that
// dead peers are forgotten. A peer asks the peers of its arcs for new ones at half that
// age. A newcomer asks the peers to which the sampling protocol leads.
//
// # Where it departs from the paper
//
//   - The sender's own descriptor is in every message, beside the m of others.
//   - Random peers are asked for descriptors all the time, and not only at the start. So
//     a network that fell apart into two overlays heals, and newcomers are found.
//   - The number of known descriptors is bounded. The worst-ranked go first.
//
// # What others can do to a peer
//
// A peer's own word on an authenticated connection counts more than that of all others,
// and what it says of others does not replace their own word. A liar can invent peers,
// and can invent newer versions of descriptors that a peer has not heard from their
// owners. That costs a failed attempt, or an arc whose other end is asked at once for
// its own word. As long as the liar goes on, it also takes places among the known
// descriptors. It cannot make a peer open more than 2·View arcs, keep more than
// Config.Known descriptors, or answer a neighbor more than 4 times a period. A relay
// that swallows offers keeps a peer from the peers that the relay tells of, for
// Config.Forget each time. A peer that lies about its own descriptor is ranked by the
// lie. Where places are worth something, Rank must check a proof in Data.
package tman
