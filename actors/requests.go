package actors

import (
	"context"
	"fmt"
	"sync/atomic"

	"google.golang.org/protobuf/proto"

	"github.com/n2n-overlay/n2n/messages"
)

// request is a request of the handle in the name of a protocol. done gets the
// event that ends it.
type request struct {
	protocol string
	command  func(messages.Ticket) any
	done     func(event any) // nil: nobody waits
	ended    atomic.Bool
}

// answer ends the request, the first time.
func (r *request) answer(event any) {
	if !r.ended.Swap(true) && r.done != nil {
		r.done(event)
	}
}

func (r *request) answered() bool { return r.done == nil || r.ended.Load() }

// The requests of the handle are made in the name of a protocol of the peer. Its
// handler or subscribers also get the event that ends a request. Each request ends
// at the latest after Config.RequestTimeout. Its error wraps a messages.Code: one
// of those named at the method, ErrNoProtocol if the protocol does not run on this
// peer, or ErrClosed if it or the peer ends meanwhile. If ctx ends first, the
// method returns its cause, and the request goes on.

// Open opens an arc of a protocol to a peer and returns when it is there. It uses a
// living connection if there is one, else the relays via (nearest first, at most
// messages.MaxRoute), else the signaling service.
//
// Errors: ErrSelf; ErrUnknownPeer if nothing leads to the peer; ErrNotNeighbor if
// via begins with no neighbor and there is no service; ErrTooBig if there are too
// many relays; ErrNoProtocol if it does not run there; ErrRefused; ErrFull at a
// limit of either side; ErrRate; ErrTimeout; ErrClosed if the connection ended
// before it lived.
func (p *Peer) Open(ctx context.Context, protocol string, peer messages.PeerID, via ...messages.PeerID) error {
	return p.request(ctx, protocol, messages.OpOpen, func(t messages.Ticket) any {
		return messages.Open{Ticket: t, Peer: peer, Via: via}
	})
}

// Close ends one arc of a protocol to a peer, if one is not locked. Errors:
// ErrNoArc; ErrLocked if all of them are locked.
func (p *Peer) Close(ctx context.Context, protocol string, peer messages.PeerID) error {
	return p.request(ctx, protocol, messages.OpClose, func(t messages.Ticket) any {
		return messages.Close{Ticket: t, Peer: peer}
	})
}

// Lock keeps one arc of a protocol to a peer from Close, though not from the loss
// of the connection, a refusal or the other side's Drop. Errors: ErrNoArc;
// ErrLocked if all of them are locked already.
func (p *Peer) Lock(ctx context.Context, protocol string, peer messages.PeerID) error {
	return p.request(ctx, protocol, messages.OpLock, func(t messages.Ticket) any {
		return messages.Lock{Ticket: t, Peer: peer}
	})
}

// Unlock undoes one Lock. Errors: ErrNoArc; ErrNotLocked.
func (p *Peer) Unlock(ctx context.Context, protocol string, peer messages.PeerID) error {
	return p.request(ctx, protocol, messages.OpUnlock, func(t messages.Ticket) any {
		return messages.Unlock{Ticket: t, Peer: peer}
	})
}

// Drop ends all arcs of a protocol that a peer holds to this one, locked ones
// too. Errors: ErrNoArc.
func (p *Peer) Drop(ctx context.Context, protocol string, peer messages.PeerID) error {
	return p.request(ctx, protocol, messages.OpDrop, func(t messages.Ticket) any {
		return messages.Drop{Ticket: t, Peer: peer}
	})
}

// Introduce asks the neighbor from to open an arc to the neighbor to, and returns
// when it has. views says in which views of the protocol the two must be; the zero
// value asks for connections only. If from is this peer, Introduce is Open; if to
// is, it is Invite.
//
// Errors: ErrSelf if from is to; ErrNotNeighbor; ErrNotInView; ErrNoProtocol if it
// does not run on one of the two; ErrRefused if from takes no introductions or to
// takes no arcs; ErrFull; ErrRate; ErrTimeout; ErrClosed if one of the two is lost.
func (p *Peer) Introduce(ctx context.Context, protocol string, from, to messages.PeerID, views messages.Views) error {
	return p.request(ctx, protocol, messages.OpIntroduce, func(t messages.Ticket) any {
		return messages.Introduce{Ticket: t, From: from, To: to, Views: views}
	})
}

// Invite asks a neighbor to open an arc to this peer, and returns when it is
// there. Errors: those of Introduce.
func (p *Peer) Invite(ctx context.Context, protocol string, peer messages.PeerID) error {
	return p.request(ctx, protocol, messages.OpInvite, func(t messages.Ticket) any {
		return messages.Invite{Ticket: t, Peer: peer}
	})
}

// Contacts asks the signaling service for up to n members of the room, and returns
// those that it named, possibly none. n is 1 to messages.MaxContacts. A request
// made before Join waits for it. Errors: ErrTooBig if n is out of bounds; ErrFull
// if too many such requests wait; ErrTimeout; ErrNoRendezvous; ErrUnreachable if
// the link to the service is lost for good.
func (p *Peer) Contacts(ctx context.Context, protocol string, n int) ([]messages.PeerID, error) {
	event, err := p.await(ctx, protocol, messages.OpContacts, func(t messages.Ticket) any {
		return messages.ContactsOf{Ticket: t, N: n}
	})
	contacts, _ := event.(messages.Contacts)
	return contacts.Peers, err
}

// Send sends a message of a protocol's type to a neighbor, whichever way arcs point.
// It takes the message over. It does not wait, so a handler or a subscriber may call
// it. Errors: ErrNoProtocol if the protocol does not run on this peer; ErrClosed if
// the peer has ended. The protocol gets messages.Failed if the message cannot be sent
// later: ErrSelf; ErrNotNeighbor; ErrNoProtocol if it does not run there or exchanges
// messages of another type; ErrTooBig; ErrFull if too much waits to be sent (until
// messages.Drained); ErrClosed.
func (p *Peer) Send(protocol string, to messages.PeerID, m proto.Message) error {
	if err := p.running("send", protocol); err != nil {
		return err
	}
	p.send(&request{protocol: protocol, command: func(t messages.Ticket) any {
		return messages.Send{Ticket: t, To: to, Message: m}
	}})
	return nil
}

func (p *Peer) request(ctx context.Context, protocol string, op messages.Op, command func(messages.Ticket) any) error {
	_, err := p.await(ctx, protocol, op, command)
	return err
}

// await waits for the event that ends a request.
func (p *Peer) await(ctx context.Context, protocol string, op messages.Op, command func(messages.Ticket) any) (any, error) {
	if ctx != nil && ctx.Err() != nil {
		return nil, fmt.Errorf("%s: %w", op, context.Cause(ctx))
	}
	event, err := ask(ctx, p, string(op), func(reply func(any)) any { return &request{protocol: protocol, command: command, done: reply} })
	if err != nil {
		return nil, err
	}
	if failed, ok := event.(messages.Failed); ok {
		return nil, failed.Err
	}
	return event, nil
}
