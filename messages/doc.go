// Package messages is the vocabulary of n2n: the messages on a channel between two
// peers (wire.proto, Envelope and its only decoder), the identity of a peer
// (PeerID), and the commands and events between protocols or services and the
// actors of their own peer.
//
// Commands are verbs (Open, Introduce), events are in the past tense (ArcOpened,
// PeerDown), and wire messages are nouns (Offer, Hello, Introduction).
package messages
