package worlds

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"
)

// errorLog keeps the first error that actors log, and nothing else.
type errorLog struct {
	first atomic.Pointer[error] // any worker may log
	attrs []slog.Attr
	root  *errorLog
}

// Enabled implements slog.Handler.
func (l *errorLog) Enabled(_ context.Context, level slog.Level) bool { return level >= slog.LevelError }

// Handle implements slog.Handler.
func (l *errorLog) Handle(_ context.Context, record slog.Record) error {
	root := l
	if l.root != nil {
		root = l.root
	}
	if root.first.Load() == nil {
		text := record.Message
		add := func(a slog.Attr) bool { text += fmt.Sprintf(", %s %v", a.Key, a.Value); return true }
		for _, a := range l.attrs {
			add(a)
		}
		record.Attrs(add)
		err := fmt.Errorf("%s", text)
		root.first.CompareAndSwap(nil, &err)
	}
	return nil
}

// WithAttrs implements slog.Handler.
func (l *errorLog) WithAttrs(attrs []slog.Attr) slog.Handler {
	root := l
	if l.root != nil {
		root = l.root
	}
	return &errorLog{root: root, attrs: append(append([]slog.Attr(nil), l.attrs...), attrs...)}
}

// WithGroup implements slog.Handler.
func (l *errorLog) WithGroup(string) slog.Handler { return l }
