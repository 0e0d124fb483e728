package lab

import (
	"fmt"
	"strings"

	"github.com/n2n-overlay/n2n/catalog"
	"github.com/n2n-overlay/n2n/protocols"
)

// overlay is the default overlay for protocols that need one.
const overlay = "spray"

// runnable makes a protocol that ships, or one of the parser's own, from options of
// the form key=value. If a key is given twice, the last counts.
func (p *Parser) runnable(name string, options []string) (protocols.Protocol, error) {
	kinds := append(catalog.Shipped(), p.own...)
	kind, ok := catalog.Named(kinds, name)
	if !ok {
		return protocols.Protocol{}, fmt.Errorf("no protocol %q ships, only %s", name, strings.Join(catalog.Names(kinds), ", "))
	}
	given := map[string]string{}
	for _, option := range options {
		key, text, ok := strings.Cut(option, "=")
		if !ok || key == "" || text == "" {
			return protocols.Protocol{}, fmt.Errorf("%q is no option=value", option)
		}
		given[key] = text
	}
	made, err := kind.Make(overlay, given)
	return made.Protocol, err
}

// ships reports whether a protocol of that name ships.
func ships(name string) bool {
	_, ok := catalog.Named(catalog.Shipped(), name)
	return ok
}
