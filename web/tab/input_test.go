//go:build js

package main

import (
	"context"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/n2n-overlay/n2n/events"
	"github.com/n2n-overlay/n2n/messages"
)

const someone = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaq"

// good has arguments of the right types for each call. Those in optional can be left out.
var (
	good = map[string]fields{
		"join": {"room": "r"}, "leave": {}, "spawn": {"options": fields{"use": "spray"}}, "remove": {"name": "chat"},
		"neighbors": {}, "snapshot": {},
		"open":  {"protocol": "chat", "peer": someone, "via": []any{someone}},
		"close": {"protocol": "chat", "peer": someone}, "lock": {"protocol": "chat", "peer": someone},
		"unlock": {"protocol": "chat", "peer": someone}, "drop": {"protocol": "chat", "peer": someone},
		"invite":    {"protocol": "chat", "peer": someone},
		"introduce": {"protocol": "chat", "from": someone, "to": someone, "views": []any{"in", "out"}},
		"contacts":  {"protocol": "chat", "count": 3.0},
		"publish":   {"protocol": "broadcast", "data": "x", "after": []any{}},
		"request":   {"protocol": "unicast", "peer": someone, "data": "x"},
		"estimate":  {"protocol": "size"}, "describe": {"protocol": "tman", "data": []byte{1}},
		"crash":     {},
		"send":      {"protocol": "chat", "peer": someone, "data": "x"},
		"reply":     {"protocol": "unicast", "from": someone, "request": "1", "data": "x"},
		"reject":    {"protocol": "unicast", "from": someone, "request": "1", "reason": "full", "text": "no"},
		"multicast": {"protocol": "unicast", "data": "x", "peers": []any{someone}},
	}
	optional = []string{"via", "views", "after", "peers", "reason", "text", "timeout"}
	// alien has values that no argument takes, and under a name those that it does not take.
	alien = map[string][]any{
		"": {nil, true, math.NaN(), -1.0, 1e300, fields{}, []any{nil}, []any{5.0}, "nobody and nothing of the kind"},
		// any text is good for these
		"room": {nil, true, 5.0, "", strings.Repeat("x", 65)}, "text": {nil, 5.0, strings.Repeat("x", 257)},
		"data": {nil, true, 5.0, []any{}}, "name": {nil, 5.0}, "protocol": {nil, 5.0, "messages of nobody"},
	}
)

func everything(t *testing.T) *tester {
	return newTester(t, fields{"protocols": []any{
		fields{"use": "messages", "name": "chat"},
		fields{"use": "spray"},
		fields{"use": "broadcast"},
		fields{"use": "unicast"},
		fields{"use": "size"},
		fields{"use": "tman"},
	}})
}

