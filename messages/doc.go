// Package messages is the vocabulary of n2n: what crosses a channel between two
// peers (wire.proto, Envelope and its one decoder), who a peer is (PeerID), and
// the commands and events that protocols and services exchange with the actors
// of their own peer.
//
// Commands are verbs (Open, Introduce), events are past tense (ArcOpened,
// PeerDown), wire messages are nouns (Offer, Hello, Introduction).
package messages
