// Command n2n shows and runs overlays of peers that are connected by WebRTC.
//
//	n2n demo      a room of peers in one process, from the first connection to a broadcast
//	n2n signal    the signaling server through which peers enter
//	n2n peer      one headless peer
//	n2n lab       named peers, driven by a script or line by line
//
// It exits with 0 when all went well, 1 when something failed, 2 when it was called
// wrongly, and 130 when a demo was interrupted.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal does not wait for the end in order
	os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}
