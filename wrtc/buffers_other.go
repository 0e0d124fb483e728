//go:build !unix && !js

package wrtc

// socketBuffers does not know here.
func socketBuffers(any) (receive, send int) { return 0, 0 }
