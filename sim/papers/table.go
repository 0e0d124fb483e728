package papers

import (
	"fmt"
	"slices"
	"strings"
)

// Table writes the outcomes of one paper's claims as Markdown.
func Table(outcomes []Outcome) string {
	var b strings.Builder
	b.WriteString("| the paper says | section | measured | expected | result | |\n|---|---|---|---|---|---|\n")
	var commands []string
	for _, o := range outcomes {
		low, high := o.Bounds(float64(o.Peers))
		verdict := "holds"
		if !o.Holds() {
			verdict = "**missed**: " + o.Miss
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s |\n", o.Says, o.Section, o.Measured, between(low, high), spread(o.Values), verdict)
		if c := o.Command(); !slices.Contains(commands, c) {
			commands = append(commands, c)
		}
	}
	return b.String() + "\n```sh\n" + strings.Join(commands, "\n") + "\n```\n"
}
