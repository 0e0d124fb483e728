// Package program builds the peer of a page (web/tab) with the Go tool, and serves
// it to pages together with its JavaScript (web/npm):
//
//	/n2n/n2n.wasm.gz    the program, compressed: a plain file, which index.js unpacks
//	/n2n/wasm_exec.js   Go's part of it in JavaScript, of the same version of Go
//	/n2n/index.js       what pages import, and the modules beside it
//	/n2n/index.d.ts     its types
//
// The program is neither in the repository nor in the binary. That keeps both small,
// and the program always matches the sources.
package program
