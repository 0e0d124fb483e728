package live

import (
	"fmt"
	"strings"
	"time"

	"golang.org/x/time/rate"

	"github.com/n2n-overlay/n2n/messages"
)

// The bounds of the chat.
const (
	maxText    = 500 // characters of a message; more are cut off
	keptSaid   = 512 // messages that are recognised when the next peer hears them
	toldSaid   = 50  // those of them that a page gets when it opens, and hears more of
	chatRate   = 20  // messages a second that pages are told of,
	chatBurst  = 100 // so many at once
	maxPayload = 4 * maxText
)

// chat holds the messages that the program's own peers heard.
type chat struct {
	all     []*said // oldest first
	by      map[messages.MessageID]*said
	limiter *rate.Limiter
}

// said is one message of the chat.
type said struct {
	key      messages.MessageID
	text     string
	at       time.Time
	told     bool                     // pages were told of it
	audience map[messages.PeerID]bool // the program's peers at that time; true: has heard it
	news     bool                     // the audience changed since the pages were told
}

func newChat() *chat {
	return &chat{by: map[messages.MessageID]*said{}, limiter: rate.NewLimiter(chatRate, chatBurst)}
}

// heard notes that a peer got a message. It returns the message if pages are to be
// told of it now.
func (c *chat) heard(by messages.PeerID, d messages.Delivered, own map[messages.PeerID]*Peer, now time.Time) *said {
	m := c.by[d.ID()]
	fresh := m == nil
	if fresh {
		m = &said{key: d.ID(), text: readable(d.Payload), at: now, audience: make(map[messages.PeerID]bool, len(own))}
		for id := range own {
			m.audience[id] = false
		}
		m.told = m.text != "" && c.limiter.AllowN(now, 1)
		c.keep(m)
	}
	m.news = m.news || !m.audience[by]
	m.audience[by] = true
	if fresh && m.told {
		return m
	}
	return nil
}

func (c *chat) keep(m *said) {
	if len(c.all) == keptSaid {
		delete(c.by, c.all[0].key)
		c.all = c.all[1:]
	}
	c.all = append(c.all, m)
	c.by[m.key] = m
}

// without stops waiting for peers that are gone.
func (c *chat) without(own map[messages.PeerID]*Peer) {
	for _, m := range c.all {
		for id, heard := range m.audience {
			if !heard && own[id] == nil {
				delete(m.audience, id)
				m.news = true
			}
		}
	}
}

// news calls tell with the recent messages whose audience has changed since the last
// call.
func (c *chat) news(tell func(*said)) {
	for _, m := range c.recent() {
		if m.news {
			tell(m)
			m.news = false
		}
	}
}

// recent returns the messages that a page gets when it opens.
func (c *chat) recent() []*said {
	var told []*said
	for _, m := range c.all {
		if m.told {
			told = append(told, m)
		}
	}
	return told[max(0, len(told)-toldSaid):]
}

// id returns the message's id as a tab's own events write it. A peer that starts
// again has a new epoch.
func (m *said) id() string {
	return fmt.Sprintf("%s/%016x/%d", m.key.Origin, m.key.Epoch, m.key.Seq)
}

func (m *said) frame(n int) []byte {
	return encode(saidFrame{Type: "said", ID: m.id(), N: n, Text: m.text, At: m.at.UnixMilli()})
}

func (m *said) heardFrame() []byte {
	f := heardFrame{Type: "heard", ID: m.id(), Of: len(m.audience)}
	for _, heard := range m.audience {
		if heard {
			f.By++
		}
	}
	return encode(f)
}

// readable returns a payload as text, cut to the shown length. It returns nothing
// for a payload that is no text.
func readable(payload []byte) string {
	text := string(payload[:min(len(payload), maxPayload)])
	return strings.TrimSpace(firstRunes(strings.ToValidUTF8(text, ""), maxText))
}
