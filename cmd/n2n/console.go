package main

import (
	"fmt"
	"io"
	"log/slog"
	"os"
	"sync"

	"github.com/asynkron/protoactor-go/actor"
	"golang.org/x/term"
)

// console is how the command talks to who called it.
type console struct {
	in       io.Reader
	out      io.Writer
	err      *lockedWriter
	terminal bool // err is one
	verbose  bool
}

func newConsole(in io.Reader, out, err io.Writer) *console {
	file, ok := err.(*os.File)
	return &console{
		in: in, out: out, err: &lockedWriter{w: err},
		terminal: ok && term.IsTerminal(int(file.Fd())),
	}
}

// say writes a line to standard error.
func (c *console) say(format string, args ...any) {
	fmt.Fprintf(c.err, format+"\n", args...)
}

// logger writes warnings to standard error; everything if --verbose.
func (c *console) logger() *slog.Logger {
	level := slog.LevelWarn
	if c.verbose {
		level = slog.LevelDebug
	}
	return slog.New(slog.NewTextHandler(c.err, &slog.HandlerOptions{Level: level}))
}

// newSystem returns the one actor system of the process.
func newSystem(log *slog.Logger) *actor.ActorSystem {
	return actor.NewActorSystem(actor.WithLoggerFactory(func(*actor.ActorSystem) *slog.Logger { return log }))
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
