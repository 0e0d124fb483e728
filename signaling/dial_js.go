package signaling

import (
	"context"
	"fmt"
)

// HTTPClient is of no use in a tab, where the browser dials by itself.
type HTTPClient struct{}

func defaultHTTPClient() *HTTPClient { return nil }

// dial connects to a server. A browser tells neither why it cannot, nor of
// pings, which it answers itself.
func dial(ctx context.Context, config ClientConfig, _ func(context.Context, []byte) bool) (*socket, error) {
	s, err := newSocket(config.URL, config.linkLimits().frame)
	if err == nil {
		select {
		case <-s.opened:
			return s, nil
		case <-s.closed:
			_, err = s.read()
		case <-ctx.Done():
			s.cut()
			err = ctx.Err()
		}
	}
	return nil, fmt.Errorf("signaling: cannot dial %s: is the URL right, the server up, and does it take pages of this origin? %w", config.URL, err)
}
