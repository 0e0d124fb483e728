package live_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/web/live"
)

// overlay is the data of this program: two peers, one of which holds an arc to the
// other. A program that runs peers asks them: live.PeerOf("a", snapshot).
type overlay struct{}

func (overlay) State(context.Context, string) live.State {
	a, b := messages.PeerID{1}, messages.PeerID{2}
	return live.State{Peers: []live.Peer{
		{ID: a, Name: "a", Kind: live.Go, Views: map[string]live.View{"spray": {Out: []live.Arc{{Peer: b, Count: 1}}}}},
		{ID: b, Name: "b", Kind: live.Go},
	}}
}

// A program shows an overlay that it knows. Pages can only watch it.
func Example() {
	page, err := live.New(live.Config{Program: "signal", Room: "lobby", Source: overlay{}})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer page.Close()
	server := httptest.NewServer(page) // usually http.ListenAndServe(":8080", page)
	defer server.Close()

	answer, err := http.Get(server.URL)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer answer.Body.Close()
	fmt.Println(answer.Status, answer.Header.Get("Content-Type"))
	// Output: 200 OK text/html; charset=utf-8
}
