package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols/broadcast"
)

// event is a line that a peer prints. Except in joined, what is empty is absent.
type event struct {
	Type     string           `json:"type"`
	Protocol string           `json:"protocol,omitempty"`
	Peer     *messages.PeerID `json:"peer,omitempty"`
	Dir      string           `json:"dir,omitempty"`
	Via      *messages.PeerID `json:"via,omitempty"`
	Payload  string           `json:"payload,omitempty"`
	Out      int              `json:"out,omitempty"`
	In       int              `json:"in,omitempty"`
	Cause    messages.Cause   `json:"cause,omitempty"`
	Op       messages.Op      `json:"op,omitempty"`
	Error    messages.Code    `json:"error,omitempty"`
}

// joined is the first line. Contact is nil when the peer is alone in the room.
type joined struct {
	Type    string           `json:"type"`
	Peer    messages.PeerID  `json:"peer"`
	Room    string           `json:"room"`
	Contact *messages.PeerID `json:"contact"`
}

// opPublish is the request of a line of standard input.
const opPublish messages.Op = "publish"

// eventOf returns the line for what a protocol emitted; false when there is none.
func eventOf(protocol string, emitted any) (event, bool) {
	e := event{Protocol: protocol}
	switch m := emitted.(type) {
	case messages.ArcOpened:
		e.Type, e.Peer, e.Dir, e.Via = "arc_opened", known(m.Peer), m.Dir.String(), known(m.Via)
	case messages.ArcClosed:
		e.Type, e.Peer, e.Dir, e.Cause = "arc_closed", known(m.Peer), m.Dir.String(), m.Cause
	case messages.PeerDown:
		e.Type, e.Peer, e.Out, e.In, e.Cause = "peer_down", known(m.Peer), m.Out, m.In, m.Cause
	case messages.Introduced:
		e.Type, e.Peer = "introduced", known(m.From)
	case messages.Failed:
		e.Type, e.Peer, e.Op, e.Error = "failed", known(m.Peer), m.Op, messages.CodeOf(m.Err)
	case broadcast.Delivered:
		e.Type, e.Peer, e.Payload = "received", known(m.Origin), string(m.Payload)
	case broadcast.Refused:
		e.Type, e.Op, e.Error = "failed", opPublish, messages.CodeOf(m.Err)
	default:
		return event{}, false
	}
	return e, true
}

func known(peer messages.PeerID) *messages.PeerID {
	if peer.IsZero() {
		return nil
	}
	return &peer
}

// String is the line for people.
func (e event) String() string {
	words := []string{e.Type, e.Protocol}
	add := func(format string, arg any) { words = append(words, fmt.Sprintf(format, arg)) }
	if e.Peer != nil {
		add("%s", e.Peer.Short())
	}
	if e.Dir != "" {
		add("%s", e.Dir)
	}
	if e.Via != nil {
		add("via %s", e.Via.Short())
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
