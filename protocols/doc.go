// Package protocols is the contract between an overlay protocol and the peer that
// runs it, as package hash is to hash/crc32. A protocol is a Handler: a
// deterministic function of its state, the event and the Port.
//
// The shipped protocols are in the folders below. They import this package and
// messages, and nothing else of the project. docs/protocols.md shows how to write
// one.
package protocols
