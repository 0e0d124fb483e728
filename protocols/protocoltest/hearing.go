package protocoltest

import (
	"fmt"
	"runtime"
	"strings"

	"github.com/n2n-overlay/n2n/protocols"
)

// hearing is a handler of a peer that may be silent. If the handler panics, the
// panic says where.
type hearing struct {
	handler protocols.Handler
	peer    *node
}

// Handle implements protocols.Handler.
func (h *hearing) Handle(port protocols.Port, event any) {
	if h.peer.silent {
		return
	}
	defer func() {
		if reason := recover(); reason != nil {
			panic(fmt.Sprintf("%v, at %s", reason, place()))
		}
	}()
	h.handler.Handle(port, event)
}

// place returns the functions and lines between a panic and hearing.Handle.
func place() string {
	callers := make([]uintptr, 64)
	frames := runtime.CallersFrames(callers[:runtime.Callers(4, callers)])
	var lines []string
	for {
		frame, more := frames.Next()
		if !more || strings.HasSuffix(frame.Function, "(*hearing).Handle") {
			return strings.Join(lines, "\n  ")
		}
		lines = append(lines, fmt.Sprintf("%s:%d %s", frame.File, frame.Line, frame.Function))
	}
}
