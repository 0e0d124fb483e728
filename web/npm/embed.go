// Package npm holds the JavaScript of the npm package, for servers whose pages load
// it without npm. README.md describes the package.
package npm

import "embed"

// Files are the modules that index.js imports, index.js itself, and their types.
//
//go:embed index.js index.d.ts error.js events.js identity.js load.js peer.js program.js values.js
var Files embed.FS
