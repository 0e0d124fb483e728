//go:build !js

package signaling_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/signaling/client"
	"github.com/n2n-overlay/n2n/signaling/server"
	"github.com/n2n-overlay/n2n/signaling/several"
)

// both makes a peer with two services, in the virtual time of a bubble.
func both(t *testing.T, one, two several.Service) (*several.Several, chan any) {
	t.Helper()
	s, err := several.New(several.Config{Services: []several.Service{one, two}, Logger: quiet})
	if err != nil {
		t.Fatal(err)
	}
	events := make(chan any, 100)
	s.Enter("room", func(event any) { events <- event })
	return s, events
}

func (w *bubble) link(name string) *client.Client {
	member, err := client.New(client.Config{
		URL: "ws://signaling", HTTPClient: w.pipe.HTTPClient(), Identity: identityOf(name), Logger: quiet,
	})
	if err != nil {
		w.Fatal(err)
	}
	return member
}

// hanging makes a client of a server that accepts connections and says nothing.
func hanging(t *testing.T, name string) (member *client.Client, stop func() error) {
	w := &bubble{T: t, pipe: server.NewPipe()}
	go func() {
		for {
			if _, err := w.pipe.Accept(); err != nil {
				return
			}
		}
	}()
	return w.link(name), w.pipe.Close
}

func TestTheFirstServiceThatAnswersLetsIn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newBubble(t, server.Config{})
		silent, stop := hanging(t, "a")
		began := time.Now()
		a, atA := both(t, silent, w.link("a"))
		expect[messages.RendezvousEntered](t, atA)
		if took := time.Since(began); took != 0 {
			t.Errorf("entered after %v, want at once", took)
		}
		// This service knows no one. For some time, the other one may still know a
		// member.
		a.Contacts(1, 1)
		if n := len(expect[*messages.ContactList](t, atA).GetPeers()); n != 0 {
			t.Errorf("%d contacts, want none", n)
		}
		if took := time.Since(began); took != time.Second {
			t.Errorf("none after %v, want 1s", took)
		}
		time.Sleep(time.Minute) // the hanging service has failed by now
		a.Contacts(2, 1)
		asked := time.Now()
		expect[*messages.ContactList](t, atA)
		if took := time.Since(asked); took != 0 {
			t.Errorf("none after %v, want at once", took)
		}
		a.Leave()
		expect[messages.RendezvousLost](t, atA)
		w.stop()
		_ = stop()
	})
}

func TestAnOfferGoesAnotherWayWhenItsServiceIsLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		one, two := newBubble(t, server.Config{}), newBubble(t, server.Config{})
		a, atA := both(t, one.link("a"), two.link("a"))
		b, atB := both(t, one.link("b"), two.link("b"))
		expect[messages.RendezvousEntered](t, atA)
		expect[messages.RendezvousEntered](t, atB)
		synctest.Wait()
		a.Signal(offer("a", "b", 1))
		expect[*messages.Signal](t, atB)
		one.stop()
		synctest.Wait()
		// It came again through two, and is dropped.
		if len(atB) != 0 || two.server.Stats().Signals != 1 {
			t.Errorf("%d more events, %d signals through the other; want 0 and 1", len(atB), two.server.Stats().Signals)
		}
		b.Signal(answer("b", "a", 1))
		expect[*messages.Signal](t, atA)

		// A signal that was answered or is old is not sent again.
		a.Signal(offer("a", "b", 2))
		expect[*messages.Signal](t, atB)
		time.Sleep(11 * time.Second)
		two.stop()
		expect[messages.RendezvousUnlinked](t, atA)
		expect[messages.RendezvousUnlinked](t, atB)
		synctest.Wait()
		if len(atA) != 0 || len(atB) != 0 {
			t.Errorf("%d and %d events of what is over", len(atA), len(atB))
		}
		// With no service left, Gone comes at once.
		asked := time.Now()
		a.Signal(offer("a", "b", 3))
		expect[*messages.Gone](t, atA)
		if took := time.Since(asked); took != 0 {
			t.Errorf("Gone after %v, want at once", took)
		}
		a.Leave()
		b.Leave()
		expect[messages.RendezvousLost](t, atA)
		expect[messages.RendezvousLost](t, atB)
	})
}

func TestAnOfferThatIsLostWithTheLastServiceIsToldAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		one, two := newBubble(t, server.Config{}), newBubble(t, server.Config{})
		a, atA := both(t, one.link("a"), two.link("a"))
		b, atB := both(t, one.link("b"), two.link("b"))
		expect[messages.RendezvousEntered](t, atA)
		expect[messages.RendezvousEntered](t, atB)
		synctest.Wait()
		a.Signal(offer("a", "b", 1))
		expect[*messages.Signal](t, atB)
		began := time.Now()
		one.stop()
		two.stop()
		expect[messages.RendezvousUnlinked](t, atA)
		expect[*messages.Gone](t, atA)
		if took := time.Since(began); took != 0 {
			t.Errorf("Gone after %v, want at once", took)
		}
		expect[messages.RendezvousUnlinked](t, atB)
		a.Leave()
		b.Leave()
		expect[messages.RendezvousLost](t, atA)
		expect[messages.RendezvousLost](t, atB)
	})
}

func TestServicesThatDoNotAnswerLetNobodyIn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		one, stopOne := hanging(t, "a")
		two, stopTwo := hanging(t, "a")
		began := time.Now()
		_, events := both(t, one, two)
		if err := expect[messages.RendezvousLost](t, events).Err; err == nil {
			t.Error("no error")
		}
		if took := time.Since(began); took != 10*time.Second {
			t.Errorf("after %v, want the time to dial, 10s", took)
		}
		_, _ = stopOne(), stopTwo()
	})
}
