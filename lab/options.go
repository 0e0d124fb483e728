package lab

import (
	"fmt"
	"strings"

	"github.com/n2n-overlay/n2n/protocols"
	"github.com/n2n-overlay/n2n/sim/scenario"
)

// Shipped lists the protocols that run can start: those that scenarios know, with
// the same options.
func Shipped() []string {
	var names []string
	for _, kind := range scenario.Kinds() {
		names = append(names, kind.Name)
	}
	return names
}

func shipped(name string, options []string) (protocols.Protocol, error) {
	for _, kind := range scenario.Kinds() {
		if kind.Name == name {
			made, err := kind.Make(options)
			return made.Protocol, err
		}
	}
	return protocols.Protocol{}, fmt.Errorf("no protocol %q ships, only %s", name, strings.Join(Shipped(), ", "))
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
