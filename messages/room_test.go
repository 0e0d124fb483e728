package messages_test

import (
	"strings"
	"testing"

	"github.com/n2n-overlay/n2n/messages"
)

func TestCheckRoom(t *testing.T) {
	for name, says := range map[string]string{
		"":                      "is empty, must have 1 to 64 bytes",
		strings.Repeat("r", 65): "has 65 bytes, must have 1 to 64",
		"\xff":                  "is not UTF-8",
		strings.Repeat("r", 64): "",
		"Küche":                 "",
	} {
		err := messages.CheckRoom(name)
		if says == "" && err != nil || says != "" && (err == nil || !strings.Contains(err.Error(), says)) {
			t.Errorf("%q: %v, want %q", name, err, says)
		}
	}
}
