package lab

import (
	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/messages"
)

// Fit changes what peers get from the world, below what the lab changes.
func (l *Lab) Fit(fit func(actors.World) actors.World) { l.fit = fit }

// Wires returns how many messages of each kind were sent so far.
func (l *Lab) Wires() map[string]int { return l.board.wires() }

// ID is the PeerID of a named peer.
func (l *Lab) ID(name string) messages.PeerID { return l.members[name].id }
