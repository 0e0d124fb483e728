package main

import (
	"net/http"
	"strconv"
	"time"

	"github.com/coder/websocket"
)

// hostile is a WebSocket that is no signaling server. The query chooses what it does:
//
//	hang=1           it does not even answer
//	text=T           sends T as text
//	size=N&count=M   sends M messages of N bytes, the first byte of each its number
//	close=T          closes with T; without it, waits until the other end goes
//	deaf=1           reads nothing, not even a close
func hostile(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	if q.Has("hang") {
		<-r.Context().Done()
		return
	}
	conn, err := websocket.Accept(w, r, nil)
	if err != nil {
		return
	}
	defer func() { _ = conn.CloseNow() }()
	if q.Has("text") && conn.Write(r.Context(), websocket.MessageText, []byte(q.Get("text"))) != nil {
		return
	}
	size, _ := strconv.Atoi(q.Get("size"))
	count, _ := strconv.Atoi(q.Get("count"))
	for i := range count {
		message := make([]byte, max(size, 1))
		message[0] = byte(i)
		if conn.Write(r.Context(), websocket.MessageBinary, message) != nil {
			return
		}
	}
	switch {
	case q.Has("close"):
		_ = conn.Close(websocket.StatusPolicyViolation, q.Get("close"))
	case q.Has("deaf"):
		<-time.After(2 * patience) // nothing tells that the other end has gone
	default:
		<-conn.CloseRead(r.Context()).Done()
	}
}
