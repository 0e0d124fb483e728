package client

import (
	"sync"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/signaling/internal/visit"
)

// Client is the link of a peer to a signaling server. It implements
// actors.Rendezvous. Its methods may be called from any goroutine, and do not
// block.
//
// The events of one Enter come one at a time, from a goroutine of the client:
// messages.RendezvousEntered, *messages.ContactList, *messages.Signal and
// *messages.Gone. The last one is messages.RendezvousLost, when the client has
// freed everything. If the room cannot be entered, it is the only event, and its
// error says what was dialled, how that failed and what to do.
//
// If the link is lost after that, the client reports messages.RendezvousUnlinked
// and tries again, with growing waits, until Leave. Each time the link is back,
// RendezvousEntered comes again. Only a server that refuses the peer, or a newer
// link of the same peer, ends that. While there is no link, the answer to a signal
// is *messages.Gone at once, and requests for contacts wait for the link. Requests
// before Enter or after RendezvousLost are dropped.
type Client struct {
	config Config

	mu      sync.Mutex
	session *session // nil: the client has not entered
}

// New returns a client that has not entered. Its error names the invalid field of
// the config.
func New(config Config) (*Client, error) {
	if err := config.Validate(); err != nil {
		return nil, err
	}
	config = config.withDefaults()
	config.URL, _ = parseURL(config.URL) // it is valid
	if config.HTTPClient == nil {
		config.HTTPClient = defaultHTTPClient()
	}
	return &Client{config: config}, nil
}

// Enter links to the server and enters a room of 1 to 64 bytes of UTF-8. If the
// client is in a room already, or about to be, events gets only a
// messages.RendezvousLost.
func (c *Client) Enter(room string, events func(event any)) { c.enter(room, events, false) }

// Keep is an Enter that also tries again when the first attempt fails. It reports
// each failure as messages.RendezvousUnlinked.
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

// Contacts asks for n members of the room, 1 to 64. The answer is a
// *messages.ContactList with the same request. There is none if the link is lost or
// the queue is full.
func (c *Client) Contacts(request uint64, n int) {
	c.post(&messages.Rendezvous{Body: &messages.Rendezvous_ContactRequest{
		ContactRequest: &messages.ContactRequest{Request: request, Count: uint32(min(max(n, 1), messages.MaxContacts))},
	}})
}

// Signal passes a signal to its target. The caller must not change the signal
// afterwards. *messages.Gone tells that it was not passed on. Without that, it may
// still have been lost with the link.
func (c *Client) Signal(signal *messages.Signal) {
	c.post(&messages.Rendezvous{Body: &messages.Rendezvous_Signal{Signal: signal}})
}

// Leave ends the link. messages.RendezvousLost follows without an error, within
// about a second if the server is silent. It may be called again.
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
