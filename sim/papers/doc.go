// Package papers checks, in simulated experiments, the claims of the papers about
// the shipped protocols. A Claim names the paper's sentence and section, the
// experiment, the number that it gives, and the bounds within which the claim
// counts as reproduced. The bounds were written down before the experiment was
// first run. A missed claim stays in the list as a miss, with its likely cause.
//
// The experiments are scenarios (package scenario), in experiments/. docs/papers.md
// has the tables of the results.
package papers
