package papers

import (
	"context"
	"embed"
	"fmt"
	"strings"

	"github.com/n2n-overlay/n2n/sim/scenario"
)

//go:embed experiments/*.yaml
var experiments embed.FS

// Scale is the size of the experiments.
type Scale struct {
	Peers int
	// Seeds is the number of runs of each experiment, with the seeds 1, 2 and so
	// on.
	Seeds int
	// Stretch multiplies the cycles of the experiments.
	Stretch int
	// Detail is the level of detail, scenario.DetailActors or scenario.DetailArcs.
	Detail string
}

// Run is an experiment with one seed. Runs share no state.
type Run struct {
	Experiment
	Seed   uint64
	scale  Scale
	result scenario.Result
}

// Runs lists the runs that the claims need.
func Runs(claims []Claim, scale Scale) []*Run {
	var runs []*Run
	listed := map[Experiment]bool{}
	for _, c := range claims {
		if listed[c.Of] {
			continue
		}
		listed[c.Of] = true
		for seed := 1; seed <= scale.Seeds; seed++ {
			runs = append(runs, &Run{Experiment: c.Of, Seed: uint64(seed), scale: scale})
		}
	}
	return runs
}

// Do runs the experiment. The same scale and seed give the same result.
func (r *Run) Do(ctx context.Context) error {
	s, err := load(r.Experiment, r.scale, r.Seed)
	if err == nil {
		r.result, err = scenario.Run(ctx, s, scenario.RunOptions{})
	}
	if err != nil {
		return fmt.Errorf("experiment %s %s, seed %d: %w", r.Name, r.Sets, r.Seed, err)
	}
	return nil
}

// Outcomes reads the numbers of the claims from runs that are done.
func Outcomes(claims []Claim, runs []*Run) []Outcome {
	outcomes := make([]Outcome, len(claims))
	for i, c := range claims {
		outcomes[i] = Outcome{Claim: c}
		for _, r := range runs {
			if r.Experiment == c.Of {
				outcomes[i].Peers, outcomes[i].Detail = r.result.Peers, r.result.Detail
				outcomes[i].Values = append(outcomes[i].Values, c.Read(r.result))
			}
		}
	}
	return outcomes
}

// load reads an experiment at a scale.
func load(e Experiment, scale Scale, seed uint64) (*scenario.Scenario, error) {
	file := "experiments/" + e.Name + ".yaml"
	text, err := experiments.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("no such experiment: %w", err)
	}
	options := scenario.Options{Scenario: "sim/papers/" + file, Peers: scale.Peers, Seed: &seed, Sets: strings.Fields(e.Sets), Detail: scale.Detail}
	s, err := scenario.Decode(options.Scenario, text, options)
	if err != nil || scale.Stretch == 1 {
		return s, err
	}
	options.Cycles = s.Cycles * scale.Stretch
	return scenario.Decode(options.Scenario, text, options)
}

// Command returns the command that runs a claim's experiment with the first seed.
func (o Outcome) Command() string {
	words := []string{"n2n sim run sim/papers/experiments/" + o.Of.Name + ".yaml", fmt.Sprintf("--detail %s --peers %d --seed 1", o.Detail, o.Peers)}
	for _, set := range strings.Fields(o.Of.Sets) {
		words = append(words, "--set "+set)
	}
	return strings.Join(words, " ")
}
