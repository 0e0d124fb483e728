// Package shortuuid has of the library what the actor system calls: names that
// nobody else has.
package shortuuid

import "crypto/rand"

// New returns a name of 128 random bits or more.
func New() string { return rand.Text() }
