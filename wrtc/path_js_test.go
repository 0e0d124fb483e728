package wrtc_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/n2n-overlay/n2n"
	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/cmd/browsertest/echo"
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
	"github.com/n2n-overlay/n2n/wrtc"
)

// These tests use peers in this tab, in Go programs and in another tab.
// cmd/browsertest starts the others.

// TestMain runs an echo peer in a second tab, in place of the tests.
func TestMain(m *testing.M) {
	if room := os.Getenv("N2N_ECHO"); room != "" {
		peer, err := echo.Start(context.Background(), signalURL(), room)
		if err != nil {
			fmt.Println("the second tab:", err)
			return
		}
		<-peer.Done()
		return
	}
	os.Exit(m.Run())
}

// system has the peers of this tab.
var system = actor.NewActorSystem(actor.WithLoggerFactory(func(*actor.ActorSystem) *slog.Logger { return slog.New(slog.DiscardHandler) }))

func signalURL() string { return "ws://" + os.Getenv("N2N_HOST") + "/signal" }

// ask asks cmd/browsertest to do something, and returns the answer.
func ask(t testing.TB, path string, fields ...string) string {
	t.Helper()
	answer, err := tryAsk(path, fields...)
	if err != nil {
		t.Fatal(err)
	}
	return answer
}

func tryAsk(path string, fields ...string) (string, error) {
	q := url.Values{}
	for i := 0; i < len(fields); i += 2 {
		q.Set(fields[i], fields[i+1])
	}
	response, err := http.Post("http://"+os.Getenv("N2N_HOST")+path+"?"+q.Encode(), "", nil)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", path, answer)
	}
	return string(answer), err
}

