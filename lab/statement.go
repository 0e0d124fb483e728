package lab

import (
	"time"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

// Passive is the passive protocol of every peer, to which arcs belong unless a
// line names another.
const Passive = "lab"

// Statement is one line of a script, checked. Which fields are set depends on
// the verb.
type Statement struct {
	Line int
	// Text is the line as written, without comment and superfluous space.
	Text string
	Verb string
	// Background: the line ended in &.
	Background bool
	// Protocol is what the line is about, Passive unless it says otherwise. Named:
	// it says otherwise.
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
