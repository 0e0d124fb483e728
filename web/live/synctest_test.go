package live

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"

	"github.com/n2n-overlay/n2n/signaling/server"
)

// inBubble runs a test in virtual time, with a server in memory and a function to
// dial its pages. Writes of the server wait until the page reads.
func inBubble(t *testing.T, test func(t *testing.T, s *Server, p *program, dial func() *websocket.Conn)) {
	synctest.Test(t, func(t *testing.T) {
		p := &program{}
		p.set(State{Peers: []Peer{own(1, 2), own(2)}})
		s, err := New(Config{Program: "signal", Room: "r", Source: p, Logger: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		pipe := server.NewPipe()
		web := &http.Server{Handler: s}
		served := make(chan error)
		go func() { served <- web.Serve(pipe) }()
		var all []*websocket.Conn
		test(t, s, p, func() *websocket.Conn {
			conn, _, err := websocket.Dial(context.Background(), "ws://live/live", &websocket.DialOptions{HTTPClient: pipe.HTTPClient()})
			if err != nil {
				t.Fatal(err)
			}
			conn.SetReadLimit(-1)
			all = append(all, conn)
			return conn
		})
		for _, conn := range all {
			_ = conn.CloseNow()
		}
		s.Close()
		_ = web.Close()
		if err := <-served; !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
	})
}

// next reads frames until one of the given types comes.
func next(t *testing.T, conn *websocket.Conn, kinds ...string) frame {
	t.Helper()
	for {
		_, text, err := conn.Read(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		var f frame
		if err := json.Unmarshal(text, &f); err != nil {
			t.Fatal(err)
		}
		for _, kind := range kinds {
			if f.Type == kind {
				return f
			}
		}
	}
}

// moved returns a state in which a third peer has n arcs.
func moved(n int) State {
	third := own(3, 1)
	third.Views["spray"].Out[0].Count = n
	return State{Peers: []Peer{own(1, 2), own(2), third}}
}

func TestTwoPicturesASecond(t *testing.T) {
	inBubble(t, func(t *testing.T, _ *Server, p *program, dial func() *websocket.Conn) {
		time.Sleep(1300 * time.Millisecond) // between two looks
		conn := dial()
		next(t, conn, "picture")
		last := time.Now()
		for n := range 20 {
			p.set(moved(n + 1))
			f := next(t, conn, "picture", "change")
			if f.Type != "change" {
				t.Fatalf("change %d is a %s, though the page keeps up", n, f.Type)
			}
			if passed := time.Since(last); passed < pictureEvery || passed > 2*pictureEvery {
				t.Errorf("change %d comes %v after the one before", n, passed)
			}
			last = time.Now()
		}
	})
}

func TestAPictureThatStaysIsNotWritten(t *testing.T) {
	inBubble(t, func(t *testing.T, _ *Server, p *program, dial func() *websocket.Conn) {
		conn := dial()
		next(t, conn, "picture")
		time.AfterFunc(time.Minute, func() { p.set(moved(1)) })
		begun := time.Now()
		if f := next(t, conn, "picture", "change"); f.Type != "change" || time.Since(begun) < time.Minute {
			t.Errorf("a %s came after %v", f.Type, time.Since(begun))
		}
	})
}

func TestASlowPageGetsTheNewestPicture(t *testing.T) {
	inBubble(t, func(t *testing.T, _ *Server, p *program, dial func() *websocket.Conn) {
		conn, other := dial(), dial()
		next(t, conn, "picture")
		changes := 0
		for n := range 10 { // five seconds in which the page reads nothing
			p.set(moved(n + 1))
			next(t, other, "change")
			changes++
		}
		f := next(t, conn, "picture", "change")
		for ; f.Type == "change"; f = next(t, conn, "picture", "change") {
			if changes--; changes == 0 {
				t.Fatal("the page got all changes")
			}
		}
		shown := f.picture()
		if count := shown.arcs[arcKey{3, 1, 0}]; count != 10 {
			t.Errorf("the picture has %d arcs, want 10: %v", count, shown)
		}
		p.set(moved(11))
		if f := next(t, conn, "picture", "change"); f.Type != "change" {
			t.Errorf("a page that has caught up gets a %s", f.Type)
		}
	})
}

func TestAPageThatReadsNothingIsClosed(t *testing.T) {
	inBubble(t, func(t *testing.T, s *Server, _ *program, dial func() *websocket.Conn) {
		dial()
		time.Sleep(writeTimeout + closeTimeout + 2*time.Second)
		s.mu.Lock()
		defer s.mu.Unlock()
		if len(s.pages) != 0 {
			t.Error("it still watches")
		}
	})
}

func TestAPageThatAnswersPingsStays(t *testing.T) {
	inBubble(t, func(t *testing.T, _ *Server, _ *program, dial func() *websocket.Conn) {
		conn := dial()
		ended := make(chan error)
		go func() {
			var err error
			for err == nil { // it answers pings while it reads
				_, _, err = conn.Read(context.Background())
			}
			ended <- err
		}()
		time.Sleep(3 * (pingInterval + pongTimeout))
		select {
		case err := <-ended:
			t.Errorf("a page that reads was closed: %v", err)
		default:
		}
		_ = conn.CloseNow()
		if err := <-ended; err == nil {
			t.Error("it reads on")
		}
	})
}

func TestAReportEnds(t *testing.T) {
	inBubble(t, func(t *testing.T, _ *Server, _ *program, dial func() *websocket.Conn) {
		conn := dial()
		next(t, conn, "picture")
		report := fmt.Sprintf(`{"type":"report","peer":{"id":%q,"name":"tab"}}`, id(9))
		if err := conn.Write(context.Background(), websocket.MessageText, []byte(report)); err != nil {
			t.Fatal(err)
		}
		told := time.Now()
		if f := next(t, conn, "change"); len(f.Came) != 1 || f.Came[0].Kind != Tab {
			t.Fatalf("%+v came", f.Came)
		}
		f := next(t, conn, "change")
		if len(f.Went) != 1 || f.Went[0].How != Lost {
			t.Errorf("%+v went", f.Went)
		}
		if passed := time.Since(told); passed < reportLife || passed > reportLife+time.Second {
			t.Errorf("the report ended after %v", passed)
		}
	})
}

func TestWhatWaitsForAPageIsBounded(t *testing.T) {
	inBubble(t, func(t *testing.T, s *Server, _ *program, dial func() *websocket.Conn) {
		conn := dial()
		synctest.Wait() // the server is writing the hello, and the page does not read
		s.mu.Lock()
		var f *feed
		for f = range s.pages {
		}
		s.mu.Unlock()
		for range 2 * maxQueue {
			f.tell([]byte("{}"))
		}
		if len(f.queue) != maxQueue || f.ctx.Err() != nil {
			t.Fatalf("%d frames wait, ended: %v", len(f.queue), f.ctx.Err())
		}
		if err := conn.Write(context.Background(), websocket.MessageText, []byte(`{"type":"select","request":1}`)); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if cause := context.Cause(f.ctx); cause != errSlow {
			t.Errorf("a page whose answer cannot be queued ends with %v", cause)
		}
	})
}

func TestConfigIsChecked(t *testing.T) {
	good := Config{Program: "demo", Room: "r", Source: &program{}}
	for field, change := range map[string]func(*Config){
		"Room":     func(c *Config) { c.Room = strings.Repeat("r", 65) },
		"Source":   func(c *Config) { c.Source = nil },
		"MaxPeers": func(c *Config) { c.MaxPeers = -1 },
		"Origins":  func(c *Config) { c.Origins = []string{"["} },
	} {
		bad := good
		change(&bad)
		if _, err := New(bad); err == nil || !strings.Contains(err.Error(), "Config."+field) {
			t.Errorf("%s: error %v", field, err)
		}
	}
	for _, program := range []string{"demo", "shop", ""} {
		good.Program = program
		if err := good.Validate(); err != nil {
			t.Errorf("the program %q: %v", program, err)
		}
	}
}
