// Package sweep runs one scenario with many seeds and settings: which runs that makes
// (Plan), their results as one tidy table (CSV), what they come to with how much spread
// (Summarize), and in what two of them differ (Compare). It runs nothing itself.
package sweep
