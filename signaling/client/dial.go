//go:build !js

package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"syscall"

	"github.com/coder/websocket"

	"github.com/n2n-overlay/n2n/signaling/internal/link"
)

// HTTPClient dials a server. In a tab the browser does that instead.
type HTTPClient = http.Client

// defaultHTTPClient returns a client that keeps no idle connections.
func defaultHTTPClient() *http.Client {
	transport := &http.Transport{Proxy: http.ProxyFromEnvironment}
	if standard, ok := http.DefaultTransport.(*http.Transport); ok {
		transport = standard.Clone()
	}
	transport.DisableKeepAlives = true
	return &http.Client{Transport: transport}
}

// dial connects to a server. It calls ping for each ping of the server.
func dial(ctx context.Context, config Config, ping func(context.Context, []byte) bool) (*link.Socket, error) {
	client := http.Client{}
	if config.HTTPClient != nil {
		client = *config.HTTPClient
	}
	under := &underlying{next: client.Transport}
	if under.next == nil {
		under.next = http.DefaultTransport
	}
	client.Transport = under
	conn, response, err := websocket.Dial(ctx, config.URL, &websocket.DialOptions{
		HTTPClient:     &client,
		OnPingReceived: ping,
	})
	if err != nil {
		return nil, dialError(link.Shown(config.URL), response, err)
	}
	return link.NewSocket(conn, under.cut, config.linkLimits().Frame), nil
}

// dialError says what was dialled, how that failed, and what to do.
func dialError(url string, response *http.Response, err error) error {
	if response != nil && response.StatusCode != http.StatusSwitchingProtocols {
		said := ""
		if response.Body != nil {
			b, _ := io.ReadAll(io.LimitReader(response.Body, 200))
			said = strings.TrimSpace(link.Clip(string(b), 200))
		}
		hint := "the URL leads to something else than a signaling server, or to another path of it"
		switch response.StatusCode {
		case http.StatusForbidden:
			hint = "the server does not let this client in"
		case http.StatusTooManyRequests, http.StatusServiceUnavailable, http.StatusBadGateway, http.StatusGatewayTimeout:
			hint = "try again later"
		}
		return fmt.Errorf("signaling: %s answered %s (%.200q): %s", url, http.StatusText(response.StatusCode), said, hint)
	}
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return fmt.Errorf("signaling: no server listens at %s: start one there, or correct the URL: %w", url, err)
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("signaling: %s did not answer in time: is the server up, and may it be reached from here? %w", url, err)
	default:
		return fmt.Errorf("signaling: cannot dial %s: is the URL right, and the server up? %w", url, err)
	}
}

// underlying is a transport that remembers the connection below a WebSocket.
type underlying struct {
	next http.RoundTripper
	conn io.Closer
}

// RoundTrip implements http.RoundTripper.
func (u *underlying) RoundTrip(request *http.Request) (*http.Response, error) {
	response, err := u.next.RoundTrip(request)
	if err == nil {
		u.conn = response.Body
	}
	return response, err
}

func (u *underlying) cut() { _ = u.conn.Close() }
