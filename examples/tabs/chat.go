package main

import (
	"encoding/json"
	"slices"

	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/messages"
)

// maxLine is the length of the longest message that is passed on, in bytes.
const maxLine = 2000

// line is a message of the chat. A tab sends Text with a number. The service adds the
// tab when it passes the line on: a line may come twice, directly and through the
// service, and is shown once. Only the service sends Here: the peers with an arc.
type line struct {
	From string   `json:"from,omitempty"`
	N    uint64   `json:"n,omitempty"`
	Text string   `json:"text,omitempty"`
	Here []string `json:"here,omitempty"`
}

// chat is the service's end of the chat. The protocol is passive: it has no handler,
// and the peer calls event for its events, one at a time.
type chat struct {
	peer *actors.Peer
	here []messages.PeerID // once for each arc
}

func (c *chat) event(event any) {
	switch e := event.(type) {
	case messages.ArcOpened:
		c.here = append(c.here, e.Peer)
		c.greet()
	case messages.ArcClosed:
		if i := slices.Index(c.here, e.Peer); i >= 0 {
			c.here = slices.Delete(c.here, i, i+1)
		}
		c.greet()
	case messages.Received:
		c.passOn(e.From, e.Message.(*wrapperspb.StringValue).GetValue())
	}
}

// present returns the peers with an arc to the chat, each once.
func (c *chat) present() []messages.PeerID {
	return slices.Compact(slices.SortedFunc(slices.Values(c.here), messages.PeerID.Compare))
}

// greet sends the list of present peers to all of them.
func (c *chat) greet() {
	present := c.present()
	names := make([]string, len(present))
	for i, peer := range present {
		names[i] = peer.String()
	}
	for _, peer := range present {
		c.say(peer, line{Here: names})
	}
}

// passOn sends a tab's text to the others. From is the peer that the connection has
// authenticated, not one that the message claims.
func (c *chat) passOn(from messages.PeerID, text string) {
	var said line
	if len(text) > maxLine || json.Unmarshal([]byte(text), &said) != nil || said.Text == "" {
		return
	}
	alone := true
	for _, peer := range c.present() {
		if peer != from {
			c.say(peer, line{From: from.String(), N: said.N, Text: said.Text})
			alone = false
		}
	}
	if alone {
		c.say(from, line{Text: "Only the two of us are here. Open this page in another tab, too."})
	}
}

func (c *chat) say(to messages.PeerID, l line) {
	text, err := json.Marshal(l)
	if err != nil {
		panic(err) // a line is strings and a number
	}
	_ = c.peer.Send("chat", to, wrapperspb.String(string(text)))
}
