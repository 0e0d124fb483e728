// Command pack builds the program of a tab's peer. It writes the program and Go's
// JavaScript part into a folder, for the npm package:
//
//	go run ./web/program/pack FOLDER
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"

	"github.com/n2n-overlay/n2n/web/program"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: pack FOLDER")
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := pack(ctx, os.Args[1])
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "pack:", err)
		os.Exit(1)
	}
}

func pack(ctx context.Context, folder string) error {
	built, err := program.Build(ctx)
	if err != nil {
		return err
	}
	if err := built.Write(folder); err != nil {
		return err
	}
	fmt.Printf("%s: %d bytes\n", program.WasmFile, len(built.Wasm))
	return nil
}
