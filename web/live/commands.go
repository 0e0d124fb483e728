package live

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/coder/websocket"

	"github.com/n2n-overlay/n2n/messages"
)

// request is a frame from a page.
type request struct {
	Type    string          `json:"type"`
	Request *int64          `json:"request"` // nil: the page wants no answer
	N       int             `json:"n"`
	Count   int             `json:"count"`
	Run     bool            `json:"run"`
	Text    string          `json:"text"`
	Peer    json.RawMessage `json:"peer"`
}

// take executes a frame. An error ends the feed.
func (f *feed) take(text []byte) error {
	var r request
	if err := json.Unmarshal(text, &r); err != nil || r.Type == "" {
		return ending{websocket.StatusPolicyViolation, "a frame is no request as JSON"}
	}
	switch r.Type {
	case "select":
		f.reply(r, f.room.choose(f, r.N))
	case "report":
		f.reply(r, f.report(r.Peer))
	case "add", "crash", "leave", "server", "say":
		do, err := f.command(r)
		if err == nil {
			err = f.later(r, do)
		}
		if err != nil {
			f.reply(r, err)
		}
	default:
		f.reply(r, invalid("there is no request %.20q", r.Type))
	}
	return nil
}

// reply answers a request, if the page wants that.
func (f *feed) reply(r request, err error) {
	if r.Request == nil {
		return
	}
	a := answerFrame{Type: "answer", Request: *r.Request}
	if err != nil {
		a.Error, a.Code = err.Error(), codeOf(err)
	}
	f.answer(encode(a))
}

// later queues a command. It is executed and answered after those before it.
func (f *feed) later(r request, do func(context.Context) error) error {
	select {
	case f.requests <- func() {
		ctx, cancel := context.WithTimeout(f.ctx, commandTime)
		defer cancel()
		f.reply(r, do(ctx))
	}:
		return nil
	default:
		return refuse(messages.ErrRate, "%d requests of this page wait already", maxRequests)
	}
}

// command checks a command and returns the function that executes it.
func (f *feed) command(r request) (func(context.Context) error, error) {
	controls, most := f.room.config.Controls, f.room.config.MaxPeers
	if controls == nil {
		return nil, refuse(messages.ErrRefused, "pages can only watch here")
	}
	switch r.Type {
	case "add":
		if r.Count < 1 || r.Count > most {
			return nil, invalid("%d peers cannot be added, but 1 to %d", r.Count, most)
		}
		return func(ctx context.Context) error { return controls.Add(ctx, r.Count) }, nil
	case "server":
		return func(ctx context.Context) error { return controls.Serve(ctx, r.Run) }, nil
	}
	id, err := f.room.ownPeer(r.N)
	if err != nil {
		return nil, err
	}
	switch r.Type {
	case "crash":
		return func(ctx context.Context) error { return controls.Crash(ctx, id) }, nil
	case "leave":
		return func(ctx context.Context) error { return controls.Leave(ctx, id) }, nil
	}
	text := strings.TrimSpace(r.Text)
	if n := utf8.RuneCountInString(text); n == 0 || n > maxText {
		return nil, invalid("the text has %d characters, must have 1 to %d", n, maxText)
	}
	return func(ctx context.Context) error { return controls.Say(ctx, id, text) }, nil
}

// report takes a tab's report of its peer. null withdraws the report.
func (f *feed) report(text json.RawMessage) error {
	if !f.reports.Allow() {
		return refuse(messages.ErrRate, "a page may report %d times a second", reportRate)
	}
	if len(text) == 0 || string(text) == "null" {
		f.room.unreport(f)
		return nil
	}
	var r reportedPeer
	if err := json.Unmarshal(text, &r); err != nil {
		return invalid("the report cannot be read: %v", fmt.Sprintf("%.200s", err))
	}
	peer, err := r.check()
	if err != nil {
		return err
	}
	return f.room.report(f, peer)
}
