package link

import (
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/n2n-overlay/n2n/messages"
)

// These tests use the browser's WebSocket with hostile servers, which
// cmd/browsertest has. The tests of wrtc show that a tab enters rooms.

// patience bounds every wait.
const patience = 20 * time.Second

func hostileURL(query string) string {
	return "ws://" + os.Getenv("N2N_HOST") + "/hostile?" + query
}

func dialHostile(t *testing.T, query string) *Socket {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	s, err := Dial(ctx, hostileURL(query), messages.MaxFrame)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.cut)
	return s
}

// ends waits for a function to return.
func ends[T any](t *testing.T, what string, f func() T) T {
	t.Helper()
	done := make(chan T, 1)
	go func() { done <- f() }()
	select {
	case result := <-done:
		return result
	case <-time.After(patience):
		t.Fatalf("%s does not end", what)
		panic("unreachable")
	}
}

func (s *Socket) readAll(t *testing.T) (frames [][]byte, err error) {
	t.Helper()
	return frames, ends(t, "reading", func() error {
		for {
			frame, err := s.read()
			if err != nil {
				return err
			}
			frames = append(frames, frame)
		}
	})
}

func TestWhatCameBeforeTheCloseIsRead(t *testing.T) {
	s := dialHostile(t, "count=3&size=16384&close=go+away")
	ends(t, "draining", func() any { s.drain(); return nil }) // everything has come
	frames, err := s.readAll(t)
	if len(frames) != 3 || len(frames[2]) != messages.MaxFrame || frames[2][0] != 2 {
		t.Errorf("read %d frames, want 3 of 16 KiB in order", len(frames))
	}
	if !strings.Contains(err.Error(), `code 1008 ("go away")`) {
		t.Errorf("the end was %v, want the server's code and reason", err)
	}
	if err := s.write([]byte("late")); err == nil {
		t.Error("a closed WebSocket took a frame")
	}
}

func TestAMessageThatIsNoFrameIsTheLast(t *testing.T) {
	for query, want := range map[string]error{
		"size=16385&count=2": errTooLong,
		"text=no":            errText,
	} {
		if frames, err := dialHostile(t, query).readAll(t); len(frames) != 0 || !errors.Is(err, want) {
			t.Errorf("%s: read %d frames and %v, want none and %v", query, len(frames), err, want)
		}
	}
}

func TestAFloodIsNotKept(t *testing.T) {
	s := dialHostile(t, "count=400&size=16384&close=") // 6.25 MiB
	ends(t, "draining", func() any { s.drain(); return nil })
	frames, err := s.readAll(t)
	if most := maxInbox / messages.MaxFrame; len(frames) > most || len(frames) < most/2 {
		t.Errorf("%d frames were kept, want some %d", len(frames), most)
	}
	if !errors.Is(err, errFlooded) {
		t.Errorf("the end was %v, want %v", err, errFlooded)
	}
}

func TestTheBrowserHoldsLittleForAServerThatDoesNotRead(t *testing.T) {
	s := dialHostile(t, "deaf=1")
	full := make(chan struct{})
	go func() {
		for s.js.Get("bufferedAmount").Int() <= maxUnsent {
			time.Sleep(unsentWait)
		}
		close(full)
	}()
	frame, most := make([]byte, messages.MaxFrame), 0
	written := make(chan error, 1)
	go func() {
		for range 1 << 14 { // 256 MiB
			if err := s.write(frame); err != nil {
				written <- err
				return
			}
			most = max(most, s.js.Get("bufferedAmount").Int())
		}
		written <- nil
	}()
	ends(t, "filling", func() any { <-full; return nil })
	s.cut()
	if err := ends(t, "writing", func() error { return <-written }); err == nil {
		t.Error("256 MiB were written to a server that reads nothing")
	}
	if most > maxUnsent+2*messages.MaxFrame {
		t.Errorf("the browser held %d bytes, want little more than %d", most, maxUnsent)
	}
}

func TestCutEndsAllThatWaits(t *testing.T) {
	s := dialHostile(t, "deaf=1")
	read, closed := make(chan error, 1), make(chan error, 1)
	go func() { _, err := s.read(); read <- err }()
	go func() { s.close(closeNormal, "bye"); closed <- io.EOF }()
	s.cut()
	s.cut()
	if err := ends(t, "reading", func() error { return <-read }); !errors.Is(err, ErrSilent) {
		t.Errorf("the end was %v, want %v", err, ErrSilent)
	}
	ends(t, "closing", func() error { return <-closed })
	ends(t, "draining", func() any { s.drain(); return nil })
}

func TestDialingEnds(t *testing.T) {
	for _, one := range []struct {
		url, want string
		leaves    bool
	}{
		{"ws://localhost:1/", "code 1006", false},
		{"ws://user@[::1:80/#", "is invalid", false},
		{hostileURL("hang=1"), "context canceled", true},
	} {
		ctx, leave := context.WithCancel(context.Background())
		if one.leaves {
			time.AfterFunc(unsentWait, leave)
		}
		err := ends(t, "dialling", func() error { _, err := Dial(ctx, one.url, messages.MaxFrame); return err })
		leave()
		if err == nil || !strings.Contains(err.Error(), one.url) || !strings.Contains(err.Error(), one.want) {
			t.Errorf("dialling %s gave %v, want %q", one.url, err, one.want)
		}
	}
}
