package scenario

import (
	"fmt"
	"strings"
)

// Mistake says what is wrong with a scenario or with the values set in it.
type Mistake struct {
	Place string // file:line, or the option it was set by
	What  string // what was found and what was expected
	// Unknown is the key of a value that was set and that the scenario does not have.
	Unknown string
}

func (m *Mistake) Error() string { return m.Place + ": " + m.What }

func mistake(place, format string, args ...any) error {
	return &Mistake{Place: place, What: fmt.Sprintf(format, args...)}
}

// oneOf lists what would have been valid.
func oneOf(names []string) string {
	if len(names) == 0 {
		return "there are none"
	}
	return "expected one of " + strings.Join(names, ", ")
}
