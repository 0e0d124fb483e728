// Package several makes one signaling service of several: a peer enters through
// the first that answers, and stays linked to all.
package several
