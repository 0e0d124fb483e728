// Package console is how the command talks to who called it.
package console

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"sync"

	"golang.org/x/term"
)

// ErrInterrupted ends a command that was asked to stop before it was through.
var ErrInterrupted = errors.New("interrupted")

// Console is the standard streams of the command, and what is said on them.
type Console struct {
	In       io.Reader
	Out      io.Writer
	Err      io.Writer
	Terminal bool // Err is one
	Verbose  bool
}

// New returns a console, to which several goroutines may write.
func New(in io.Reader, out, err io.Writer) *Console {
	file, ok := err.(*os.File)
	return &Console{
		In: in, Out: out, Err: &lockedWriter{w: err},
		Terminal: ok && term.IsTerminal(int(file.Fd())),
	}
}

// Say writes a line to standard error.
func (c *Console) Say(format string, args ...any) {
	fmt.Fprintf(c.Err, format+"\n", args...)
}

// Logger writes warnings to standard error; everything if --verbose.
func (c *Console) Logger() *slog.Logger {
	level := slog.LevelWarn
	if c.Verbose {
		level = slog.LevelDebug
	}
	return slog.New(slog.NewTextHandler(c.Err, &slog.HandlerOptions{Level: level}))
}

// lockedWriter is shared by the loggers, the progress and the messages.
type lockedWriter struct {
	mu sync.Mutex
	w  io.Writer
}

// Write implements io.Writer.
func (l *lockedWriter) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(b)
}
