package lab

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/n2n-overlay/n2n/events"
	"github.com/n2n-overlay/n2n/messages"
)

// ErrBadScript is the code of a line that cannot be read.
const ErrBadScript messages.Code = "bad_script"

// Result is the outcome of a line.
type Result struct {
	Line  int           `json:"line"`
	Verb  string        `json:"verb"`
	OK    bool          `json:"ok"`
	Error messages.Code `json:"error,omitempty"`
	// Contact is the answer to join: a name, or null.
	Contact json.RawMessage `json:"contact,omitempty"`
	// Peers is the answer to views, and Events is the answer to events.
	Peers  *map[string]Views `json:"peers,omitempty"`
	Events *[]events.Event   `json:"events,omitempty"`

	text string // of the statement
}

// Views are the arcs of one protocol on a peer, and its connections.
type Views struct {
	Out         map[string]int `json:"out"`
	In          map[string]int `json:"in"`
	Locks       map[string]int `json:"locks"`
	Pending     []string       `json:"pending"`
	Connections []string       `json:"connections"`
	Lingering   []string       `json:"lingering"`
}

// JSON is the result as one line for programs.
func (r Result) JSON() string {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(r); err != nil {
		panic(fmt.Sprintf("lab: result: %v", err)) // all that it holds has JSON
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// String is the result for people: a line, and more for views and events.
func (r Result) String() string {
	var b strings.Builder
	b.WriteString(r.text)
	switch {
	case !r.OK:
		fmt.Fprintf(&b, ": failed: %v", r.Error)
	case r.Contact != nil && string(r.Contact) == "null":
		b.WriteString(": ok, alone")
	case r.Contact != nil:
		fmt.Fprintf(&b, ": ok, contact %s", strings.Trim(string(r.Contact), `"`))
	case r.Peers != nil:
		b.WriteString(":")
		for _, name := range slices.Sorted(maps.Keys(*r.Peers)) {
			fmt.Fprintf(&b, "\n  %s: %s", name, (*r.Peers)[name])
		}
	case r.Events != nil && len(*r.Events) == 0:
		b.WriteString(": none")
	case r.Events != nil:
		b.WriteString(":")
		for _, e := range *r.Events {
			b.WriteString("\n  " + e.Text("protocol", "type", "op"))
		}
	default:
		b.WriteString(": ok")
	}
	return b.String()
}

// String leaves out empty parts.
func (v Views) String() string {
	var parts []string
	arcs := func(name string, counts map[string]int) {
		if len(counts) == 0 {
			return
		}
		words := []string{name}
		for _, peer := range slices.Sorted(maps.Keys(counts)) {
			words = append(words, fmt.Sprintf("%s:%d", peer, counts[peer]))
		}
		parts = append(parts, strings.Join(words, " "))
	}
	peers := func(name string, list []string) {
		if len(list) > 0 {
			parts = append(parts, name+" "+strings.Join(list, " "))
		}
	}
	arcs("out", v.Out)
	arcs("in", v.In)
	arcs("locks", v.Locks)
	peers("connections", v.Connections)
	peers("lingering", v.Lingering)
	peers("pending", v.Pending)
	if len(parts) == 0 {
		return "nothing"
	}
	return strings.Join(parts, ", ")
}
