//go:build !js

package link

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/coder/websocket"
)

// Socket is a WebSocket, of which one goroutine reads and another writes.
type Socket struct {
	conn *websocket.Conn
	// cut closes the connection under the WebSocket at once, whoever reads,
	// writes or closes. It may be called again.
	cut  func()
	most int       // bytes of a message
	rest io.Reader // of a message that was not read to its end
}

// NewSocket returns a WebSocket of which a message has at most so many bytes; cut
// closes the connection under it.
func NewSocket(conn *websocket.Conn, cut func(), most int) *Socket {
	conn.SetReadLimit(-1) // read has its own, which leaves time for a Fault
	return &Socket{conn: conn, cut: cut, most: most, rest: strings.NewReader("")}
}

// read returns the next message. An error is the last; errTooLong and errText are
// of a message, the others of the connection.
func (s *Socket) read() ([]byte, error) {
	// No deadline here: the library would close the link without a Fault. close
	// and cut unblock this.
	kind, r, err := s.conn.Reader(context.Background())
	if err != nil {
		return nil, classify(err)
	}
	frame, err := io.ReadAll(io.LimitReader(r, int64(s.most)+1))
	switch {
	case err != nil:
		return nil, classify(err)
	case len(frame) > s.most:
		s.rest = r
		return nil, errTooLong
	case kind != websocket.MessageBinary:
		return nil, errText
	}
	return frame, nil
}

// drain drops what still comes, until the WebSocket is closed. It takes the place
// of read.
func (s *Socket) drain() {
	for r, err := s.rest, error(nil); err == nil; _, r, err = s.conn.Reader(context.Background()) {
		_, _ = io.Copy(io.Discard, r)
	}
}

// classify tells apart what the library says when a read fails.
func classify(err error) error {
	var op *net.OpError
	switch {
	case errors.Is(err, net.ErrClosed):
		// Closed at this end. If that was not Link.End, it was the library, because a
		// ping or pong could not be written.
		return ErrSilent
	case websocket.CloseStatus(err) != -1, errors.As(err, &op),
		errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.ErrClosedPipe):
		return err
	}
	// Neither a close nor the end of the connection.
	return fmt.Errorf("%w: %w", ErrProtocol, err)
}

// write returns when the frame has been taken. No deadline of the library's here,
// with which the reader can come first to tell why the link ended: cut unblocks it.
func (s *Socket) write(frame []byte) error {
	return s.conn.Write(context.Background(), websocket.MessageBinary, frame)
}

// ping returns when the other side has answered.
func (s *Socket) ping(ctx context.Context) error { return s.conn.Ping(ctx) }

// close says farewell and waits for that of the other side.
func (s *Socket) close(code closeCode, reason string) {
	_ = s.conn.Close(websocket.StatusCode(code), reason)
}
