package bench

import (
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/n2n-overlay/n2n/sim/scenario"
)

func (b *bench) newShow() *cobra.Command {
	return &cobra.Command{
		Use:   "show SCENARIO",
		Short: "Print the file of a scenario that ships",
		Long: `Print the file of a scenario that ships, to be copied and changed. What each key
means is in docs/scenarios.md.`,
		Example: b.examples("show steady", "show crash > mine.yaml"),
		Args:    cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			text, err := scenario.Text(args[0])
			if err != nil {
				return b.usagef("show: %w", err)
			}
			_, err = b.Out.Write(text)
			return err
		},
	}
}

func (b *bench) newMetrics() *cobra.Command {
	return &cobra.Command{
		Use:     "metrics",
		Short:   "Say what each metric means",
		Example: b.examples("metrics"),
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			table := tabwriter.NewWriter(b.Out, 0, 0, 2, ' ', 0)
			fmt.Fprintln(table, "metric\tunit\tmeaning")
			for _, m := range scenario.AllMetrics() {
				fmt.Fprintf(table, "%s\t%s\t%s\n", m.Name, m.Unit, m.Meaning)
			}
			return table.Flush()
		},
	}
}
