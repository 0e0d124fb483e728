package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"

	"github.com/coder/websocket"
	"github.com/coder/websocket/wsjson"
)

// front brings a tab to the front. That hides the others.
func (c *chromium) front(ctx context.Context, id string) error {
	_, err := c.ask(ctx, "/json/activate/"+id)
	return err
}

// freeze stops the scripts of a tab, as a browser may do in a hidden tab; thaw lets them
// continue.
func (c *chromium) freeze(ctx context.Context, id string) error {
	return c.lifecycle(ctx, id, "frozen")
}

func (c *chromium) thaw(ctx context.Context, id string) error { return c.lifecycle(ctx, id, "active") }

func (c *chromium) lifecycle(ctx context.Context, id, state string) error {
	_, err := c.command(ctx, id, "Page.setWebLifecycleState", map[string]any{"state": state})
	return err
}

// evaluate returns the value of a JavaScript expression in a tab, as text.
func (c *chromium) evaluate(ctx context.Context, id, expression string) (string, error) {
	answer, err := c.command(ctx, id, "Runtime.evaluate", map[string]any{"expression": "String(" + expression + ")"})
	if err != nil {
		return "", err
	}
	var result struct {
		Result struct{ Type, Value string }
	}
	if err := json.Unmarshal(answer, &result); err != nil || result.Result.Type != "string" {
		return "", fmt.Errorf("the tab evaluates %s to %.200s", expression, answer)
	}
	return result.Result.Value, nil
}

// command sends a command of the DevTools protocol to a tab, and returns its result.
func (c *chromium) command(ctx context.Context, id, method string, params any) (json.RawMessage, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	address := "ws" + strings.TrimPrefix(c.control, "http") + "/devtools/page/" + url.PathEscape(id)
	conn, _, err := websocket.Dial(ctx, address, nil)
	if err != nil {
		return nil, fmt.Errorf("the tab %s: %w", id, err)
	}
	defer func() { _ = conn.CloseNow() }()
	if err := wsjson.Write(ctx, conn, map[string]any{"id": 1, "method": method, "params": params}); err != nil {
		return nil, fmt.Errorf("the tab %s: %w", id, err)
	}
	for {
		var said struct {
			ID     int
			Result json.RawMessage
			Error  *struct{ Message string }
		}
		switch err := wsjson.Read(ctx, conn, &said); {
		case err != nil:
			return nil, fmt.Errorf("the tab %s: %s: %w", id, method, err)
		case said.ID != 1: // an event
		case said.Error != nil:
			return nil, fmt.Errorf("the tab %s: %s: %s", id, method, said.Error.Message)
		default:
			return said.Result, nil
		}
	}
}
