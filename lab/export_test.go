package lab

import "github.com/n2n-overlay/n2n/messages"

// ID is the PeerID of a named peer.
func (l *Lab) ID(name string) messages.PeerID { return l.members[name].id }
