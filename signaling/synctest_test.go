//go:build !js

package signaling_test

import (
	"context"
	"net"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/signaling/client"
	"github.com/n2n-overlay/n2n/signaling/server"
)

// bubble is a server in memory with its clients, in the virtual time of a bubble of
// testing/synctest.
type bubble struct {
	*testing.T
	server *server.Server
	pipe   *server.Pipe
	stop   func()
}

func newBubble(t *testing.T, config server.Config) *bubble {
	config.Logger = quiet
	rooms, err := server.New(config)
	if err != nil {
		t.Fatal(err)
	}
	w := &bubble{T: t, server: rooms, pipe: server.NewPipe()}
	done := make(chan error)
	go func() { done <- rooms.Serve(context.Background(), w.pipe) }()
	w.stop = func() {
		if err := rooms.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	return w
}

func (w *bubble) client(name string) (*client.Client, chan any) {
	member, err := client.New(client.Config{
		URL: "ws://signaling", HTTPClient: w.pipe.HTTPClient(), Identity: identityOf(name), Logger: quiet,
	})
	if err != nil {
		w.Fatal(err)
	}
	events := make(chan any, 100)
	member.Enter("room", func(event any) { events <- event })
	expect[messages.RendezvousEntered](w.T, events)
	return member, events
}

func expect[T any](t *testing.T, events chan any) T {
	t.Helper()
	event := <-events
	wanted, ok := event.(T)
	if !ok {
		t.Fatalf("got %T %v, want %T", event, event, wanted)
	}
	return wanted
}

func TestAnIdleLinkLivesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newBubble(t, server.Config{})
		a, atA := w.client("a")
		b, atB := w.client("b")
		time.Sleep(24 * time.Hour)
		a.Signal(offer("a", "b", 1))
		if got := expect[*messages.Signal](t, atB).GetJob(); got != 1 {
			t.Errorf("got job %d, want 1", got)
		}
		if entered := w.server.Stats().Entered; entered != 2 {
			t.Errorf("%d peers entered, want the first 2 and no re-entry", entered)
		}
		a.Leave()
		b.Leave()
		expect[messages.RendezvousLost](t, atA)
		expect[messages.RendezvousLost](t, atB)
		w.stop()
	})
}

// hung opens a WebSocket that answers nothing, not even pings, because it is never
// read.
func (w *bubble) hung() *websocket.Conn {
	conn, _, err := websocket.Dial(context.Background(), "ws://signaling", &websocket.DialOptions{HTTPClient: w.pipe.HTTPClient()})
	if err != nil {
		w.Fatal(err)
	}
	return conn
}

func TestALinkThatDoesNotEnterIsClosed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newBubble(t, server.Config{HandshakeTimeout: 5 * time.Second})
		conn := w.hung()
		if _, _, err := conn.Read(context.Background()); err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		_, frame, err := conn.Read(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		fault, err := messages.DecodeRendezvous(frame)
		if err != nil || fault.GetFault().GetReason() != messages.Reason_REASON_TIMEOUT {
			t.Errorf("got %v, error %v; want a timeout", fault, err)
		}
		if waited := time.Since(began); waited != 5*time.Second {
			t.Errorf("after %v, want 5s", waited)
		}
		_, _, err = conn.Read(context.Background())
		if websocket.CloseStatus(err) != websocket.StatusPolicyViolation {
			t.Errorf("got %v, want a close", err)
		}
		synctest.Wait()
		if stats := w.server.Stats(); stats.TimedOut != 1 || stats.Links != 0 {
			t.Errorf("got %+v, want 1 timed out and no links", stats)
		}
		w.stop()
	})
}

func TestASilentMemberIsClosed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newBubble(t, server.Config{})
		a, atA := w.client("a")
		// It entered, and then its machine was switched off.
		r := &raw{Conn: w.hung(), key: keyOf("b")}
		_, frame, err := r.Read(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		challenge, err := messages.DecodeRendezvous(frame)
		if err != nil {
			t.Fatal(err)
		}
		enter, err := messages.EncodeRendezvous(enterOf(r.prove("room", challenge.GetChallenge().GetNonce())))
		if err != nil {
			t.Fatal(err)
		}
		if err := r.Write(context.Background(), websocket.MessageBinary, enter); err != nil {
			t.Fatal(err)
		}
		if _, _, err := r.Read(context.Background()); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		if stats := w.server.Stats(); stats.TimedOut != 1 || stats.Members != 1 {
			t.Errorf("got %+v, want 1 timed out and 1 member", stats)
		}
		a.Signal(offer("a", "b", 1))
		expect[*messages.Gone](t, atA)
		a.Leave()
		expect[messages.RendezvousLost](t, atA)
		_ = r.CloseNow()
		w.stop()
	})
}

func TestALostLinkIsTriedAgainEverMoreSlowly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newBubble(t, server.Config{})
		var dials []time.Time
		web := &http.Client{Transport: &http.Transport{
			DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
				dials = append(dials, time.Now())
				return w.pipe.DialContext(ctx, network, address)
			},
			DisableKeepAlives: true,
		}}
		member, err := client.New(client.Config{
			URL: "ws://signaling", HTTPClient: web, Identity: identityOf("a"), Logger: quiet,
			BackoffMin: time.Second, BackoffMax: 8 * time.Second,
		})
		if err != nil {
			t.Fatal(err)
		}
		events := make(chan any, 100)
		member.Enter("room", func(event any) { events <- event })
		expect[messages.RendezvousEntered](t, events)

		w.stop() // the pipe ends too, so each attempt fails
		expect[messages.RendezvousUnlinked](t, events)
		lost := time.Now()
		time.Sleep(time.Hour)
		synctest.Wait()
		longest := time.Second
		for _, dial := range dials[1:] {
			if wait := dial.Sub(lost); wait < longest/2 || wait > longest {
				t.Errorf("waited %v, want %v to %v", wait, longest/2, longest)
			}
			lost, longest = dial, min(2*longest, 8*time.Second)
		}
		if n := len(dials) - 1; n < 450 {
			t.Errorf("tried %d times in an hour, want 450 at least", n)
		}
		asked := time.Now()
		member.Signal(offer("a", "b", 1))
		expect[*messages.Gone](t, events)
		member.Leave()
		if err := expect[messages.RendezvousLost](t, events).Err; err != nil {
			t.Error(err)
		}
		if took := time.Since(asked); took != 0 {
			t.Errorf("Gone and Lost came after %v, want at once", took)
		}
	})
}

func TestAMemberThatIsDeadDelaysShutdownForALimitedTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newBubble(t, server.Config{WriteTimeout: 5 * time.Second})
		conn := w.hung()
		began := time.Now()
		w.stop()
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("Shutdown took %v, want 5s at most", took)
		}
		_ = conn.CloseNow()
	})
}

func TestCloseWaitsForNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newBubble(t, server.Config{})
		conn := w.hung()
		began := time.Now()
		if err := w.server.Close(); err != nil {
			t.Error(err)
		}
		if took := time.Since(began); took != 0 {
			t.Errorf("Close took %v, want no time", took)
		}
		if links := w.server.Stats().Links; links != 0 {
			t.Errorf("%d links are left", links)
		}
		_ = conn.CloseNow()
		w.stop()
	})
}
