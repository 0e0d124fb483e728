package lab

import (
	"time"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

// Passive is the passive protocol of every peer. Arcs belong to it unless a line
// names another.
const Passive = "lab"

// Statement is one line of a script, checked. Which fields are set depends on
// the verb.
type Statement struct {
	Line int
	// Text is the line as written, without comment and superfluous space.
	Text string
	Verb string
	// Background tells that the line ended in &.
	Background bool
	// Protocol is the protocol that the line is about: one that it names (Named),
	// or else Passive.
	Protocol string
	Named    bool

	Peers    []string
	Groups   [][]string     // of partition
	Count    int            // of connect
	Views    messages.Views // of introduce
	Name     string         // of a room, a protocol or a setting
	Payload  string         // of send
	Duration time.Duration
	Up       bool               // of server
	Shipped  protocols.Protocol // of run
}
