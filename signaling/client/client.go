package client

import (
	"sync"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/signaling/internal/visit"
)

// Client is the link of a peer to a signaling server; it implements
// actors.Rendezvous. Its methods may be called from any goroutine, and do not
// block.
//
// The events of one Enter come one at a time, from a goroutine of the client:
// messages.RendezvousEntered, *messages.ContactList, *messages.Signal,
// *messages.Gone, and last messages.RendezvousLost, when nothing of the link is
// left. If the room cannot be entered, that is the only one, and its error says
// what was dialled, what came of it and what to do.
//
// Once inside, a link that is lost is told (messages.RendezvousUnlinked) and tried
// again, with growing waits, until Leave; each time it is back, RendezvousEntered
// comes again. Only a server that
// refuses the peer, or a newer link of the same peer, ends that. While there is
// no link, a signal is answered with *messages.Gone at once; requests for
// contacts wait for the link. What is asked before Enter or after RendezvousLost
// is dropped.
type Client struct {
	config Config

	mu      sync.Mutex
	session *session // nil: not entered
}

// New returns a client that has not entered. The error names the field of
// the config that breaks its rule.
func New(config Config) (*Client, error) {
	if err := config.Validate(); err != nil {
		return nil, err
	}
	config = config.withDefaults()
	config.URL, _ = parseURL(config.URL) // valid
	if config.HTTPClient == nil {
		config.HTTPClient = defaultHTTPClient()
	}
	return &Client{config: config}, nil
}

// Enter links to the server and enters a room of 1 to 64 bytes of UTF-8. While
// the client is in a room, or about to be, events gets no more than a
// messages.RendezvousLost.
func (c *Client) Enter(room string, events func(event any)) { c.enter(room, events, false) }

// Keep is an Enter that goes on when the peer is not let in at first: the loss is
// told (messages.RendezvousUnlinked), and the link tried again.
func (c *Client) Keep(room string, events func(event any)) { c.enter(room, events, true) }

func (c *Client) enter(room string, events func(event any), steady bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.session != nil {
		go events(messages.RendezvousLost{Err: visit.ErrEntered})
		return
	}
	s := newSession(c.config, room, events, steady)
	c.session = s
	go s.run(func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.session = nil
	})
}

// Contacts asks for n members of the room, between 1 and 64: a
// *messages.ContactList with the same request, unless the link is lost or the
// queue is full.
func (c *Client) Contacts(request uint64, n int) {
	c.post(&messages.Rendezvous{Body: &messages.Rendezvous_ContactRequest{
		ContactRequest: &messages.ContactRequest{Request: request, Count: uint32(min(max(n, 1), messages.MaxContacts))},
	}})
}

// Signal passes a signal to the member that it is for. The signal is not to be
// changed any more. *messages.Gone tells that it has not been passed on; without
// it, it may still have been lost with the link.
func (c *Client) Signal(signal *messages.Signal) {
	c.post(&messages.Rendezvous{Body: &messages.Rendezvous_Signal{Signal: signal}})
}

// Leave ends the link; messages.RendezvousLost follows, without an error, within a
// second or so if the server is silent. It may be called again.
func (c *Client) Leave() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.session != nil {
		c.session.leave()
	}
}

func (c *Client) post(m *messages.Rendezvous) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.session != nil {
		c.session.requests.push(m)
	}
}
