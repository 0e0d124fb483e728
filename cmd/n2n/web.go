package main

import (
	"net"
	"net/http"
	"strconv"
	"strings"

	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/web/live"
)

// checkAddress says what is wrong with an address to listen on.
func checkAddress(command, flag, address string) error {
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return usagef("%s: --%s is %.100q, want host:port, such as :8080 or 127.0.0.1:8080", command, flag, address)
	}
	if n, err := strconv.Atoi(port); err != nil || n < 0 || n > 65535 {
		return usagef("%s: --%s has the port %.20q, want 0 to 65535 (0 takes a free one)", command, flag, port)
	}
	return nil
}

// tabConfig is how a tab becomes a peer beside those that node.run makes.
func tabConfig(sprayPeriod int64) live.TabConfig {
	return live.TabConfig{
		Network: actors.DefaultConfig().Network,
		Protocols: []map[string]any{
			{"use": "spray", "name": sprayName, "period": sprayPeriod},
			{"use": "broadcast", "name": broadcastName, "over": sprayName},
		},
		Chat: broadcastName,
	}
}

// webHandler serves the live page, and the signaling server at /signal. That one also
// gets the WebSockets of all other paths but the page's feed: peers may name it
// without a path.
func webHandler(page, signal http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/live", page)
	mux.Handle("/signal", signal)
	mux.Handle("/healthz", signal)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		if strings.EqualFold(r.Header.Get("Upgrade"), "websocket") {
			signal.ServeHTTP(w, r)
			return
		}
		page.ServeHTTP(w, r)
	})
	return mux
}

// everybody reports whether others than this machine can reach an address.
func everybody(address net.Addr) bool {
	tcp, ok := address.(*net.TCPAddr)
	return ok && !tcp.IP.IsLoopback()
}
