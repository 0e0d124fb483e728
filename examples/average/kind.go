package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"

	"github.com/n2n-overlay/n2n/catalog"
	"github.com/n2n-overlay/n2n/examples/average/pushsum"
	"github.com/n2n-overlay/n2n/lab"
	"github.com/n2n-overlay/n2n/sim/scenario"
)

// kind makes push-sum known to scenarios and to the lab: its options are those of its
// Config, and input, the number of each peer.
var kind = catalog.Kind{Name: "pushsum", New: func(over string, options catalog.Options) (catalog.Made, error) {
	config, own := pushsum.DefaultConfig(), struct{ Input float64 }{}
	config.Over = over
	if err := options(&config, &own); err != nil {
		return catalog.Made{}, err
	}
	p, err := pushsum.New(config, own.Input)
	return catalog.Made{Protocol: p}, err
}}

// runScenario runs a scenario that can name push-sum, and prints its metrics.
func runScenario(ctx context.Context, path string, sets []string, out io.Writer) error {
	s, err := scenario.Load(scenario.Options{Scenario: path, Sets: sets, Kinds: append(catalog.Shipped(), kind)})
	if err != nil {
		return err
	}
	result, err := scenario.Run(ctx, s, scenario.RunOptions{})
	if err != nil {
		return err
	}
	fmt.Fprintln(out, s)
	for _, m := range result.Metrics {
		fmt.Fprintf(out, "%s %v\n", m.Name, m)
	}
	return nil
}

// runLab runs a script of the lab in which peers can run push-sum.
func runLab(ctx context.Context, path string, out io.Writer) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	script, err := lab.Parse(path, file, kind)
	if err != nil {
		return err
	}
	world, err := lab.Sim(slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	l := lab.New(world)
	if err := l.Run(ctx, script, lab.Output{Out: out}); err != nil {
		return err
	}
	return l.Close()
}
