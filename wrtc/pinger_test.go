package wrtc_test

import (
	"sync/atomic"

	"github.com/asynkron/protoactor-go/actor"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

// pinger is the handler at both ends. One end sends, the other answers or counts.
type pinger struct {
	self    *actor.PID
	payload *wrapperspb.BytesValue
	peer    messages.PeerID
	echo    bool
	left    int  // still to send
	stopped bool // congested
	count   *atomic.Int64
	goal    int64
	done    chan error
}

type (
	ping  struct{ n int }
	flood struct{ n int }
)

// A pinger lets others have their turn after so many messages or bytes.
const (
	batch      = 64
	batchBytes = 64 << 10
)

func (p *pinger) Handle(port protocols.Port, event any) {
	switch e := event.(type) {
	case messages.Received:
		p.received(port, e)
	case ping:
		p.left = e.n
		port.Send(p.peer, p.payload)
	case flood:
		p.left = e.n
		p.more(port)
	case messages.Told:
		p.more(port)
	case messages.Failed:
		p.done <- e.Err
	case messages.Congested:
		p.stopped = true
	case messages.Drained:
		if p.stopped {
			p.stopped = false
			p.more(port)
		}
	}
}

func (p *pinger) received(port protocols.Port, e messages.Received) {
	switch {
	case p.echo:
		port.Send(e.From, e.Message)
	case p.left > 1:
		p.left--
		port.Send(p.peer, p.payload)
	default:
		if p.count.Add(1) == p.goal {
			p.done <- nil
		}
	}
}

// more sends a batch, and then lets others have their turn.
func (p *pinger) more(port protocols.Port) {
	if p.stopped {
		return
	}
	size := len(p.payload.GetValue())
	for range min(batch, max(1, batchBytes/size), p.left) {
		p.left--
		port.Send(p.peer, p.payload)
	}
	if p.left > 0 {
		port.Tell("ping", nil) // through the peer actor, so that others have their turn
	}
}
