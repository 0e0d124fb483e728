package actors

import (
	"context"
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

// Open opens an arc of a protocol to a peer and returns when it is there. via
// names the relays to the peer, nearest first; without it, a living connection
// or the signaling service is used. Errors wrap a messages.Code.
func (p *Peer) Open(ctx context.Context, protocol string, peer messages.PeerID, via ...messages.PeerID) error {
	return p.request(ctx, protocol, messages.OpOpen, func(t messages.Ticket) any {
		return messages.Open{Ticket: t, Peer: peer, Via: via}
	})
}

// Close ends one arc of a protocol to a peer that is not locked.
func (p *Peer) Close(ctx context.Context, protocol string, peer messages.PeerID) error {
	return p.request(ctx, protocol, messages.OpClose, func(t messages.Ticket) any {
		return messages.Close{Ticket: t, Peer: peer}
	})
}

// Lock keeps one arc of a protocol to a peer from being closed.
func (p *Peer) Lock(ctx context.Context, protocol string, peer messages.PeerID) error {
	return p.request(ctx, protocol, messages.OpLock, func(t messages.Ticket) any {
		return messages.Lock{Ticket: t, Peer: peer}
	})
}

// Unlock undoes one Lock.
func (p *Peer) Unlock(ctx context.Context, protocol string, peer messages.PeerID) error {
	return p.request(ctx, protocol, messages.OpUnlock, func(t messages.Ticket) any {
		return messages.Unlock{Ticket: t, Peer: peer}
	})
}

// Drop ends the arcs of a protocol that a peer holds to this one.
func (p *Peer) Drop(ctx context.Context, protocol string, peer messages.PeerID) error {
	return p.request(ctx, protocol, messages.OpDrop, func(t messages.Ticket) any {
		return messages.Drop{Ticket: t, Peer: peer}
	})
}

// Introduce asks a neighbor to open an arc to another neighbor, and returns when
// it has. views says in which views of the protocol the two must be.
func (p *Peer) Introduce(ctx context.Context, protocol string, from, to messages.PeerID, views messages.Views) error {
	return p.request(ctx, protocol, messages.OpIntroduce, func(t messages.Ticket) any {
		return messages.Introduce{Ticket: t, From: from, To: to, Views: views}
	})
}

// Invite asks a neighbor to open an arc to this peer, and returns when it is there.
func (p *Peer) Invite(ctx context.Context, protocol string, peer messages.PeerID) error {
	return p.request(ctx, protocol, messages.OpInvite, func(t messages.Ticket) any {
		return messages.Invite{Ticket: t, Peer: peer}
	})
}

// Send sends a message of a protocol to a neighbor, whichever way arcs point,
// and does not wait. What is known not to have left is told to the protocol as
// messages.Failed.
func (p *Peer) Send(protocol string, to messages.PeerID, m proto.Message) {
	p.send(&request{protocol: protocol, command: func(t messages.Ticket) any {
		return messages.Send{Ticket: t, To: to, Message: m}
	}})
}

// request waits for the event that ends a request.
func (p *Peer) request(ctx context.Context, protocol string, op messages.Op, command func(messages.Ticket) any) error {
	event, err := ask(ctx, p, string(op), func(reply func(any)) any { return &request{protocol: protocol, command: command, done: reply} })
	if err != nil {
		return err
	}
	if failed, ok := event.(messages.Failed); ok {
		return failed.Err
	}
	return nil
}
