// Package several makes one signaling service of several. A peer enters through the
// first that answers, and stays linked to all.
package several
