package catalog_test

import (
	"fmt"

	"github.com/n2n-overlay/n2n/catalog"
)

// A protocol that ships, made of options that are texts.
func Example() {
	kind, _ := catalog.Named(catalog.Shipped(), "broadcast")
	made, err := kind.Make("cyclon", map[string]string{"window": "5m"})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(made.Protocol.Name, "over", made.Protocol.Sees)
	_, err = kind.Make("cyclon", map[string]string{"window": "soon"})
	fmt.Println(err)
	// Output:
	// broadcast over [cyclon]
	// window: expected a duration such as 500ms, 30s or 5m, not "soon"
}
