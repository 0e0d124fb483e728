// Command average runs a protocol of its own, push-sum, from folder pushsum. Each peer
// has a number, and every peer learns the average of all numbers. Without sim and -lab, it
// runs real WebRTC peers in one process:
//
//	average -peers 8
//	average sim run churn.yaml --set pushsum.period=2s   in a simulated network, and what it costs there
//	average -lab three.lab                               by hand, in a simulated network
package main

import (
	"context"
	"flag"
	"log"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/n2n-overlay/n2n/bench"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal does not wait for the end in order
	if len(os.Args) > 1 && os.Args[1] == "sim" {
		os.Exit(bench.Run(ctx, append([]string{"average sim"}, os.Args[2:]...), os.Stdout, os.Stderr, kind))
	}
	peers := flag.Int("peers", 5, "number of `peers`")
	lab := flag.String("lab", "", "run a script of the lab from `file`")
	flag.Parse()
	ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
	var err error
	if *lab != "" {
		err = runLab(ctx, *lab, os.Stdout)
	} else {
		err = runRoom(ctx, *peers, os.Stdout)
	}
	cancel()
	stop()
	if err != nil {
		log.Fatal(err)
	}
}
