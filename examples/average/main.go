// Command average runs a protocol of its own, push-sum, from folder pushsum. Each peer
// has a number, and every peer learns the average of all numbers. Without -scenario and
// -lab, it runs real WebRTC peers in one process:
//
//	average -peers 8
//	average -scenario churn.yaml pushsum.period=2s   what it costs in a simulated network
//	average -lab three.lab                           by hand, in a simulated network
package main

import (
	"context"
	"flag"
	"log"
	"os"
	"os/signal"
	"time"
)

func main() {
	peers := flag.Int("peers", 5, "number of `peers`")
	scenario := flag.String("scenario", "", "run a scenario from `file`; arguments are KEY=VALUE, as for n2n sim run --set")
	lab := flag.String("lab", "", "run a script of the lab from `file`")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
	var err error
	switch {
	case *scenario != "":
		err = runScenario(ctx, *scenario, flag.Args(), os.Stdout)
	case *lab != "":
		err = runLab(ctx, *lab, os.Stdout)
	default:
		err = runRoom(ctx, *peers, os.Stdout)
	}
	cancel()
	stop()
	if err != nil {
		log.Fatal(err)
	}
}
