package scenario_test

import (
	"context"
	"fmt"

	"github.com/n2n-overlay/n2n/sim/scenario"
)

// A scenario that ships, with a tenth of its peers.
func Example() {
	s, err := scenario.Load(scenario.Options{
		Scenario: "crash", Peers: 100, Cycles: 6, Sets: []string{"fraction=0.7", "spray.a=2"},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	r, err := scenario.Run(context.Background(), s, scenario.RunOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(r.Metrics.Get("alive"), "peers are left, in", r.Metrics.Get("weak_components"), "part")
	// Output: 30 peers are left, in 1 part
}

// What is wrong is said before anything starts.
func ExampleDecode() {
	_, err := scenario.Decode("mine.yaml", []byte(`name: mine
peers: 10
protocols: [spray]
phases:
  - join: {over: soon}
`), scenario.Options{})
	fmt.Println(err)
	// Output: mine.yaml:5: over: expected a duration such as 30s, or a number of cycles such as 10 cycles, not "soon"
}
