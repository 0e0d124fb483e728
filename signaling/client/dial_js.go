package client

import (
	"context"

	"github.com/n2n-overlay/n2n/signaling/internal/link"
)

// HTTPClient has no use in a tab, where the browser dials itself.
type HTTPClient struct{}

func defaultHTTPClient() *HTTPClient { return nil }

// dial connects to a server. A browser does not report pings, and answers them
// itself.
func dial(ctx context.Context, config Config, _ func(context.Context, []byte) bool) (*link.Socket, error) {
	return link.Dial(ctx, config.URL, config.linkLimits().Frame)
}
