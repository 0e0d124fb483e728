package lab

import (
	"fmt"
	"strings"

	"github.com/n2n-overlay/n2n/protocols"
	"github.com/n2n-overlay/n2n/sim/scenario"
)

// Shipped lists the protocols that run can start: those that scenarios know, with
// the same options.
func Shipped() []string { return names(scenario.Kinds()) }

func names(kinds []scenario.Kind) []string {
	var names []string
	for _, kind := range kinds {
		names = append(names, kind.Name)
	}
	return names
}

// runnable makes one that ships, or one of the parser's own.
func (p *Parser) runnable(name string, options []string) (protocols.Protocol, error) {
	kinds := append(scenario.Kinds(), p.own...)
	for _, kind := range kinds {
		if kind.Name == name {
			made, err := kind.Make(options)
			return made.Protocol, err
		}
	}
	return protocols.Protocol{}, fmt.Errorf("no protocol %q ships, only %s", name, strings.Join(names(kinds), ", "))
}

// ships reports whether a protocol of that name ships.
func ships(name string) bool {
	for _, kind := range scenario.Kinds() {
		if kind.Name == name {
			return true
		}
	}
	return false
}
