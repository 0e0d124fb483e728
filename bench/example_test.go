package bench_test

import (
	"github.com/n2n-overlay/n2n/bench"
	"github.com/n2n-overlay/n2n/catalog"
	"github.com/n2n-overlay/n2n/examples/template"
)

// The main function of a program whose scenarios can also name the protocol of
// examples/template.
func ExampleMain() {
	bench.Main(catalog.Kind{
		Name: "template",
		New:  catalog.From(template.DefaultConfig, template.New),
	})
}