// call makes a call, whether it waits or not.
func (x *tester) call(method string, args any) error {
	if act := acts[method]; act != nil {
		return act(x.peer, arguments(method, args))
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	_, err := do(ctx, x.peer, method, args)
	return err
}

func TestEveryArgumentOfEveryCallIsChecked(t *testing.T) {
	x := everything(t)
	checked := 0
	bad := func(method, field string, args fields, codes ...messages.Code) {
		t.Helper()
		checked++
		err := x.call(method, args)
		if err == nil || !slices.Contains(codes, events.CodeOf(err)) || !strings.Contains(err.Error(), field) {
			t.Errorf("%s with %.80v: got %v, want one of %v that names %s", method, args, err, codes, field)
		}
	}
	methods := slices.Sorted(maps.Keys(calls))
	for _, method := range append(methods, slices.Sorted(maps.Keys(acts))...) {
		args, ok := good[method]
		if !ok {
			t.Errorf("call %s has no arguments here", method)
			continue
		}
		for field := range args {
			if !slices.Contains(optional, field) {
				less := maps.Clone(args)
				delete(less, field)
				want := field
				if field == "options" {
					want = "nothing"
				}
				bad(method, want, less, errInvalid)
			}
			aliens, ok := alien[field]
			if !ok {
				aliens = alien[""]
			}
			for _, v := range aliens {
				if field == "options" && v == nil {
					v = 5.0
				}
				other := maps.Clone(args)
				other[field] = v
				bad(method, field, other, errInvalid, messages.ErrTooBig, messages.ErrNoProtocol)
			}
		}
		more := maps.Clone(args)
		more["unheard"] = 1.0
		bad(method, "unheard", more, errInvalid)
		if calls[method] != nil {
			for _, v := range []any{nil, "soon", 0.0, -5.0, math.NaN(), math.Inf(1), 1e300} {
				more := maps.Clone(args)
				more["timeout"] = v
				bad(method, "timeout", more, errInvalid)
			}
		}
		for _, v := range []any{nil, 5.0, "x", []any{}} {
			if err := x.call(method, v); err == nil || events.CodeOf(err) != errInvalid {
				t.Errorf("%s with %v instead of an object: %v", method, v, err)
			}
		}
	}
	if len(good) != len(calls)+len(acts) || checked < 200 {
		t.Errorf("%d calls are here, there are %d; %d mistakes were made", len(good), len(calls)+len(acts), checked)
	}
	// None of the calls has done anything.
	if err := x.call("snapshot", fields{}); err != nil {
		t.Error(err)
	}
}

func TestCallsOfOtherProtocolsAreRefused(t *testing.T) {
	x := everything(t)
	for method, protocol := range map[string]string{
		"publish": "chat", "request": "broadcast", "estimate": "spray", "describe": "size",
		"send": "broadcast", "reply": "chat", "reject": "chat", "multicast": "chat",
	} {
		args := maps.Clone(good[method])
		args["protocol"] = protocol
		err := x.call(method, args)
		refused(t, method, err, errInvalid)
		if err != nil && !strings.Contains(err.Error(), protocol) {
			t.Errorf("%s: %v does not name %s", method, err, protocol)
		}
		args["protocol"] = "nothing"
		refused(t, method, x.call(method, args), messages.ErrNoProtocol)
	}
	_, err := x.try("toast", fields{})
	refused(t, "an unknown call", err, errInvalid)
}

func TestWhatIsTooLargeIsRefused(t *testing.T) {
	x := newTester(t, fields{"protocols": []any{
		fields{"use": "messages", "name": "chat", "content": "text"},
		fields{"use": "messages", "name": "fast", "delivery": "lossy"},
		fields{"use": "broadcast", "maxPayload": 10.0},
		fields{"use": "unicast", "maxPayload": 10.0},
		fields{"use": "tman"},
	}})
	for _, c := range []struct {
		method, protocol string
		data             any
		code             messages.Code
	}{
		{"send", "chat", strings.Repeat("x", messages.MaxMessage-15), messages.ErrTooBig},
		{"send", "chat", []byte("bytes"), errInvalid},
		{"send", "fast", make([]byte, maxLossy+1), messages.ErrTooBig},
		{"publish", "broadcast", "12345678901", messages.ErrTooBig},
		{"request", "unicast", "12345678901", messages.ErrTooBig},
		{"reply", "unicast", "12345678901", messages.ErrTooBig},
		{"multicast", "unicast", "12345678901", messages.ErrTooBig},
		{"describe", "tman", make([]byte, 257), messages.ErrTooBig},
	} {
		args := maps.Clone(good[c.method])
		args["protocol"], args["data"] = c.protocol, c.data
		refused(t, c.method, x.call(c.method, args), c.code)
	}
}

func TestOptionsAreChecked(t *testing.T) {
	for _, c := range []struct {
		options any
		names   string
	}{
		{nil, "options"},
		{fields{}, "identity"},
		{fields{"identity": "tab"}, "identity"},
		{fields{"identity": make([]byte, 31)}, "identity.seed"},
		{given(fields{"loopback": 1.0}), "loopback"},
		{given(fields{"network": 1.0}), "network"},
		{given(fields{"network": ""}), "network"},
		{given(fields{"network": strings.Repeat("x", 65)}), "network"},
		{given(fields{"unheard": 1.0}), "unheard"},
		{given(fields{"signaling": "ws://a"}), "signaling"},
		{given(fields{"signaling": []any{"ws://a", 5.0}}), "signaling[1]"},
		{given(fields{"signaling": []any{"ws://a", "ws://a"}}), "signaling[1]"},
		{given(fields{"signaling": make([]any, 17)}), "signaling"},
		{given(fields{"iceServers": []any{fields{}}}), "iceServers[0].urls"},
		{given(fields{"iceServers": []any{fields{"urls": 5.0}}}), "iceServers[0].urls"},
		{given(fields{"iceServers": []any{fields{"urls": "stun:a", "name": "x"}}}), "iceServers[0].name"},
		{given(fields{"limits": 5.0}), "limits"},
		{given(fields{"limits": fields{"linger": 0.0}}), "linger"},
		{given(fields{"limits": fields{"linger": "1s"}}), "limits.linger"},
		{given(fields{"limits": fields{"linger": math.Inf(1)}}), "limits.linger"},
		{given(fields{"limits": fields{"maxConnections": 1.5}}), "limits.maxConnections"},
		{given(fields{"limits": fields{"maxConnections": 0.0}}), "maxConnections"},
		{given(fields{"limits": fields{"maxProtocols": 65.0}}), "maxProtocols"},
		{given(fields{"limits": fields{"signalRate": math.NaN()}}), "limits.signalRate"},
		{given(fields{"limits": fields{"network": "n2n"}}), "limits.network"},
		{given(fields{"limits": fields{"gatherTimeout": 0.0}}), "gatherTimeout"},
		{given(fields{"protocols": []any{5.0}}), "protocols[0]"},
		{given(fields{"protocols": []any{fields{}}}), "protocols[0].use"},
		{given(fields{"protocols": []any{fields{"use": "toast"}}}), "protocols[0].use"},
		{given(fields{"protocols": []any{fields{"use": "messages"}}}), "protocols[0].name"},
		{given(fields{"protocols": []any{fields{"use": "messages", "name": "A"}}}), "protocols[0].name"},
		{given(fields{"protocols": []any{fields{"use": "messages", "name": "a", "content": "toast"}}}), "protocols[0].content"},
		{given(fields{"protocols": []any{fields{"use": "messages", "name": "a", "delivery": 1.0}}}), "protocols[0].delivery"},
		{given(fields{"protocols": []any{fields{"use": "spray"}, fields{"use": "cyclon", "shuffle": 99.0}}}), "shuffle"},
		{given(fields{"protocols": []any{fields{"use": "spray", "a": math.NaN()}}}), "protocols[0].a"},
		{given(fields{"protocols": []any{fields{"use": "tman", "rank": "best"}}}), "protocols[0].rank"},
		{given(fields{"protocols": []any{fields{"use": "tman", "rank": "nearest", "data": []byte{1}}}}), "data"},
		{given(fields{"protocols": []any{fields{"use": "plumtree", "iHaveTimeout": 1e6}}}), "iHaveTimeout"},
		{given(fields{"limits": fields{"maxProtocols": 1.0}, "protocols": []any{fields{"use": "spray"}, fields{"use": "size"}}}), "protocols"},
	} {
		_, err := readOptions(c.options)
		refused(t, c.names, err, errInvalid)
		if err != nil && !strings.Contains(err.Error(), c.names) {
			t.Errorf("%v: it does not name %s", err, c.names)
		}
	}
	for _, more := range []fields{
		{"signaling": []any{"ftp://a"}},
		{"iceServers": []any{fields{"urls": "toast"}}},
	} {
		o, err := readOptions(given(more))
		if err == nil {
			_, err = startPeer(system(), quiet, o, func(fields) {})
		}
		refused(t, "options that only others understand", err, errInvalid)
	}
	o, err := readOptions(given(fields{"protocols": []any{fields{"use": "spray"}, fields{"use": "cyclon", "name": "spray"}}}))
	if err == nil {
		_, err = startPeer(system(), quiet, o, func(fields) {})
	}
	refused(t, "two protocols of one name", err, messages.ErrDuplicate)
}
