// Package slim builds programs for a tab without the parts of libraries that a tab
// never uses. A page must load the whole program before its peer can start.
//
// The actor system can serve its metrics to Prometheus. One function does that, and
// nobody calls it in a tab; but it imports an HTTP server with its TLS, three of
// OpenTelemetry's modules and Prometheus, of which the linker has to keep all that
// is made when a program starts. So Build compiles the same sources of the same
// versions, except
//
//   - functions that a tab does not call are cut out of a copy (cuts);
//   - modules of which next to nothing is used are taken from _stubs, which has
//     just that (stubs).
//
// Modules in place of others are not enough: the actor system itself imports
// net/http, which no module can take the place of. With stubs alone the program of
// web/tab has 3,102,648 bytes compressed, with the cuts 2,630,693.
//
// Functions are inlined only where that makes a tab faster (inlining).
//
// The copies and stubs stand in a Go workspace (https://go.dev/ref/mod#workspaces)
// beside the module, for one build. Nothing of the module or of other builds
// changes. A version of a library without a function that is cut, or which uses
// more of a stubbed module, fails the build and is told.
package slim
