package n2n_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
	"github.com/n2n-overlay/n2n/protocols/broadcast"
	"github.com/n2n-overlay/n2n/protocols/plumtree"
	"github.com/n2n-overlay/n2n/protocols/size"
	"github.com/n2n-overlay/n2n/protocols/spray"
	"github.com/n2n-overlay/n2n/protocols/unicast"
	"github.com/n2n-overlay/n2n/sim/simtest"
)

func made(t *testing.T, protocol protocols.Protocol, err error) protocols.Protocol {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return protocol
}

// The calls of the typed handles return the results of the protocols, in virtual time as in
// real time.
func TestHandlesOfProtocols(t *testing.T) {
	overlay, err := spray.New(spray.DefaultConfig())
	overlay = made(t, overlay, err)
	flood, err := broadcast.New(broadcast.DefaultConfig())
	flood = made(t, flood, err)
	config := plumtree.DefaultConfig()
	config.Over = "spray"
	tree, err := plumtree.New(config)
	tree = made(t, tree, err)
	direct, err := unicast.New(unicast.DefaultConfig())
	direct = made(t, direct, err)
	estimator, err := size.New(size.DefaultConfig())
	estimator = made(t, estimator, err)
	w := simtest.New(t, simtest.LAN(1), 2, overlay, flood, tree, direct, estimator)
	w.Run(10 * time.Second)
	ctx, a, b := context.Background(), w.Peer(w.ID(0)), w.Peer(w.ID(1))
	has := func(what string, err error, code messages.Code) {
		t.Helper()
		if messages.CodeOf(err) != code || (err == nil) != (code == "") {
			t.Errorf("%s: %v, want the code %q", what, err, string(code))
		}
	}

	id, err := broadcast.Of(a, "broadcast").Publish(ctx, []byte("hello"))
	has("publish", err, "")
	w.Run(time.Second)
	if got := w.Emitted(b.ID(), "broadcast"); len(got) != 1 || got[0].(messages.Delivered).ID() != id {
		t.Errorf("%v was published, %v came", id, got)
	}
	_, err = broadcast.Of(a, "broadcast").Publish(ctx, make([]byte, 1<<20))
	has("publish too much", err, messages.ErrTooBig)
	_, err = broadcast.Of(a, "broadcast").Publish(ctx, nil, messages.MessageID{Origin: b.ID(), Epoch: 1, Seq: 1})
	if !errors.Is(err, broadcast.ErrNotDelivered) {
		t.Errorf("publish after what was not delivered: %v", err)
	}
	_, err = broadcast.Of(a, "another").Publish(ctx, nil)
	has("publish by what does not run", err, messages.ErrNoProtocol)
	_, err = broadcast.Of(a, "size").Publish(expired(t), nil)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("publish in a context that has ended: %v", err)
	}
	_, err = plumtree.Of(a, "plumtree").Publish(ctx, []byte("hello"))
	has("publish along the tree", err, "")
	_, err = plumtree.Of(a, "plumtree").Publish(ctx, make([]byte, 1<<20))
	has("publish too much along the tree", err, messages.ErrTooBig)

	estimate, err := size.Of(a, "size").Estimate(ctx)
	if has("estimate", err, ""); estimate.Samples == 0 {
		t.Errorf("an estimate of %v", estimate)
	}

	answers := unicast.Of(b, "unicast")
	asked := []unicast.Requested{}
	actors.On(b, "unicast", func(r unicast.Requested) { asked = append(asked, r) })
	b.Subscribe("unicast", func(event any) {
		r, ok := event.(unicast.Requested)
		switch {
		case !ok:
		case string(r.Payload) == "no":
			_ = b.Tell("unicast", unicast.Reject{To: r.From, ID: r.ID, Reason: unicast.Reason_REASON_FULL, Text: "enough"})
		case string(r.Payload) == "yes":
			_ = b.Tell("unicast", unicast.Reply{To: r.From, ID: r.ID, Payload: []byte("fine")})
		}
	})
	asks := unicast.Of(a, "unicast")
	reply, err := asks.Request(ctx, b.ID(), []byte("yes"), 0)
	if has("request", err, ""); string(reply) != "fine" {
		t.Errorf("the reply is %q", reply)
	}
	_, err = asks.Request(ctx, b.ID(), []byte("no"), 0)
	var rejected *unicast.RejectedError
	if has("rejected", err, messages.ErrFull); !errors.As(err, &rejected) || rejected.Text != "enough" {
		t.Errorf("rejected: %v", err)
	}
	_, err = asks.Request(ctx, b.ID(), []byte("silence"), time.Second)
	has("unanswered", err, messages.ErrTimeout)
	w.Run(5 * time.Second)
	has("reply in vain", answers.Reply(ctx, asked[len(asked)-1], nil), messages.ErrExpired)
	has("reject in vain", answers.Reject(ctx, asked[0], unicast.Reason_REASON_REFUSED, ""), messages.ErrExpired)
	has("send", asks.Send(ctx, b.ID(), []byte("by the way")), "")
	has("send too much", asks.Send(ctx, b.ID(), make([]byte, 1<<20)), messages.ErrTooBig)

	if err := b.Leave(ctx); err != nil {
		t.Fatal(err)
	}
	_, err = broadcast.Of(b, "broadcast").Publish(ctx, nil)
	has("publish on a peer that has ended", err, messages.ErrClosed)
}

func expired(t *testing.T) context.Context {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx
}
