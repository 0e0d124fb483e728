// Command weigh builds a program for a tab as web/slim does, and says how many
// bytes a page has to load for it:
//
//	go run ./web/slim/weigh [-most BYTES] [-o FILE] PACKAGE
//
// With -most it fails if the program compressed (gzip -9) has more. The size is the
// same on each machine with the same version of Go.
package main

import (
	"compress/gzip"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"

	"github.com/n2n-overlay/n2n/web/slim"
)

func main() {
	most := flag.Int("most", 0, "fail if the program compressed has more than this many `bytes`; 0: say only")
	output := flag.String("o", "", "keep the program in this `file`")
	flag.Parse()
	if flag.NArg() != 1 {
		flag.Usage()
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := weigh(ctx, flag.Arg(0), *output, *most)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "weigh:", err)
		os.Exit(1)
	}
}

func weigh(ctx context.Context, pkg, output string, most int) (err error) {
	folder, err := os.MkdirTemp("", "n2n-weigh-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	if output == "" {
		output = filepath.Join(folder, "program.wasm")
	}
	if err := slim.Build(ctx, ".", pkg, output); err != nil {
		return err
	}
	wasm, err := os.ReadFile(output)
	if err != nil {
		return err
	}
	size, err := compressed(wasm)
	if err != nil {
		return err
	}
	fmt.Printf("%s: %d bytes, %d compressed\n", pkg, len(wasm), size)
	if most > 0 && size > most {
		return fmt.Errorf("%s is %d bytes over the budget of %d: see what it imports anew (GOOS=js GOARCH=wasm go list -deps %s), and leave it out or raise the budget", pkg, size-most, most, pkg)
	}
	return nil
}

// compressed is the size of gzip -9.
func compressed(b []byte) (int, error) {
	var size counter
	w, err := gzip.NewWriterLevel(&size, gzip.BestCompression)
	if err == nil {
		_, err = w.Write(b)
	}
	if err == nil {
		err = w.Close()
	}
	return int(size), err
}

// counter counts the bytes that are written.
type counter int

// Write implements io.Writer.
func (c *counter) Write(b []byte) (int, error) {
	*c += counter(len(b))
	return len(b), nil
}
