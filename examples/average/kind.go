package main

import (
	"context"
	"io"
	"log/slog"
	"os"
	"strconv"

	"github.com/n2n-overlay/n2n/catalog"
	"github.com/n2n-overlay/n2n/examples/average/pushsum"
	"github.com/n2n-overlay/n2n/lab"
)

// kind makes push-sum known to scenarios and to the lab: its options are those of its
// Config, and input, the number of each peer. Scenarios measure the averages that peers emit
// at the end of an epoch, and can tell a peer another number.
var kind = catalog.Kind{
	Name: "pushsum",
	New: func(over string, options catalog.Options) (catalog.Made, error) {
		config, own := pushsum.DefaultConfig(), struct{ Input float64 }{}
		config.Over = over
		if err := options(&config, &own); err != nil {
			return catalog.Made{}, err
		}
		p, err := pushsum.New(config, own.Input)
		return catalog.Made{Protocol: p}, err
	},
	Values: func(event any, value func(string, float64)) {
		if e, ok := event.(pushsum.Estimate); ok && e.Final {
			value("average", e.Average())
		}
	},
	Tell: func(text string) (any, error) {
		input, err := strconv.ParseFloat(text, 64)
		return pushsum.Set{Input: input}, err
	},
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
