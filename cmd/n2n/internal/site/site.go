// Package site serves the pages of the command to browsers: the live page, the program
// of a tab, and a signaling server.
package site

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/cmd/n2n/internal/node"
	"github.com/n2n-overlay/n2n/internal/console"
	"github.com/n2n-overlay/n2n/web/live"
	"github.com/n2n-overlay/n2n/web/program"
)

// TabConfig returns the config of a tab that is a peer beside those of node.Start.
func TabConfig(period time.Duration) live.TabConfig {
	return live.TabConfig{
		Network: actors.DefaultConfig().Network,
		Protocols: []map[string]any{
			{"use": "spray", "name": node.Spray, "period": period.Milliseconds()},
			{"use": "broadcast", "name": node.Broadcast, "over": node.Spray},
		},
		Chat: node.Broadcast,
	}
}

// Site is a running site at one address.
type Site struct {
	Page *live.Server
	Stop func() // returns when nothing of it is left
}

// Builder makes the program that a tab runs as a peer.
type Builder func(context.Context) (program.Program, error)

// atHome protects a site on a loopback address from DNS rebinding. A page of another
// site, whose name was made to lead here, sends the name of that site as the host.
func atHome(address net.Addr, all http.Handler) http.Handler {
	if tcp, ok := address.(*net.TCPAddr); !ok || !tcp.IP.IsLoopback() {
		return all
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !live.OnThisMachine(r.Host) {
			http.Error(w, "this is for this machine only: open it as localhost, or by its address", http.StatusForbidden)
			return
		}
		all.ServeHTTP(w, r)
	})
}

// Serve serves a live page, the program of a tab and a signaling server. The program is
// built meanwhile, and the user is told when it is ready.
func Serve(c *console.Console, listener net.Listener, config live.Config, signal http.Handler, build Builder) (*Site, error) {
	config.Logger = c.Logger()
	page, err := live.New(config)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	tab := program.Start(ctx, build)
	var telling sync.WaitGroup
	telling.Go(func() { tellBuilt(ctx, c, tab, page) })
	handler := handlerOf(page, signal, tab)
	if config.Controls != nil {
		handler = atHome(listener.Addr(), handler)
	}
	stop := Run(listener, handler, config.Logger)
	return &Site{page, func() {
		cancel()
		page.Close()
		stop()
		telling.Wait()
	}}, nil
}

// tellBuilt waits for the program and tells the user that it is ready, or why not.
func tellBuilt(ctx context.Context, c *console.Console, tab *program.Handler, page *live.Server) {
	<-tab.Done()
	built, err := tab.Built()
	switch {
	case ctx.Err() != nil: // the command ends
	case err != nil:
		page.SetProgram(live.Failed, err.Error())
		c.Say("n2n: tabs cannot become peers: %v", err)
	default:
		page.SetProgram(live.Ready, "")
		c.Say("the program for tabs is ready: %.1f MB", float64(len(built.Wasm))/1e6)
	}
}

// Announce tells the user where the live page is, and who can use its buttons.
func Announce(c *console.Console, address net.Addr, buttons bool) {
	fmt.Fprintf(c.Out, "live page at http://%s\n", Reachable(address))
	tcp, ok := address.(*net.TCPAddr)
	switch {
	case ok && tcp.IP.IsLoopback():
	case buttons:
		c.Say("everyone who can reach this machine can open it and press its buttons; the address 127.0.0.1:PORT keeps them out")
	default:
		c.Say("everyone who can reach this machine can open it and see who is in its rooms; the address 127.0.0.1:PORT keeps them out")
	}
}

// handlerOf returns the routes of a site. The signaling server also gets the
// WebSockets of all paths but /live, because peers may give its URL without a path.
func handlerOf(page, signal, tab http.Handler) http.Handler {
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

// Run serves a handler on a listener until stop is called. Stop returns when only the
// WebSockets are left that the handler has taken over.
func Run(listener net.Listener, handler http.Handler, log *slog.Logger) (stop func()) {
	web := &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 5 * time.Second,
		IdleTimeout:       time.Minute,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	var serving sync.WaitGroup
	serving.Go(func() { _ = web.Serve(listener) }) // it ends with Close
	return func() {
		_ = web.Close()
		serving.Wait()
	}
}

// Reachable returns an address in the form that a client on this machine dials.
func Reachable(address net.Addr) string {
	host, port, err := net.SplitHostPort(address.String())
	if err != nil {
		return address.String()
	}
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	return net.JoinHostPort(host, port)
}
