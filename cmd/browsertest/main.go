// Command browsertest runs a test binary for js/wasm in a real browser, beside Go
// peers. It is for go test:
//
//	GOOS=js GOARCH=wasm go test -exec browsertest -p 1 ./wrtc ./signaling
//
// The page has the test's arguments and environment. N2N_HOST is the address of a host
// with a signaling server (/signal) and a server that breaks the rules (/hostile). The
// page starts Go peers and further tabs by requests to it (/go, /tab, /server; see
// hall.go). The browser is the Chromium in PATH, or $CHROMIUM. browsertest -find says
// whether there is one, and browsertest -flags prints the flags of its command line.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"
)

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: browsertest TEST.wasm [ARGUMENTS] | -find | -flags")
		os.Exit(2)
	}
	if os.Args[1] == forkArgument && len(os.Args) == 4 {
		if err := beFork(os.Args[2], os.Args[3]); err != nil {
			fmt.Fprintln(os.Stderr, "browsertest: peer:", err)
			os.Exit(1)
		}
		return
	}
	if os.Args[1] == "-flags" {
		fmt.Println(strings.Join(flags, "\n"))
		return
	}
	browser, err := findChromium()
	if err != nil {
		fmt.Fprintln(os.Stderr, "browsertest:", err)
		os.Exit(1)
	}
	if os.Args[1] == "-find" {
		fmt.Println(browser)
		return
	}
	// go test asks for stack traces with SIGQUIT when the time is up.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGQUIT)
	code, err := run(ctx, browser, os.Args[1], os.Args[2:])
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "browsertest:", err)
		code = 1
	}
	os.Exit(code)
}

// run opens the test's page and returns the test's exit code.
func run(ctx context.Context, browser, wasm string, args []string) (code int, err error) {
	pages, err := newPages(ctx, wasm, args)
	if err != nil {
		return 0, err
	}
	tabs, err := startChromium(ctx, browser)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, tabs.close()) }()
	h := newHall(tabs)
	defer h.close()
	stop, err := serve(pages, h)
	if err != nil {
		return 0, err
	}
	defer stop()
	if err := h.openFirst(ctx); err != nil {
		return 0, err
	}
	select {
	case exit := <-pages.exited:
		if code, err = strconv.Atoi(exit); err != nil {
			err = fmt.Errorf("the test has no exit code: %s", exit)
		}
		return code, err
	case <-ctx.Done():
		return 0, fmt.Errorf("interrupted: %w", ctx.Err())
	case <-tabs.ended:
		return 0, errors.New("the browser ended before the test")
	}
}

// patience bounds each request to the browser.
const patience = 20 * time.Second
