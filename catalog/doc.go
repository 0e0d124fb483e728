// Package catalog has the protocols that ship, by name: what their options are, how
// each is made of them, and what those who run it need to know of it. Scenarios, the
// lab, a page whose tab is a peer and n2n.Overlay name protocols by it.
//
// A protocol of a user's own becomes a Kind as those that ship do, and can be named
// beside them:
//
//	catalog.Kind{Name: "pushsum", New: catalog.From(pushsum.DefaultConfig, pushsum.New)}
//
// It imports neither actors nor the simulator, and compiles for a tab.
package catalog
