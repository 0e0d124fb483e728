package main

import (
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/n2n-overlay/n2n/cmd/n2n/internal/console"
	"github.com/n2n-overlay/n2n/sim/scenario"
)

func newSim(c *console.Console) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "sim",
		Short: "Run experiments with thousands of simulated peers",
		Long: `Run scenarios: peers enter, run for some cycles, crash, leave, come and go or are
cut off from each other, and their overlay is measured meanwhile. In the simulated
world time is virtual, and the same seed gives the same run.`,
		Example: examples(
			"n2n sim list                                    the scenarios that ship",
			"n2n sim run steady --peers 1000 --cycles 30     one of them",
		),
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newSimRun(c), newSimList(c))
	return cmd
}

func newSimList(c *console.Console) *cobra.Command {
	return &cobra.Command{
		Use:     "list",
		Short:   "List the scenarios that ship",
		Example: examples("n2n sim list"),
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			all, err := scenario.List()
			if err != nil {
				return err
			}
			table := tabwriter.NewWriter(c.Out, 0, 0, 2, ' ', 0)
			fmt.Fprintln(table, "scenario\tpeers\tcycles\tprotocols\t")
			for _, s := range all {
				fmt.Fprintf(table, "%s\t%d\t%d of %v\t%s\t%s\n", s.Name, s.Peers, s.Cycles, s.Cycle, names(s), s.Doc)
			}
			return table.Flush()
		},
	}
}

// names lists a scenario's protocols.
func names(s *scenario.Scenario) string {
	text := ""
	for i, p := range s.Protocols {
		if i > 0 {
			text += ", "
		}
		text += p.Protocol.Name
	}
	return text
}
