// Command tabs serves a page in which one peer, the tab, runs three applications:
// a chat, a drawing and a clock. They share one WebRTC connection to the peer of
// this program, the service. The page shows that connection and its arcs, and opens
// and closes them.
//
//	go run ./examples/tabs
package main

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"log"
	"log/slog"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/n2n-overlay/n2n"
	"github.com/n2n-overlay/n2n/signaling/server"
	"github.com/n2n-overlay/n2n/web/program"
)

//go:embed page
var files embed.FS

func main() {
	address := flag.String("listen", "127.0.0.1:8090", "`address` to serve on; :8090 also lets other machines in")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, *address, program.Build, func(url string) { fmt.Println("open", url, "in a browser; Ctrl-C ends it") })
	stop()
	if err != nil {
		log.Fatal(err)
	}
}

// run serves until ctx is done. Build makes the program of the tabs. Ready gets the URL
// of the page.
func run(ctx context.Context, address string, build func(context.Context) (program.Program, error), ready func(url string)) (err error) {
	listener, err := server.Listen(ctx, address)
	if err != nil {
		return err
	}
	defer listener.Close()
	rooms, err := server.New(server.Config{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	// The service is in this process, and needs no network to meet the tabs.
	pipe, ended := server.NewPipe(), make(chan error, 1)
	meeting, end := context.WithCancel(context.WithoutCancel(ctx))
	go func() { ended <- rooms.Serve(meeting, pipe) }()
	defer func() { end(); err = errors.Join(err, <-ended) }()
	service, err := startService(ctx, pipe.HTTPClient())
	if err != nil {
		return err
	}
	defer service.Actors().Crash() // does nothing after a leave

	tab := program.Start(ctx, build) // takes a minute the first time; pages wait for it
	site := &http.Server{Handler: routes(service, rooms, tab), ReadHeaderTimeout: 5 * time.Second}
	failed := make(chan error, 1)
	go func() { failed <- site.Serve(listener) }()
	ready("http://" + listener.Addr().String())
	select {
	case <-ctx.Done():
	case err = <-failed:
	case <-service.Done():
		err = service.Err()
	}
	// Leave tells the tabs, so that they need not find out.
	last, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	return errors.Join(err, service.Leave(last), site.Close())
}

// policy allows browsers to run only what this program serves, wasm included.
const policy = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self' ws: wss:; " +
	"object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// routes returns all that is served at the one port.
func routes(service *n2n.Peer, signal, tab http.Handler) http.Handler {
	page, err := fs.Sub(files, "page")
	if err != nil {
		panic(err) // it is embedded
	}
	mux := http.NewServeMux()
	mux.Handle("/", http.FileServerFS(page))
	mux.Handle("/n2n/", tab)
	mux.Handle("/signal", signal)
	// In a room of many tabs, the signaling server does not tell which peer is the service.
	mux.HandleFunc("/service.json", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]string{"peer": service.ID().String(), "room": room})
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", policy)
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Cache-Control", "no-cache")
		mux.ServeHTTP(w, r)
	})
}
