//go:build js

package main

import (
	"context"
	"log/slog"
	"strings"
	"syscall/js"
)

// console is a slog.Handler that writes warnings and errors to the page's console.
type console struct{ attrs []slog.Attr }

// Enabled implements slog.Handler.
func (c console) Enabled(_ context.Context, level slog.Level) bool { return level >= slog.LevelWarn }

// Handle implements slog.Handler.
func (c console) Handle(_ context.Context, r slog.Record) error {
	method := "warn"
	if r.Level >= slog.LevelError {
		method = "error"
	}
	js.Global().Get("console").Call(method, c.line(r))
	return nil
}

func (c console) line(r slog.Record) string {
	var line strings.Builder
	line.WriteString("n2n: " + r.Message)
	add := func(a slog.Attr) bool {
		line.WriteString(" " + a.Key + "=" + a.Value.String())
		return true
	}
	for _, a := range c.attrs {
		add(a)
	}
	r.Attrs(add)
	return line.String()
}

// WithAttrs implements slog.Handler.
func (c console) WithAttrs(attrs []slog.Attr) slog.Handler {
	return console{append(c.attrs[:len(c.attrs):len(c.attrs)], attrs...)}
}

// WithGroup implements slog.Handler. The log has no groups.
func (c console) WithGroup(string) slog.Handler { return c }
