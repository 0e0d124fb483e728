//go:build unix

package wrtc

import (
	"runtime"
	"syscall"
)

// socketBuffers returns the buffer sizes that the system granted a socket, in the
// unit of the request: bytes. It returns zeros when the system does not tell.
func socketBuffers(socket any) (receive, send int) {
	s, ok := socket.(syscall.Conn)
	if !ok {
		return 0, 0
	}
	raw, err := s.SyscallConn()
	if err != nil {
		return 0, 0
	}
	err = raw.Control(func(fd uintptr) {
		receive, _ = syscall.GetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RCVBUF)
		send, _ = syscall.GetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_SNDBUF)
	})
	if err != nil {
		return 0, 0
	}
	if runtime.GOOS == "linux" { // Linux tells the double, for its bookkeeping
		receive, send = receive/2, send/2
	}
	return receive, send
}
