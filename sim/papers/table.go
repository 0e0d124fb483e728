package papers

import (
	"fmt"
	"slices"
	"strings"
)

// Table returns the outcomes of one paper's claims as Markdown.
func Table(outcomes []Outcome) string {
	var b strings.Builder
	b.WriteString("| the paper says | section | measured | expected | result | |\n|---|---|---|---|---|---|\n")
	var commands []string
	for _, o := range outcomes {
		verdict := "holds"
		if !o.Holds() {
			verdict = missed + o.Miss
		}
		fmt.Fprintf(&b, "%s %s | %s |\n", o.Claim.cells(o.Peers), spread(o.Values), verdict)
		if c := o.Command(); !slices.Contains(commands, c) {
			commands = append(commands, c)
		}
	}
	return b.String() + "\n```sh\n" + strings.Join(commands, "\n") + "\n```\n"
}

const missed = "**missed**: "

// cells returns the cells of a claim's row that exist before it is measured.
func (c Claim) cells(peers int) string {
	low, high := c.Bounds(float64(peers))
	return fmt.Sprintf("| %s | %s | %s | %s |", c.Says, c.Section, c.Measured, between(low, high))
}
