//go:build js

package main

import (
	"log/slog"
	"os"
	"syscall/js"

	"github.com/asynkron/protoactor-go/actor"
)

func main() {
	log := slog.New(console{})
	slog.SetDefault(log) // for code without a logger of its own
	b := newBinding(actor.NewActorSystem(actor.WithLoggerFactory(func(*actor.ActorSystem) *slog.Logger { return log })), log)
	js.Global().Call(os.Args[1], b.functions())
	select {}
}
