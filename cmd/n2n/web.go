package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/web/live"
	webprogram "github.com/n2n-overlay/n2n/web/program"
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
func tabConfig(period time.Duration) live.TabConfig {
	return live.TabConfig{
		Network: actors.DefaultConfig().Network,
		Protocols: []map[string]any{
			{"use": "spray", "name": sprayName, "period": period.Milliseconds()},
			{"use": "broadcast", "name": broadcastName, "over": sprayName},
		},
		Chat: broadcastName,
	}
}

// buildTab makes the program that a tab runs as a peer.
var buildTab = webprogram.Build

// site is what a command serves to browsers at one address.
type site struct {
	page *live.Server
	stop func() // returns when nothing of it is left
}

// atHome keeps a site that only this machine can reach from pages of other sites whose
// names were made to lead here: their browser names the other site as the host.
func atHome(address net.Addr, site http.Handler) http.Handler {
	if tcp, ok := address.(*net.TCPAddr); !ok || !tcp.IP.IsLoopback() {
		return site
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !live.OnThisMachine(r.Host) {
			http.Error(w, "this is for this machine only: open it as localhost, or by its address", http.StatusForbidden)
			return
		}
		site.ServeHTTP(w, r)
	})
}

// serveSite serves a live page, the program of a tab, which is built meanwhile, and a
// signaling server. Who called the command is told when the program is ready.
func serveSite(c *console, listener net.Listener, config live.Config, signal http.Handler) (*site, error) {
	config.Logger = c.logger()
	page, err := live.New(config)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	tab := webprogram.Start(ctx, buildTab)
	var telling sync.WaitGroup
	telling.Go(func() { tellBuilt(ctx, c, tab, page) })
	handler := siteHandler(page, signal, tab)
	if config.Controls != nil {
		handler = atHome(listener.Addr(), handler)
	}
	stop := serveHTTP(listener, handler, config.Logger)
	return &site{page, func() {
		cancel()
		page.Close()
		stop()
		telling.Wait()
	}}, nil
}

// tellBuilt waits for the program.
func tellBuilt(ctx context.Context, c *console, tab *webprogram.Handler, page *live.Server) {
	<-tab.Done()
	built, err := tab.Built()
	switch {
	case ctx.Err() != nil: // the command ends
	case err != nil:
		page.SetProgram(live.Failed, err.Error())
		c.say("n2n: tabs cannot become peers: %v", err)
	default:
		page.SetProgram(live.Ready, "")
		c.say("the program for tabs is ready: %.1f MB", float64(len(built.Wasm))/1e6)
	}
}

// announce says where the live page is, and who can do what there.
func announce(c *console, address net.Addr, buttons bool) {
	fmt.Fprintf(c.out, "live page at http://%s\n", reachable(address))
	tcp, ok := address.(*net.TCPAddr)
	switch {
	case ok && tcp.IP.IsLoopback():
	case buttons:
		c.say("everyone who can reach this machine can open it and press its buttons; the address 127.0.0.1:PORT keeps them out")
	default:
		c.say("everyone who can reach this machine can open it and see who is in its rooms; the address 127.0.0.1:PORT keeps them out")
	}
}

// siteHandler puts the parts of a site in their places. The signaling server also
// gets the WebSockets of all paths but /live: peers may name it without a path.
func siteHandler(page, signal, tab http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/live", page)
	mux.HandleFunc("/n2n/", func(w http.ResponseWriter, r *http.Request) {
		live.SetHeaders(w)
		tab.ServeHTTP(w, r)
	})
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
