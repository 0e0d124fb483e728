package wrtc_test

import (
	"context"
	"strconv"
	"strings"
	"syscall/js"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/n2n-overlay/n2n/cmd/browsertest/echo"
	"github.com/n2n-overlay/n2n/messages"
)

// These tests use tabs behind another tab, whose timers the browser slows down, and tabs
// that it freezes.

// hide puts a tab behind that of the test. It returns when the tab's timers are slow.
func hide(t *testing.T, tab string) {
	t.Helper()
	ask(t, "/tab/front")
	eventually(t, "hidden", "/tab/evaluate", "id", tab, "expression", "document.visibilityState")
	late := time.Now().Add(patience)
	for {
		slow := meanwhile(t, tab)
		if slow < 50 {
			t.Logf("a timer of 10 ms ran %d times in the hidden tab, 200 in the visible one", slow)
			return
		}
		if time.Now().After(late) {
			t.Fatalf("the hidden tab's timers are not slower: %d runs of 200", slow)
		}
	}
}

// freeze stops the scripts of a tab. It returns when they have stopped.
func freeze(t *testing.T, tab string) {
	t.Helper()
	ask(t, "/tab/freeze", "id", tab)
	if ran := meanwhile(t, tab); ran != 0 {
		t.Fatalf("the tab is not frozen: a timer ran %d times", ran)
	}
}

// meanwhile counts the runs of a timer of 10 ms in a tab while the same timer runs 200
// times in this one.
func meanwhile(t *testing.T, tab string) int {
	t.Helper()
	before := ticks(t, tab)
	here := js.Global().Get("ticks").Int()
	for js.Global().Get("ticks").Int() < here+200 {
		time.Sleep(20 * time.Millisecond)
	}
	return ticks(t, tab) - before
}

// ticks returns how often a timer of 10 ms has run in a tab.
func ticks(t *testing.T, tab string) int {
	t.Helper()
	n, err := strconv.Atoi(ask(t, "/tab/evaluate", "id", tab, "expression", "ticks"))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// goPeers starts n peers in a room.
func goPeers(t *testing.T, room string, n int) (peers []string) {
	for range n {
		peers = append(peers, ask(t, "/go/start", "room", room))
	}
	return peers
}

func TestAHiddenTabStaysAMember(t *testing.T) {
	n := startTab(t, t.Name())
	tab, hidden := startOther(n, t.Name())
	hide(t, tab)
	peers := goPeers(t, t.Name(), 3)
	one, two, three := peers[0], peers[1], peers[2]
	// It answers and makes offers: first through the service, then through a neighbor.
	n.mustOpen(hidden)
	n.echoes("ordered", hidden, []byte("are you there?"))
	for _, peer := range append(peers[1:], hidden.String()) {
		ask(t, "/go/open", "peer", one, "to", peer)
	}
	ask(t, "/server/stop")
	defer ask(t, "/server/start")
	ask(t, "/go/introduce", "peer", one, "from", hidden.String(), "to", two)
	eventually(t, "0 1", "/go/arcs", "peer", two, "to", hidden.String())
	ask(t, "/go/introduce", "peer", one, "from", three, "to", hidden.String())
	eventually(t, "1 0", "/go/arcs", "peer", three, "to", hidden.String())
	ask(t, "/go/crash", "peer", one)
	// Only it connects its neighbors, and it relays their offers.
	n.mustOpen(id(t, two), hidden)
	ask(t, "/go/open", "peer", three, "to", two, "via", hidden.String())
	n.echoes("ordered", hidden, make([]byte, messages.MaxMessage-100))
	// A broadcast reaches it, and its own broadcast reaches others.
	protocol, err := echo.Broadcast()
	if err != nil {
		t.Fatal(err)
	}
	n.Subscribe(protocol.Name, func(event any) { n.events <- event })
	if _, err := n.Spawn(context.Background(), protocol); err != nil {
		t.Fatal(err)
	}
	_ = n.Tell(protocol.Name, messages.Publish{Payload: []byte("good morning")})
	wait(n, func(d messages.Delivered) bool {
		return d.Origin == hidden && string(d.Payload) == echo.Heard+"good morning"
	})
	if state := ask(t, "/tab/evaluate", "id", tab, "expression", "document.visibilityState"); state != "hidden" {
		t.Errorf("the tab was %s in the end", state)
	}
}

func TestAFrozenTabIsSilentNotDead(t *testing.T) {
	n := startTab(t, t.Name())
	tab, frozen := startOther(n, t.Name())
	peers := goPeers(t, t.Name(), 2)
	neighbor, stranger := peers[0], peers[1]
	ask(t, "/go/open", "peer", neighbor, "to", frozen.String())
	n.mustOpen(frozen)
	hide(t, tab)
	freeze(t, tab)
	// Its connections live, and messages to it wait. But it answers no offer.
	_ = n.Send("ordered", frozen, wrapperspb.Bytes([]byte("while you were frozen")))
	_, err := tryAsk("/go/open", "peer", stranger, "to", frozen.String())
	if err == nil || !strings.Contains(err.Error(), "timeout") {
		t.Errorf("a stranger's request ends with %v", err)
	}
	if arcs := ask(t, "/go/arcs", "peer", neighbor, "to", frozen.String()); arcs != "1 0" {
		t.Errorf("a neighbor's arcs are %s", arcs)
	}
	if ran := meanwhile(t, tab); ran != 0 {
		t.Errorf("it was thawed: a timer ran %d times", ran)
	}
	ask(t, "/tab/thaw", "id", tab)
	got := wait(n, func(m messages.Received) bool { return m.From == frozen })
	if text := string(got.Message.(*wrapperspb.BytesValue).GetValue()); text != "while you were frozen" {
		t.Errorf("the tab sent back %q", text)
	}
	// Chromium may end the WebSocket of a frozen page. Then the tab enters again.
	openAtLast(t, stranger, frozen)
	eventually(t, "1 0", "/go/arcs", "peer", stranger, "to", frozen.String())
}

func TestAFrozenTabEntersAgainOnceThawed(t *testing.T) {
	n := startTab(t, t.Name())
	tab, frozen := startOther(n, t.Name())
	peer := ask(t, "/go/start", "room", t.Name())
	ask(t, "/go/open", "peer", peer, "to", frozen.String())
	hide(t, tab)
	freeze(t, tab)
	// Its neighbor and the server go away meanwhile. It knows no other peer.
	ask(t, "/go/crash", "peer", peer)
	ask(t, "/server/stop")
	ask(t, "/server/start")
	ask(t, "/tab/thaw", "id", tab)
	newcomer := ask(t, "/go/start", "room", t.Name())
	openAtLast(t, newcomer, frozen)
	if arcs := ask(t, "/go/arcs", "peer", newcomer, "to", frozen.String()); arcs != "1 0" {
		t.Errorf("the newcomer's arcs are %s", arcs)
	}
	n.mustOpen(frozen)
	n.echoes("ordered", frozen, []byte("hello again"))
}
