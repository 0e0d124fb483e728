//go:build js

package main

import (
	"bytes"
	"reflect"
	"syscall/js"
	"testing"
	"time"
)

// settled is the result of a promise of the page.
type settled struct {
	code, text string
	value      js.Value
}

// promise returns a settle function and the channel of its results.
func promise(t *testing.T) (js.Func, chan settled) {
	done := make(chan settled, 2)
	f := js.FuncOf(func(_ js.Value, args []js.Value) any {
		s := settled{}
		if args[0].Truthy() {
			s.code, s.text = args[0].String(), args[1].String()
		}
		if len(args) > 2 {
			s.value = args[2]
		}
		done <- s
		return nil
	})
	t.Cleanup(f.Release)
	return f, done
}

func (s settled) is(t *testing.T, what, code string) {
	t.Helper()
	if s.code != code || (s.text == "") != (code == "") {
		t.Errorf("%s: settled with %q %q, want %q", what, s.code, s.text, code)
	}
}

func await(t *testing.T, done chan settled) settled {
	t.Helper()
	select {
	case s := <-done:
		return s
	case <-time.After(patience):
		t.Fatal("it is not settled")
		return settled{}
	}
}

func TestValuesComeBackAsTheyWere(t *testing.T) {
	for _, v := range []any{
		nil, true, 5.5, "snow ☃",
		[]byte{1, 2, 3},
		[]byte{},
		[]any{1.0, "x", []byte{4}},
		map[string]any{"a": map[string]any{"b": []any{nil, false}}},
	} {
		given := js.ValueOf(toPage(clone(v)))
		if got := fromPage(given); !reflect.DeepEqual(got, v) {
			t.Errorf("%v comes back as %v", v, got)
		}
	}
	strange := js.Global().Call("eval", "({u: undefined, f() {}, s: Symbol('s'), n: null})")
	if got := fromPage(strange); !reflect.DeepEqual(got, map[string]any{"f": nil, "s": nil, "n": nil}) {
		t.Errorf("got %v", got)
	}
	deep := js.Global().Call("eval", "{const o = {}; o.o = o; o}")
	if fromPage(deep) == nil {
		t.Error("nothing of an object that is its own")
	}
}

// clone copies a value, because toPage changes lists in place.
func clone(v any) any {
	switch v := v.(type) {
	case []any:
		list := make([]any, len(v))
		for i := range v {
			list[i] = clone(v[i])
		}
		return list
	case map[string]any:
		m := map[string]any{}
		for name := range v {
			m[name] = clone(v[name])
		}
		return m
	default:
		return v
	}
}

func TestBytesAreCopied(t *testing.T) {
	array := js.Global().Get("Uint8Array").New(3)
	got := fromPage(array).([]byte)
	array.SetIndex(0, 7)
	if !bytes.Equal(got, make([]byte, 3)) {
		t.Errorf("got %v", got)
	}
}

func TestThePageStartsCallsAndEndsAPeer(t *testing.T) {
	b := newBinding(system(), quiet)
	page := js.ValueOf(b.functions())
	nothing := js.FuncOf(func(js.Value, []js.Value) any { return nil })
	t.Cleanup(nothing.Release)

	settle, done := promise(t)
	closed, ended := promise(t)
	page.Call("start", toPage(given(nil)), nothing, closed, settle)
	started := await(t, done)
	started.is(t, "start", "")
	number := started.value.Get("peer")

	page.Call("call", number, "snapshot", map[string]any{}, settle)
	s := await(t, done)
	s.is(t, "snapshot", "")
	if s.value.Get("id").String() != started.value.Get("id").String() {
		t.Error("the snapshot is of another peer")
	}
	page.Call("call", number, "nonsense", map[string]any{}, settle)
	await(t, done).is(t, "an unknown call", "invalid")
	page.Call("call", 99, "snapshot", map[string]any{}, settle)
	await(t, done).is(t, "an unknown peer", "closed")
	page.Call("call", js.Undefined(), js.Undefined(), js.Undefined(), settle)
	await(t, done).is(t, "no peer", "closed")
	if failed := page.Call("act", number, "nonsense", map[string]any{}); failed.Get("code").String() != "invalid" {
		t.Error("an unknown act")
	}
	page.Call("cancel", 99)
	page.Call("cancel", "x")
	page.Call("cancel")

	if failed := page.Call("act", number, "crash", map[string]any{}); !failed.IsUndefined() && !failed.IsNull() {
		t.Errorf("crash: %v", failed.Get("text"))
	}
	await(t, ended).is(t, "closed", "closed")
	page.Call("call", number, "snapshot", map[string]any{}, settle)
	await(t, done).is(t, "after the end", "closed")
	if failed := page.Call("act", number, "crash", map[string]any{}); failed.Get("code").String() != "closed" {
		t.Error("an act after the end")
	}
	if len(b.peers) != 0 || len(b.cancel) != 0 {
		t.Errorf("%d peers and %d calls are left", len(b.peers), len(b.cancel))
	}
}

func TestACallThatIsCancelledIsOver(t *testing.T) {
	b := newBinding(system(), quiet)
	page := js.ValueOf(b.functions())
	nothing := js.FuncOf(func(js.Value, []js.Value) any { return nil })
	t.Cleanup(nothing.Release)
	settle, done := promise(t)
	options := given(map[string]any{
		"signaling": []any{"ws://localhost:1/"}, "protocols": []any{map[string]any{"use": "messages", "name": "chat"}},
	})
	page.Call("start", toPage(options), nothing, nothing, settle)
	number := await(t, done).value.Get("peer")
	// The call waits, because the peer has not joined.
	call := page.Call("call", number, "contacts", map[string]any{"protocol": "chat", "count": 1}, settle)
	page.Call("cancel", call)
	await(t, done).is(t, "a cancelled call", "closed")
	page.Call("act", number, "crash", map[string]any{})
}

func TestWhatIsWrongWithOptionsIsTold(t *testing.T) {
	page := js.ValueOf(newBinding(system(), quiet).functions())
	settle, done := promise(t)
	for _, options := range []any{nil, js.Undefined(), 5, map[string]any{}, map[string]any{"identity": "x"}} {
		page.Call("start", options, settle, settle, settle)
		await(t, done).is(t, "start", "invalid")
	}
}
