// Package npm has the JavaScript of the npm package, for a server that lets pages
// load it without npm. The package is described in README.md.
package npm

import "embed"

// Files are the modules, which import each other beside index.js, and their types.
//
//go:embed index.js index.d.ts error.js events.js identity.js load.js peer.js program.js values.js
var Files embed.FS