func id(t testing.TB, text string) messages.PeerID {
	t.Helper()
	id, err := messages.ParsePeerID(text)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// tab is a peer in this tab, with the events of its protocols.
type tab struct {
	*actors.Peer
	t      testing.TB
	ctx    context.Context
	events chan any
}

func startTab(t testing.TB, room string, options ...n2n.Option) *tab {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*patience)
	t.Cleanup(cancel)
	peer := startPeer(t, signalURL(), options...)
	n := &tab{Peer: peer, t: t, ctx: ctx, events: make(chan any, 1024)}
	for name := range echo.Classes {
		peer.Subscribe(name, func(event any) { n.events <- event })
		if _, err := peer.Spawn(context.Background(), echo.Protocol(name, nil)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := peer.Join(ctx, room); err != nil {
		t.Fatal(err)
	}
	return n
}

// startPeer starts a peer that runs nothing yet and is in no room.
func startPeer(t testing.TB, url string, options ...n2n.Option) *actors.Peer {
	t.Helper()
	peer, err := n2n.Start(append(options, n2n.System(system), n2n.Overlay(""), n2n.Signal(url), n2n.Loopback())...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		peer.Actors().Crash()
		<-peer.Actors().Done()
	})
	return peer.Actors()
}

// wait returns the first event of a type that fits, and skips the events before it.
func wait[T any](n *tab, fits func(T) bool) T {
	n.t.Helper()
	late := time.After(patience)
	for {
		select {
		case event := <-n.events:
			if found, ok := event.(T); ok && (fits == nil || fits(found)) {
				return found
			}
		case <-late:
			var want T
			n.t.Fatalf("no %T in %v", want, patience)
		}
	}
}

func (n *tab) mustOpen(to messages.PeerID, via ...messages.PeerID) {
	n.t.Helper()
	if err := n.Open(n.ctx, "ordered", to, via...); err != nil {
		n.t.Fatalf("open: %v", err)
	}
}

// echoes asserts that a peer sends a payload back.
func (n *tab) echoes(protocol string, to messages.PeerID, payload []byte) {
	n.t.Helper()
	_ = n.Send(protocol, to, wrapperspb.Bytes(payload))
	got := wait(n, func(m messages.Received) bool { return m.From == to })
	if b := got.Message.(*wrapperspb.BytesValue).GetValue(); !bytes.Equal(b, payload) {
		n.t.Fatalf("%s: %d bytes came back of %d, or others", protocol, len(b), len(payload))
	}
}

// eventually asks again until the answer is want.
func eventually(t testing.TB, want, path string, fields ...string) {
	t.Helper()
	late := time.Now().Add(patience)
	for {
		got := ask(t, path, fields...)
		if got == want {
			return
		}
		if time.Now().After(late) {
			t.Fatalf("%s %v: %q after %v, want %q", path, fields, got, patience, want)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func TestATabOpensAnArcToAGoPeer(t *testing.T) {
	peer := ask(t, "/go/start", "room", t.Name())
	n := startTab(t, t.Name())
	n.mustOpen(id(t, peer))
	eventually(t, "0 1", "/go/arcs", "peer", peer, "to", n.ID().String())
	n.echoes("ordered", id(t, peer), []byte("hello"))
	if err := n.Close(n.ctx, "ordered", id(t, peer)); err != nil {
		t.Fatal(err)
	}
	eventually(t, "0 0", "/go/arcs", "peer", peer, "to", n.ID().String())
}

func TestAGoPeerOpensAnArcToATab(t *testing.T) {
	n := startTab(t, t.Name())
	peer := ask(t, "/go/start", "room", t.Name())
	ask(t, "/go/open", "peer", peer, "to", n.ID().String())
	opened := wait[messages.ArcOpened](n, nil)
	if opened.Dir != messages.In || opened.Peer != id(t, peer) {
		t.Fatalf("the tab got %+v", opened)
	}
	n.echoes("ordered", id(t, peer), []byte("hello"))
}

func TestATabAndAGoPeerExchangeMessagesOfAllClasses(t *testing.T) {
	peer := id(t, ask(t, "/go/start", "room", t.Name()))
	n := startTab(t, t.Name())
	for name, class := range echo.Classes {
		if err := n.Open(n.ctx, name, peer); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		n.echoes(name, peer, []byte("small"))
		n.echoes(name, peer, make([]byte, 1000))
		if class != protocols.Lossy {
			n.echoes(name, peer, bytes.Repeat([]byte("chunks, "), (messages.MaxMessage-100)/8))
		}
	}
}

func TestAPeerInTheMiddleOfATabIsRefused(t *testing.T) {
	peer := ask(t, "/go/start", "room", t.Name())
	n := startTab(t, t.Name(), n2n.World(func(w actors.World) actors.World {
		w.Transport = middled{w.Transport}
		return w
	}))
	if err := n.Open(n.ctx, "ordered", id(t, peer)); err == nil {
		t.Fatal("it opened")
	}
	eventually(t, "1", "/go/count", "peer", peer, "name", "connections_violated")
	eventually(t, "0 0", "/go/arcs", "peer", peer, "to", n.ID().String())
}

// middled is a transport whose connections lead to the certificate of a third peer.
type middled struct{ actors.Transport }

func (m middled) Connect(remote messages.PeerID, events func(actors.ConnEvent)) actors.Conn {
	return m.Transport.Connect(remote, func(event actors.ConnEvent) {
		if opened, ok := event.(actors.ConnOpened); ok {
			opened.Remote = make([]byte, len(opened.Remote))
			event = opened
		}
		events(event)
	})
}

func TestATabNoticesAGoPeerThatCrashed(t *testing.T) {
	peer := ask(t, "/go/start", "room", t.Name())
	n := startTab(t, t.Name())
	n.mustOpen(id(t, peer))
	ask(t, "/go/crash", "peer", peer)
	if down := wait[messages.PeerDown](n, nil); down.Peer != id(t, peer) || down.Out != 1 || down.Cause != messages.CauseCrashed {
		t.Errorf("the tab got %+v", down)
	}
}

func TestATabNoticesAGoPeerWhoseProcessWasKilled(t *testing.T) {
	peer := ask(t, "/go/fork", "room", t.Name())
	n := startTab(t, t.Name())
	n.mustOpen(id(t, peer))
	ask(t, "/go/kill", "peer", peer)
	start := time.Now()
	if down := wait[messages.PeerDown](n, nil); down.Peer != id(t, peer) || down.Cause != messages.CauseCrashed {
		t.Errorf("the tab got %+v", down)
	}
	t.Logf("after %v", time.Since(start).Round(time.Second))
}

func TestATabBearsAGoPeerThatSendsAllItCan(t *testing.T) {
	peer := ask(t, "/go/start", "room", t.Name())
	n := startTab(t, t.Name())
	n.mustOpen(id(t, peer))
	const count, size = 4 * wrtc.MaxInbox / (16 << 10), 16 << 10
	start := time.Now()
	ask(t, "/go/flood", "peer", peer, "to", n.ID().String(), "count", fmt.Sprint(count), "size", fmt.Sprint(size))
	for i := range count {
		if got := wait[messages.Received](n, nil); len(got.Message.(*wrapperspb.BytesValue).GetValue()) != size {
			t.Fatalf("message %d is another", i)
		}
	}
	t.Logf("%.0f MB/s", float64(count*size)/time.Since(start).Seconds()/1e6)
}

func TestAGoPeerNoticesATabThatCrashed(t *testing.T) {
	peer := ask(t, "/go/start", "room", t.Name())
	n := startTab(t, t.Name())
	n.mustOpen(id(t, peer))
	eventually(t, "0 1", "/go/arcs", "peer", peer, "to", n.ID().String())
	n.Crash()
	eventually(t, "0 0", "/go/arcs", "peer", peer, "to", n.ID().String())
}

// startOther opens another tab. Its peer is the only member of the room beside this
// tab's and the known ones.
func startOther(n *tab, room string, known ...messages.PeerID) (tabID string, peer messages.PeerID) {
	n.t.Helper()
	tabID = ask(n.t, "/tab/open", "N2N_ECHO", room)
	n.t.Cleanup(func() { _, _ = tryAsk("/tab/close", "id", tabID) }) // a test may have closed it
	late := time.Now().Add(patience)
	for time.Now().Before(late) {
		members, err := n.Contacts(n.ctx, "ordered", 1+len(known))
		if err != nil {
			n.t.Fatal(err)
		}
		for _, member := range members {
			if !slices.Contains(known, member) {
				return tabID, member
			}
		}
		time.Sleep(50 * time.Millisecond)
	}
	n.t.Fatalf("the other tab is not in room %s after %v", room, patience)
	return "", peer
}

func TestTwoTabsAreIntroducedByAGoPeer(t *testing.T) {
	n := startTab(t, t.Name())
	_, other := startOther(n, t.Name())
	peer := ask(t, "/go/start", "room", t.Name())
	ask(t, "/go/open", "peer", peer, "to", n.ID().String())
	ask(t, "/go/open", "peer", peer, "to", other.String())
	ask(t, "/server/stop")
	defer ask(t, "/server/start")
	ask(t, "/go/introduce", "peer", peer, "from", n.ID().String(), "to", other.String())
	opened := wait(n, func(e messages.ArcOpened) bool { return e.Dir == messages.Out })
	if opened.Peer != other {
		t.Fatalf("the tab got %+v", opened)
	}
	ask(t, "/go/crash", "peer", peer)
	n.echoes("ordered", other, []byte("from tab to tab"))
	n.echoes("ordered", other, make([]byte, messages.MaxMessage-100))
}

func TestTwoTabsAreIntroducedByAThird(t *testing.T) {
	n := startTab(t, t.Name())
	_, one := startOther(n, t.Name())
	_, two := startOther(n, t.Name(), one)
	n.mustOpen(one)
	n.mustOpen(two)
	ask(t, "/server/stop")
	defer ask(t, "/server/start")
	if err := n.Introduce(n.ctx, "ordered", one, two, messages.Views{}); err != nil {
		t.Fatal(err)
	}
}

func TestATabSaysThatNoServerAnswers(t *testing.T) {
	peer := startPeer(t, signalURL()+"/elsewhere")
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if _, err := peer.Join(ctx, "room"); !errors.Is(err, messages.ErrUnreachable) || !strings.Contains(err.Error(), "is the URL right, the server up") {
		t.Fatalf("err = %v", err)
	}
}

func TestATabThatIsClosedWithoutAWordIsNoticed(t *testing.T) {
	n := startTab(t, t.Name())
	tabID, other := startOther(n, t.Name())
	peer := ask(t, "/go/start", "room", t.Name())
	n.mustOpen(other)
	ask(t, "/go/open", "peer", peer, "to", other.String())
	ask(t, "/tab/close", "id", tabID)
	start := time.Now()
	if down := wait[messages.PeerDown](n, nil); down.Peer != other || down.Cause != messages.CauseCrashed {
		t.Errorf("the tab got %+v", down)
	}
	t.Logf("by the tab after %v", time.Since(start).Round(time.Second/10))
	eventually(t, "0 0", "/go/arcs", "peer", peer, "to", other.String())
	t.Logf("by both after %v", time.Since(start).Round(time.Second/10))
}

func TestATabIsFoundAgainOnceTheServerIsBack(t *testing.T) {
	n := startTab(t, t.Name())
	ask(t, "/server/stop")
	ask(t, "/server/start")
	peer := ask(t, "/go/start", "room", t.Name())
	openAtLast(t, peer, n.ID())
	// The Go peer holds its arc as soon as it has authenticated the tab. The tab
	// may still be checking the peer's proof.
	wait(n, func(m messages.ArcOpened) bool { return m.Peer == id(t, peer) && m.Dir == messages.In })
	n.echoes("ordered", id(t, peer), []byte("hello again"))
}

// openAtLast lets a Go peer open an arc to a tab that is about to enter the room.
func openAtLast(t *testing.T, peer string, to messages.PeerID) {
	t.Helper()
	late := time.Now().Add(2 * patience)
	for {
		_, err := tryAsk("/go/open", "peer", peer, "to", to.String())
		if err == nil {
			return
		}
		if time.Now().After(late) {
			t.Fatalf("the tab is not in the room after %v: %v", 2*patience, err)
		}
		time.Sleep(50 * time.Millisecond)
	}
}
