package lab_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"strings"

	"github.com/n2n-overlay/n2n/lab"
)

// b introduces its neighbours a and c to each other, in the simulated world.
func Example() {
	script, err := lab.Parse("example", strings.NewReader(`
peers a b c
connect b a
connect b c
introduce b a c
crash b
events c
views
`))
	if err != nil {
		fmt.Println(err)
		return
	}
	world, err := lab.Sim(slog.New(slog.DiscardHandler))
	if err != nil {
		fmt.Println(err)
		return
	}
	l := lab.New(world)
	if err := l.Run(context.Background(), script, lab.Output{Out: os.Stdout}); err != nil {
		fmt.Println(err)
	}
	if err := l.Close(); err != nil {
		fmt.Println(err)
	}
	// Output:
	// peers a b c: ok
	// connect b a: ok
	// connect b c: ok
	// introduce b a c: ok
	// crash b: ok
	// events c:
	//   lab arc_opened b in
	//   lab arc_opened a in via b
	//   lab peer_down b in 1 crashed
	//   lab arc_closed b in crashed
	// views:
	//   a: out c:1, connections c
	//   c: in a:1, connections a
}
