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

// Socket is a WebSocket with one reading and one writing goroutine.
type Socket struct {
	conn *websocket.Conn
	// cut closes the connection below the WebSocket at once, even during a read, a
	// write or a close. It may be called again.
	cut  func()
	most int       // bytes in a message
	rest io.Reader // the unread rest of a message
}

// NewSocket returns a WebSocket for messages of at most so many bytes. cut closes the
// connection below it.
func NewSocket(conn *websocket.Conn, cut func(), most int) *Socket {
	conn.SetReadLimit(-1) // read has a limit of its own, which leaves time for a Fault
	return &Socket{conn: conn, cut: cut, most: most, rest: strings.NewReader("")}
}

// read returns the next message. An error is the last result. errTooLong and errText
// are errors of a message, the others are errors of the connection.
func (s *Socket) read() ([]byte, error) {
	// There is no deadline here, because the library would close the link without a
	// Fault. close and cut end this wait.
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

// drain drops all messages until the WebSocket is closed. It replaces read.
func (s *Socket) drain() {
	for r, err := s.rest, error(nil); err == nil; _, r, err = s.conn.Reader(context.Background()) {
		_, _ = io.Copy(io.Discard, r)
	}
}

// classify finds out what an error of the library means when a read fails.
func classify(err error) error {
	var op *net.OpError
	switch {
	case errors.Is(err, net.ErrClosed):
		// It was closed at this end. If Link.End did not do that, the library did,
		// because it could not write a ping or pong.
		return ErrSilent
	case websocket.CloseStatus(err) != -1, errors.As(err, &op),
		errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.ErrClosedPipe):
		return err
	}
	// This is neither a close nor the end of the connection.
	return fmt.Errorf("%w: %w", ErrProtocol, err)
}

// write returns when the other side has taken the frame. It uses no deadline of the
// library, because then the reader could report its reason for the end first. cut
// ends this wait.
func (s *Socket) write(frame []byte) error {
	return s.conn.Write(context.Background(), websocket.MessageBinary, frame)
}

// ping returns when the other side has answered.
func (s *Socket) ping(ctx context.Context) error { return s.conn.Ping(ctx) }

// close sends a close frame and waits for that of the other side.
func (s *Socket) close(code closeCode, reason string) {
	_ = s.conn.Close(websocket.StatusCode(code), reason)
}
