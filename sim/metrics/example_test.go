package metrics_test

import (
	"fmt"

	"github.com/n2n-overlay/n2n/sim/metrics"
)

// Three peers form a ring, and a fourth one holds two arcs to the first.
func Example() {
	g := metrics.New([][]int32{{1}, {2}, {0}, {0, 0}}, nil)
	mean, deviation := g.View()
	fmt.Printf("views %.2f ± %.2f\n", mean, deviation)
	parts, _ := g.WeakComponents()
	fmt.Println(parts, "weak component,", g.StrongComponents(), "strong ones")
	path, _ := g.Path(nil, g.Peers())
	fmt.Printf("paths %.2f\n", path)
	// Output:
	// views 1.25 ± 0.43
	// 1 weak component, 2 strong ones
	// paths 1.67
}
