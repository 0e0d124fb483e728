package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/n2n-overlay/n2n/events"
	"github.com/n2n-overlay/n2n/messages"
)

// event is a line that a peer prints.
type event events.Event

// joined is the first line. Contact is nil when the peer is alone in the room.
type joined struct {
	Type    string           `json:"type"`
	Peer    messages.PeerID  `json:"peer"`
	Room    string           `json:"room"`
	Contact *messages.PeerID `json:"contact"`
}

// eventOf returns the line for what a protocol emitted; false when there is none.
func eventOf(protocol string, emitted any) (event, bool) {
	e, ok := events.Of(protocol, emitted, func(peer messages.PeerID) string {
		if peer.IsZero() {
			return ""
		}
		return peer.String()
	})
	return event(e), ok
}

// String is the line for people.
func (e event) String() string {
	words := []string{e.Type, e.Protocol}
	add := func(format string, arg any) { words = append(words, fmt.Sprintf(format, arg)) }
	if e.Peer != "" {
		add("%.6s", e.Peer)
	}
	if e.Dir != "" {
		add("%s", e.Dir)
	}
	if e.Via != "" {
		add("via %.6s", e.Via)
	}
	if e.Out > 0 {
		add("out %d", e.Out)
	}
	if e.In > 0 {
		add("in %d", e.In)
	}
	if e.Cause != "" {
		add("%s", e.Cause)
	}
	if e.Op != "" {
		add("%s", e.Op)
	}
	if e.Error != "" {
		add("%v", e.Error)
	}
	if e.Payload != "" {
		add("%q", e.Payload)
	}
	return strings.Join(words, " ")
}

func known(peer messages.PeerID) *messages.PeerID {
	if peer.IsZero() {
		return nil
	}
	return &peer
}

// String is the line for people.
func (j joined) String() string {
	if j.Contact == nil {
		return fmt.Sprintf("joined %s as %s, the first here", j.Room, j.Peer)
	}
	return fmt.Sprintf("joined %s as %s, contact %s", j.Room, j.Peer, j.Contact.Short())
}

// printer prints events, from any goroutine, without making it wait: those that
// come before joined, or faster than they can be printed, are kept.
type printer struct {
	out    io.Writer
	json   bool
	events chan event
	lost   chan struct{} // holds one when events were dropped
}

// keptEvents bounds the events that wait to be printed; what comes then is
// dropped, and the user told.
const keptEvents = 1 << 14

func newPrinter(out io.Writer, json bool) *printer {
	return &printer{out: out, json: json, events: make(chan event, keptEvents), lost: make(chan struct{}, 1)}
}

// take keeps what a protocol emitted for print.
func (p *printer) take(protocol string, emitted any) {
	e, ok := eventOf(protocol, emitted)
	if !ok {
		return
	}
	select {
	case p.events <- e:
	default:
		select {
		case p.lost <- struct{}{}:
		default:
		}
	}
}

// print prints first, and then events until done is closed and none waits.
func (p *printer) print(first joined, done <-chan struct{}) {
	p.line(first)
	for {
		select {
		case e := <-p.events:
			p.line(e)
		case <-done:
			for {
				select {
				case e := <-p.events:
					p.line(e)
				default:
					return
				}
			}
		}
	}
}

func (p *printer) line(e fmt.Stringer) {
	if !p.json {
		fmt.Fprintln(p.out, e)
		return
	}
	encoder := json.NewEncoder(p.out)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(e) // nobody to tell when standard output is gone
}
