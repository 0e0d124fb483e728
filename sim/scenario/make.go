package scenario

import (
	"errors"
	"fmt"
	"strings"
)

// Make makes the protocol outside of a scenario, from options of the form
// key=value: those that a scenario has for it. Of a key that is given again, the
// last counts.
func (k Kind) Make(options []string) (Instance, error) {
	given := map[string]value{}
	for _, option := range options {
		key, text, ok := strings.Cut(option, "=")
		if !ok || key == "" || text == "" {
			return Instance{}, fmt.Errorf("%q is no option=value", option)
		}
		given[key] = value{text: text}
	}
	made, err := k.instance(&Settings{overlay: defaultOverlay, given: given})
	if m := (*Mistake)(nil); errors.As(err, &m) {
		return Instance{}, errors.New(m.What)
	}
	return made, err
}

// defaultOverlay is along whose arcs a protocol that needs some works, where no
// scenario says so.
const defaultOverlay = "spray"
