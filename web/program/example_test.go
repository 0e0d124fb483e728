//go:build !js

package program_test

import (
	"context"
	"fmt"
	"net/http"

	"github.com/n2n-overlay/n2n/web/program"
)

// A server lets its pages be peers: import("/n2n/index.js").
func ExampleStart() {
	tab := program.Start(context.Background(), program.Build)
	http.Handle("/n2n/", tab)
	go func() {
		<-tab.Done()
		if _, err := tab.Built(); err != nil {
			fmt.Println("pages cannot be peers:", err)
		}
	}()
	_ = http.ListenAndServe("localhost:8080", nil)
}
