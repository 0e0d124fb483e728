// Package report writes the result of a scenario: as JSON, CSV and a table, its
// last snapshot as GraphML and DOT, and its series as drawings. No other package of
// the project imports plotting.
package report
