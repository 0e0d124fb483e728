package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"

	"github.com/n2n-overlay/n2n/examples/average/pushsum"
	"github.com/n2n-overlay/n2n/lab"
	"github.com/n2n-overlay/n2n/sim/scenario"
)

// kind makes push-sum known to scenarios and to the lab, with its options.
var kind = scenario.Kind{Name: "pushsum", New: func(s *scenario.Settings) (scenario.Instance, error) {
	config, input := pushsum.DefaultConfig(), 0.0
	config.Over = s.Overlay()
	s.Text("name", &config.Name)
	s.Text("over", &config.Over)
	s.Duration("period", &config.Period)
	s.Int("rounds", &config.Rounds)
	s.Duration("skew", &config.Skew)
	s.Number("least", &config.Least)
	s.Number("most", &config.Most)
	s.Int("max_peers", &config.MaxPeers)
	s.Number("input", &input)
	p, err := pushsum.New(config, input)
	return scenario.Instance{Protocol: p}, err
}}

// runScenario runs a scenario that can name push-sum, and prints its metrics.
func runScenario(ctx context.Context, path string, sets []string, out io.Writer) error {
	s, err := scenario.Load(scenario.Options{Scenario: path, Sets: sets, Kinds: append(scenario.Kinds(), kind)})
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
