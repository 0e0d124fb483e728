//go:build !unix && !js

package wrtc

// socketBuffers does not know the buffers on this system.
func socketBuffers(any) (receive, send int) { return 0, 0 }
