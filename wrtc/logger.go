//go:build !js

package wrtc

import (
	"context"
	"fmt"
	"log/slog"
)

// loggerFactory writes pion's log to slog at the level Debug. What pion calls an
// error is mostly caused by a remote peer.
type loggerFactory struct{ logger *slog.Logger }

func (f loggerFactory) NewLogger(scope string) leveledLogger {
	if f.logger == nil {
		return pionLogger{}
	}
	return pionLogger{f.logger.With("pion", scope)}
}

type pionLogger struct{ logger *slog.Logger }

// Trace is not logged: it is called for each packet.
func (l pionLogger) Trace(string)          {}
func (l pionLogger) Tracef(string, ...any) {}

func (l pionLogger) Debug(msg string)                  { l.log("debug", "%s", msg) }
func (l pionLogger) Debugf(format string, args ...any) { l.log("debug", format, args...) }
func (l pionLogger) Info(msg string)                   { l.log("info", "%s", msg) }
func (l pionLogger) Infof(format string, args ...any)  { l.log("info", format, args...) }
func (l pionLogger) Warn(msg string)                   { l.log("warn", "%s", msg) }
func (l pionLogger) Warnf(format string, args ...any)  { l.log("warn", format, args...) }
func (l pionLogger) Error(msg string)                  { l.log("error", "%s", msg) }
func (l pionLogger) Errorf(format string, args ...any) { l.log("error", format, args...) }

func (l pionLogger) log(level, format string, args ...any) {
	if l.logger == nil || !l.logger.Enabled(context.Background(), slog.LevelDebug) {
		return
	}
	if len(args) > 0 {
		format = fmt.Sprintf(format, args...)
	}
	l.logger.Debug(format, "level", level)
}
