package actors

import (
	"fmt"
	"log/slog"
	"math/rand/v2"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/n2n-overlay/n2n/actors/internal/links"
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

// Messages to a connection actor. It also gets *links.Connect, which comes first,
// *messages.Answer and links.HangUp.
type (
	// outbound sends one envelope. The protocol with the number origin is told of a
	// failure; 0: nobody is.
	outbound struct {
		class    protocols.Delivery
		envelope messages.Envelope
		origin   uint32
		ticket   messages.Ticket
	}
)

// Messages from a connection actor to the neighborhood. link names the connection.
type (
	linkOpened struct{ link links.ID }
	linkLiving struct {
		link  links.ID
		hello *messages.Hello
		rtt   time.Duration
	}
	linkControl struct {
		link    links.ID
		message any
	}
	linkReceived struct {
		link      links.ID
		class     protocols.Delivery
		envelopes []messages.Envelope // of protocols, in order
	}
	// sendFailed tells that a protocol's message was not sent. A protocol actor
	// sends it too.
	sendFailed struct {
		to     messages.PeerID
		origin uint32
		ticket messages.Ticket
		err    error
	}
	linkCongestion struct {
		link      links.ID
		congested bool
	}
	linkClosed struct {
		link     links.ID
		err      error
		violated bool
	}
)

type stage uint8

const (
	dialing stage = iota
	authenticating
	living
	closed
)

type (
	dialExpired struct{}
	authExpired struct{}
)

// connection is one connection to one remote peer, for arcs of both directions:
// dialing → authenticating → living → closed. Only the neighborhood knows whether
// it lingers.
type connection struct {
	*shell
	link      links.ID
	dial      *links.Connect // until it is open
	claimed   uint64         // the remote's incarnation in its offer or answer
	inbox     *inbox
	conn      Conn
	stage     stage
	timer     Timer      // nil: none runs
	handshake *handshake // until the connection lives
	greeted   time.Time
	classes   *[protocols.Classes]class // once one is used
	congested bool
	broke     bool // the remote broke the rules
	hungUp    bool // the end was asked for
	failure   error
}

func (c *connection) Receive(ctx actor.Context) {
	switch m := ctx.Message().(type) {
	case *links.Connect:
		c.start(ctx, m)
	case ConnReceived:
		c.received(ctx, m)
	case outbound:
		c.send(ctx, m)
	case *messages.Answer:
		c.claimed = m.GetIncarnation()
		c.conn.Accept(m.GetSdp())
	case ConnSignal:
		c.signal(ctx, m.SDP)
	case ConnOpened:
		c.opened(ctx, m)
	case ConnClassOpened:
		c.classOpened(ctx, m.Class)
	case ConnWritable:
		c.congestion(ctx, false)
	case ConnViolated:
		c.violated(m.Err)
	case ConnClosed:
		c.ended(ctx, m.Err)
	case dialExpired:
		c.expired(c.stage == dialing, "did not open")
	case authExpired:
		c.expired(c.stage == authenticating, "gave no valid Hello and Proof")
	case links.HangUp:
		c.hangUp(m)
	case *actor.Stopping:
		c.stop()
	case *actor.Stopped:
		// A set of children in protoactor may keep a stopped actor for long, so
		// this one lets go of all it had.
		*c = connection{}
	}
}

func (c *connection) start(ctx actor.Context, m *links.Connect) {
	inbox := newInbox(ctx)
	c.link, c.dial, c.claimed, c.inbox = m.Link, m, m.Claimed, inbox
	c.conn = c.world.Transport.Connect(c.link.Peer, func(e ConnEvent) { inbox.post(e) })
	c.timer = c.after(c.inbox, c.patience(), dialExpired{})
	if c.dial.Offer == "" {
		c.conn.Offer()
	} else {
		c.conn.Answer(c.dial.Offer)
	}
}

// signal sends our offer or answer.
func (c *connection) signal(ctx actor.Context, sdp string) {
	s := c.dial.Way.Signal(c.self, c.link.Peer)
	if c.dial.Offer == "" {
		s.Body = &messages.Signal_Offer{Offer: &messages.Offer{Sdp: sdp, Incarnation: c.incarnation, Protocol: c.dial.Protocol}}
	} else {
		s.Body = &messages.Signal_Answer{Answer: &messages.Answer{Sdp: sdp, Incarnation: c.incarnation}}
	}
	ctx.Send(c.n2n, signalByUs{s})
	if len(sdp) > messages.MaxSDP {
		c.hangUp(links.HangUp{Failure: messages.ErrTooBig})
	}
}

// patience is how long the connection may take to open. The peer that answers gives
// up at half the time, because its answer may be lost without a sign. Its own
// requests that wait for this connection can then still make another one.
func (c *connection) patience() time.Duration {
	if c.dial.Offer != "" {
		return c.times.RequestTimeout() / 2
	}
	return c.times.RequestTimeout()
}

func (c *connection) opened(ctx actor.Context, e ConnOpened) {
	if c.stage != dialing {
		return
	}
	c.timer.Stop()
	c.timer = c.after(c.inbox, c.config.AuthTimeout, authExpired{})
	c.stage = authenticating
	nonce, random := make([]byte, 32), rand.New(rand.NewPCG(c.dial.Seed[0], c.dial.Seed[1]))
	for i := range nonce {
		nonce[i] = byte(random.Uint32())
	}
	c.handshake = &handshake{
		identity: c.world.Identity, remote: c.link.Peer, network: c.config.Network,
		local: e.Local, other: e.Remote, nonce: nonce,
	}
	c.greeted = c.world.Clock.Now()
	ctx.Send(c.neighborhood, linkOpened{c.link})
	c.control(&messages.Hello{
		Version: wireVersion, Network: c.config.Network, PublicKey: c.world.Identity.PublicKey(),
		Incarnation: c.incarnation, Protocols: c.dial.Protocols, Nonce: nonce,
	})
	c.dial = nil
}

func (c *connection) received(ctx actor.Context, e ConnReceived) {
	for envelopes := e.Envelopes; len(envelopes) > 0; {
		n := 1
		switch envelope := envelopes[0]; {
		case c.stage == closed || c.failure != nil:
			return
		case c.stage == dialing:
			c.violated(fmt.Errorf("a message before the channel was open"))
		case c.stage == authenticating:
			c.authenticate(ctx, envelope, e.Class)
		case envelope.Protocol != 0:
			n = ofProtocols(envelopes)
			ctx.Send(c.neighborhood, linkReceived{c.link, e.Class, envelopes[:n]})
		case e.Class != protocols.Ordered:
			c.violated(fmt.Errorf("a control message on the %s channel", e.Class))
		default:
			c.controlled(ctx, envelope)
		}
		envelopes = envelopes[n:]
	}
}

// ofProtocols is how many envelopes come before the next control message.
func ofProtocols(envelopes []messages.Envelope) int {
	for i, e := range envelopes {
		if e.Protocol == 0 {
			return i
		}
	}
	return len(envelopes)
}

// authenticate takes Hello and Proof; nothing else may come before them.
func (c *connection) authenticate(ctx actor.Context, envelope messages.Envelope, delivery protocols.Delivery) {
	if delivery != protocols.Ordered {
		c.violated(fmt.Errorf("a message on the %s channel before authentication", delivery))
		return
	}
	switch m := envelope.Message.(type) {
	case *messages.Hello:
		proof, err := c.handshake.greet(m)
		if err != nil {
			c.violated(fmt.Errorf("hello: %w", err))
			return
		}
		c.control(proof)
	case *messages.Proof:
		if err := c.handshake.verify(m); err != nil {
			c.violated(fmt.Errorf("proof: %w", err))
			return
		}
		if c.handshake.hello.GetIncarnation() != c.claimed {
			c.hangUp(links.HangUp{Failure: messages.ErrRefused}) // not the one that offered or answered
			return
		}
		c.stopTimer()
		c.stage = living
		ctx.Send(c.n2n, neighborUp{c.link, ctx.Self()})
		ctx.Send(c.neighborhood, linkLiving{c.link, c.handshake.hello, c.world.Clock.Now().Sub(c.greeted)})
		c.handshake = nil
	default:
		c.violated(fmt.Errorf("%T before authentication", envelope.Message))
	}
}

// controlled hands a control message of an authenticated remote to the right actor.
func (c *connection) controlled(ctx actor.Context, envelope messages.Envelope) {
	switch m := envelope.Message.(type) {
	case *messages.Signal, *messages.Introduction, *messages.Outcome:
		ctx.Send(c.n2n, fromNeighbor{c.link, m})
	case *messages.Leave:
		ctx.Send(c.neighborhood, linkControl{c.link, m})
		ctx.Send(c.n2n, neighborDown{c.link})
	case *messages.Arcs, *messages.ArcsRefused, *messages.Protocols, *messages.NoProtocol,
		*messages.CloseProposal, *messages.CloseAnswer:
		ctx.Send(c.neighborhood, linkControl{c.link, m})
	case *messages.ClassReady:
		c.classReady(ctx, protocols.Delivery(m.GetClass()))
	default:
		c.violated(fmt.Errorf("%T after authentication", envelope.Message))
	}
}

func (c *connection) control(m messages.Control) {
	if c.hungUp {
		return // it would cut off what still leaves
	}
	// The queue is full when the remote has stopped reading. The transport or a
	// deadline then ends the connection.
	if err := c.conn.Send(protocols.Ordered, messages.Envelope{Message: m}); err != nil && c.failure == nil {
		c.hangUp(links.HangUp{Failure: fmt.Errorf("send %T: %w", m, err)})
	}
}

func (c *connection) send(ctx actor.Context, m outbound) {
	if m.envelope.Protocol == 0 {
		c.control(m.envelope.Message)
		return
	}
	if m.class != protocols.Ordered && !c.class(m.class).usable() {
		c.wait(ctx, m)
		return
	}
	if err := c.conn.Send(m.class, m.envelope); err != nil {
		ctx.Send(c.neighborhood, sendFailed{c.link.Peer, m.origin, m.ticket, err})
	}
	if !c.congested && c.conn.Congested() {
		c.congestion(ctx, true)
	}
}

func (c *connection) congestion(ctx actor.Context, congested bool) {
	if c.congested != congested {
		c.congested = congested
		ctx.Send(c.neighborhood, linkCongestion{c.link, congested})
	}
}

// violated ends the connection because the remote broke the rules.
func (c *connection) violated(err error) {
	if c.broke || c.stage == closed {
		return
	}
	c.broke = true
	c.hangUp(links.HangUp{Violation: true, Failure: err})
}

func (c *connection) expired(relevant bool, what string) {
	if relevant {
		c.hangUp(links.HangUp{Failure: fmt.Errorf("connection to %s %s in time: %w", c.link.Peer, what, messages.ErrTimeout)})
	}
}

func (c *connection) hangUp(m links.HangUp) {
	if m.Violation {
		c.log.Warn("connection closed: the remote peer broke the rules", slog.String("peer", c.link.Peer.String()), slog.Any("err", m.Failure))
	}
	if c.failure == nil {
		c.failure = m.Failure
	}
	if m.Leave && c.stage == authenticating && c.handshake.hello != nil {
		c.control(&messages.Leave{})
	}
	c.hungUp = true
	c.conn.Close(m.Flush)
}

// ended tells the neighborhood, which lets the n2n actor stop this one.
func (c *connection) ended(ctx actor.Context, err error) {
	if c.stage == closed {
		return
	}
	c.stage = closed
	c.stopTimer()
	if c.failure != nil {
		err = c.failure
	}
	if c.classes != nil {
		for i := range c.classes {
			for _, m := range c.classes[i].waiting {
				ctx.Send(c.neighborhood, sendFailed{c.link.Peer, m.origin, m.ticket, messages.ErrClosed})
			}
		}
	}
	ctx.Send(c.neighborhood, linkClosed{c.link, err, c.broke})
}

// stopTimer lets go of the timer too, which a connection that lives for long would keep.
func (c *connection) stopTimer() {
	if c.timer != nil {
		c.timer.Stop()
		c.timer = nil
	}
}

// stop is reached with an open connection only after a panic or a crash.
func (c *connection) stop() {
	if c.inbox != nil {
		c.inbox.close()
	}
	c.stopTimer()
	if c.stage != closed && c.conn != nil {
		c.conn.Close(false)
	}
}
