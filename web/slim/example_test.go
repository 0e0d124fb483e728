package slim_test

import (
	"context"
	"log"

	"github.com/n2n-overlay/n2n/web/slim"
)

// A page loads the file beside wasm_exec.js, which Go has in lib/wasm.
func ExampleBuild() {
	if err := slim.Build(context.Background(), ".", "./examples/hello", "hello.wasm"); err != nil {
		log.Fatal(err)
	}
}
