package report_test

import (
	"fmt"
	"os"

	"github.com/n2n-overlay/n2n/sim/report"
	"github.com/n2n-overlay/n2n/sim/scenario"
)

func Example() {
	err := report.CSV(os.Stdout, []scenario.Row{
		{Cycle: 1, VirtualSeconds: 30, Metrics: metrics("alive", 10, "view_mean", 2.5)},
		{Cycle: 2, VirtualSeconds: 60, Metrics: metrics("alive", 9, "view_mean", 2.25)},
	})
	if err != nil {
		fmt.Println(err)
	}
	// Output:
	// cycle,virtual_seconds,alive,view_mean
	// 1,30,10,2.5
	// 2,60,9,2.25
}
