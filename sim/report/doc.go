// Package report writes down what a scenario came to: as JSON, CSV and a table,
// the last snapshot as GraphML and DOT, and the series drawn. Nothing else in
// the project imports plotting.
package report
