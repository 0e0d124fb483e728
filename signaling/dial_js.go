package signaling

import (
	"context"
	"fmt"
	"net/http"

	"github.com/coder/websocket"
)

func defaultHTTPClient() *http.Client { return nil }

// dial connects to a server. A browser tells neither why it cannot, nor of
// pings, which it answers itself.
func dial(ctx context.Context, config ClientConfig, _ func(context.Context, []byte) bool) (conn *websocket.Conn, cut func(), err error) {
	conn, _, err = websocket.Dial(ctx, config.URL, nil)
	if err != nil {
		return nil, nil, fmt.Errorf("signaling: cannot dial %s: is the URL right, the server up, and does it take pages of this origin? %w", config.URL, err)
	}
	return conn, func() { go func() { _ = conn.Close(websocket.StatusNormalClosure, "") }() }, nil
}
