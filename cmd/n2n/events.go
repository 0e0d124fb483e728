package main

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/n2n-overlay/n2n/events"
	"github.com/n2n-overlay/n2n/messages"
)

// joined is the first line of output. Contact is nil when the peer is alone in the room.
type joined struct {
	Type    string           `json:"type"`
	Peer    messages.PeerID  `json:"peer"`
	Room    string           `json:"room"`
	Contact *messages.PeerID `json:"contact"`
}

func known(peer messages.PeerID) *messages.PeerID {
	if peer.IsZero() {
		return nil
	}
	return &peer
}

// String returns the line for people.
func (j joined) String() string {
	if j.Contact == nil {
		return fmt.Sprintf("joined %s as %s, the first here", j.Room, j.Peer)
	}
	return fmt.Sprintf("joined %s as %s, contact %s", j.Room, j.Peer, j.Contact.Short())
}

// printer prints events. Goroutines that hand them over never wait: events before joined
// are kept, and so are events that come faster than they can be printed.
type printer struct {
	out    io.Writer
	json   bool
	events chan events.Event
	lost   chan struct{} // holds one when events were dropped
}

// keptEvents bounds the events that wait to be printed. Further events are dropped,
// and the user is told.
const keptEvents = 1 << 14

func newPrinter(out io.Writer, json bool) *printer {
	return &printer{out: out, json: json, events: make(chan events.Event, keptEvents), lost: make(chan struct{}, 1)}
}

// take keeps an event of a protocol for print.
func (p *printer) take(protocol string, emitted any) {
	name := messages.PeerID.Short
	if p.json {
		name = messages.PeerID.String
	}
	e, ok := events.Of(protocol, emitted, name)
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
