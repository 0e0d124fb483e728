// Package console is the connection between a command and its user.
package console

import (
	"fmt"
	"io"
	"log/slog"
	"os"
	"sync"

	"golang.org/x/term"
)

// Console holds the standard streams of the command and writes messages to them.
type Console struct {
	In       io.Reader
	Out      io.Writer
	Err      io.Writer
	Terminal bool // Err is one
	Verbose  bool
}

// New returns a console. Several goroutines may write to it.
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

// Logger returns a logger to standard error: of warnings, or of everything if Verbose.
func (c *Console) Logger() *slog.Logger {
	level := slog.LevelWarn
	if c.Verbose {
		level = slog.LevelDebug
	}
	return slog.New(slog.NewTextHandler(c.Err, &slog.HandlerOptions{Level: level}))
}

// lockedWriter is a writer that the loggers, the progress and the messages share.
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
