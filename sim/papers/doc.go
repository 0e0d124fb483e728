// Package papers checks what the papers of the protocols that ship claim of
// them, in simulated experiments. A Claim names the paper's sentence and section,
// the experiment, the number that is read off it, and the bounds within which the
// claim counts as reproduced; those were written down before the experiment was
// first run. One that is missed stays in the list as a miss, with its likely cause.
//
// The experiments are scenarios (package scenario), in experiments/. docs/papers.md
// has the tables of the results.
package papers
