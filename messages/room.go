package messages

import (
	"fmt"
	"unicode/utf8"
)

// CheckRoom returns an error if name is not 1 to MaxRoom bytes of UTF-8, as the
// name of a room must be.
func CheckRoom(name string) error {
	switch {
	case name == "":
		return fmt.Errorf("the name of the room is empty, must have 1 to %d bytes", MaxRoom)
	case len(name) > MaxRoom:
		return fmt.Errorf("the name of the room has %d bytes, must have 1 to %d", len(name), MaxRoom)
	case !utf8.ValidString(name):
		return fmt.Errorf("the name of the room, %q, is not UTF-8", name)
	}
	return nil
}
