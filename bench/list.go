package bench

import (
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/n2n-overlay/n2n/sim/scenario"
)

func (b *bench) newList() *cobra.Command {
	return &cobra.Command{
		Use:     "list",
		Short:   "List the scenarios that ship",
		Example: b.examples("list"),
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			all, err := scenario.List()
			if err != nil {
				return err
			}
			table := tabwriter.NewWriter(b.Out, 0, 0, 2, ' ', 0)
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
	var names []string
	for _, p := range s.Protocols {
		names = append(names, p.Protocol.Name)
	}
	return strings.Join(names, ", ")
}
