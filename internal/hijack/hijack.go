// Package hijack keeps the connection under a WebSocket of a server, so that it can
// be closed even while the WebSocket waits.
package hijack

import (
	"bufio"
	"net"
	"net/http"
)

// Writer is a response whose connection is kept once it is hijacked.
type Writer struct {
	http.ResponseWriter
	conn net.Conn
}

// Unwrap is for http.ResponseController.
func (w *Writer) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// Hijack implements http.Hijacker.
func (w *Writer) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, buffered, err := http.NewResponseController(w.ResponseWriter).Hijack()
	w.conn = conn
	return conn, buffered, err
}

// Cut closes the connection, which has been hijacked. It may be called again.
func (w *Writer) Cut() { _ = w.conn.Close() }
