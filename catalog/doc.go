// Package catalog has the protocols that ship, by name: their options, how each is
// made of them, and what programs that run it need to know. Scenarios, the lab, tabs
// and n2n.Overlay find protocols in it.
//
// A user's own protocol becomes a Kind in the same way, and can be named beside
// them:
//
//	catalog.Kind{Name: "template", New: catalog.From(template.DefaultConfig, template.New)}
//
// The package imports neither actors nor the simulator, and compiles for a tab.
package catalog
