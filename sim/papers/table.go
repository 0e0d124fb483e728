package papers

import (
	"fmt"
	"slices"
	"strings"
)

// Table writes outcomes as Markdown, one paper after the other.
func Table(outcomes []Outcome) string {
	var b strings.Builder
	for _, paper := range sorted(Papers) {
		of := slices.DeleteFunc(slices.Clone(outcomes), func(o Outcome) bool { return o.Paper != paper })
		if len(of) == 0 {
			continue
		}
		fmt.Fprintf(&b, "### %s\n\n%s\n\n", strings.ToUpper(paper[:1])+paper[1:], Papers[paper])
		b.WriteString("| the paper says | section | measured | expected | result | |\n|---|---|---|---|---|---|\n")
		for _, o := range of {
			low, high := o.Bounds(float64(o.Peers))
			verdict := "holds"
			if !o.Holds() {
				verdict = "**missed**: " + o.Miss
			}
			fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s |\n", o.Says, o.Section, o.Measured, between(low, high), spread(o.Values), verdict)
		}
		b.WriteString("\nThe runs, each with the seeds in turn:\n\n```sh\n")
		var commands []string
		for _, o := range of {
			if c := o.Command(); !slices.Contains(commands, c) {
				commands = append(commands, c)
			}
		}
		b.WriteString(strings.Join(commands, "\n") + "\n```\n\n")
	}
	return b.String()
}

func sorted(papers map[string]string) []string {
	var keys []string
	for key := range papers {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}
