package papers

import (
	"context"
	"embed"
	"fmt"
	"runtime"
	"strings"
	"sync"

	"github.com/n2n-overlay/n2n/sim/scenario"
)

//go:embed experiments/*.yaml
var experiments embed.FS

// Scale is how big the experiments are.
type Scale struct {
	Peers int
	// Seeds is how many runs there are of each, with the seeds 1, 2, …
	Seeds int
	// Stretch multiplies the cycles of the experiments.
	Stretch int
}

// Check runs the experiments of the claims, one on each processor at a time, and
// tells each that has ended. The same scale gives the same outcomes.
func Check(ctx context.Context, claims []Claim, scale Scale, told func(Experiment, scenario.Result)) ([]Outcome, error) {
	outcomes := make([]Outcome, len(claims))
	of := map[string][]int{} // the claims of an experiment
	var order []Experiment
	for i, c := range claims {
		outcomes[i] = Outcome{Claim: c, Peers: scale.Peers, Values: make([]float64, scale.Seeds)}
		if of[c.Of.key()] == nil {
			order = append(order, c.Of)
		}
		of[c.Of.key()] = append(of[c.Of.key()], i)
	}
	var (
		running sync.WaitGroup
		mu      sync.Mutex
		failed  error
		free    = make(chan struct{}, runtime.GOMAXPROCS(0))
	)
	for _, e := range order {
		for seed := 1; seed <= scale.Seeds; seed++ {
			free <- struct{}{}
			running.Go(func() {
				defer func() { <-free }()
				r, err := run(ctx, e, scale, uint64(seed))
				mu.Lock()
				defer mu.Unlock()
				if err != nil {
					if failed == nil {
						failed = fmt.Errorf("experiment %s, seed %d: %w", e.key(), seed, err)
					}
					return
				}
				for _, i := range of[e.key()] {
					outcomes[i].Values[seed-1] = outcomes[i].Read(r)
				}
				told(e, r)
			})
		}
	}
	running.Wait()
	return outcomes, failed
}

// load reads an experiment at a scale.
func load(e Experiment, scale Scale, seed uint64) (*scenario.Scenario, error) {
	file := "experiments/" + e.Name + ".yaml"
	text, err := experiments.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("no such experiment: %w", err)
	}
	options := scenario.Options{Scenario: "sim/papers/" + file, Peers: scale.Peers, Seed: &seed, Sets: strings.Fields(e.Sets)}
	s, err := scenario.Decode(options.Scenario, text, options)
	if err != nil || scale.Stretch == 1 {
		return s, err
	}
	options.Cycles = s.Cycles * scale.Stretch
	return scenario.Decode(options.Scenario, text, options)
}

func run(ctx context.Context, e Experiment, scale Scale, seed uint64) (scenario.Result, error) {
	s, err := load(e, scale, seed)
	if err != nil {
		return scenario.Result{}, err
	}
	return scenario.Run(ctx, s, scenario.RunOptions{})
}

// Command is the one that runs a claim's experiment with the first seed.
func (o Outcome) Command() string {
	words := []string{"n2n sim run sim/papers/experiments/" + o.Of.Name + ".yaml", fmt.Sprintf("--peers %d --seed 1", o.Peers)}
	for _, set := range strings.Fields(o.Of.Sets) {
		words = append(words, "--set "+set)
	}
	return strings.Join(words, " ")
}
