//go:build js

package main

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

// object is an object from a page, read field by field. Each method reads one field, and
// changes nothing if the page does not give it. done returns the first error, or one
// about fields that were not read.
type object struct {
	path   string // in front of its fields, with a dot at the end
	fields map[string]any
	read   map[string]bool
	err    error
}

// newObject reads v. Errors call it by name.
func newObject(name string, v any) *object {
	o := &object{path: name + ".", read: map[string]bool{}}
	var ok bool
	if o.fields, ok = v.(map[string]any); !ok {
		o.err = invalidf("%s is %s, must be an object", name, describe(v))
	}
	return o
}

// arguments reads the arguments of a call of a method.
func arguments(method string, v any) *object {
	o := newObject(method, v)
	o.path = method + ": "
	return o
}

// take returns a field and notes that it was read.
func (o *object) take(name string) (any, bool) {
	o.read[name] = true
	v, ok := o.fields[name]
	return v, ok && o.err == nil
}

func (o *object) bad(name string, v any, rule string) {
	if o.err == nil {
		o.err = invalidf("%s%s is %s, must be %s", o.path, name, describe(v), rule)
	}
}

// need notes an error if a field is missing.
func (o *object) need(names ...string) {
	for _, name := range names {
		if _, ok := o.fields[name]; !ok && o.err == nil {
			o.err = invalidf("%s%s is missing", o.path, name)
		}
	}
}

func (o *object) done() error {
	if o.err != nil {
		return o.err
	}
	for _, name := range slices.Sorted(maps.Keys(o.fields)) {
		if !o.read[name] {
			return invalidf("%s%s is unknown, there are only %v", o.path, name, slices.Sorted(maps.Keys(o.read)))
		}
	}
	return nil
}

func (o *object) text(name string, into *string) {
	if v, ok := o.take(name); ok {
		if *into, ok = v.(string); !ok {
			o.bad(name, v, "a string")
		}
	}
}

// choice reads one of some words; *into is its index.
func (o *object) choice(name string, into *int, words ...string) {
	if v, ok := o.take(name); ok {
		word, _ := v.(string)
		if i := slices.Index(words, word); i >= 0 {
			*into = i
			return
		}
		o.bad(name, v, fmt.Sprintf("one of %v", words))
	}
}

func (o *object) flag(name string, into *bool) {
	if v, ok := o.take(name); ok {
		if *into, ok = v.(bool); !ok {
			o.bad(name, v, "true or false")
		}
	}
}

func (o *object) number(name string, into *float64) {
	if v, ok := o.take(name); ok {
		n, isNumber := v.(float64)
		if !isNumber || math.IsNaN(n) || math.IsInf(n, 0) {
			o.bad(name, v, "a finite number")
			return
		}
		*into = n
	}
}

// whole reads a whole number. The caller checks its bounds.
func (o *object) whole(name string, into *int) {
	if v, ok := o.take(name); ok {
		n, isNumber := v.(float64)
		if !isNumber || n != math.Trunc(n) || math.Abs(n) > math.MaxInt32 {
			o.bad(name, v, "a whole number")
			return
		}
		*into = int(n)
	}
}

// duration reads milliseconds.
func (o *object) duration(name string, into *time.Duration) {
	if v, ok := o.take(name); ok {
		n, isNumber := v.(float64)
		if most := float64(protocols.MaxWait / time.Millisecond); !isNumber || !(math.Abs(n) <= most) {
			o.bad(name, v, fmt.Sprintf("a number of milliseconds, at most %.0f", most))
			return
		}
		*into = time.Duration(n * float64(time.Millisecond))
	}
}

func (o *object) bytes(name string, into *[]byte) {
	if v, ok := o.take(name); ok {
		if *into, ok = v.([]byte); !ok {
			o.bad(name, v, "a Uint8Array")
		}
	}
}

// data reads the data to send, bytes or text.
func (o *object) data(name string, into *[]byte, isText *bool) {
	if v, ok := o.take(name); ok {
		switch v := v.(type) {
		case []byte:
			*into, *isText = v, false
		case string:
			*into, *isText = []byte(v), true
		default:
			o.bad(name, v, "a Uint8Array or a string")
		}
	}
}

// list reads an array of at most that many elements.
func (o *object) list(name string, most int) []any {
	v, ok := o.take(name)
	if !ok {
		return nil
	}
	list, ok := v.([]any)
	if !ok {
		o.bad(name, v, "an array")
		return nil
	}
	if len(list) > most {
		o.bad(name, v, fmt.Sprintf("an array of at most %d", most))
		return nil
	}
	return list
}

func (o *object) peer(name string, into *messages.PeerID) {
	if v, ok := o.take(name); ok {
		o.parsePeer(name, v, into)
	}
}

// peers reads an array of PeerIDs; nil if there is none.
func (o *object) peers(name string, most int) []messages.PeerID {
	list := o.list(name, most)
	if list == nil {
		return nil
	}
	peers := make([]messages.PeerID, len(list))
	for i, v := range list {
		o.parsePeer(fmt.Sprintf("%s[%d]", name, i), v, &peers[i])
	}
	return peers
}

func (o *object) parsePeer(name string, v any, into *messages.PeerID) {
	text, _ := v.(string)
	id, err := messages.ParsePeerID(text)
	if err != nil || id.IsZero() {
		o.bad(name, v, "a PeerID: 32 characters of lower-case base32")
		return
	}
	*into = id
}

// within reads an object among the fields; nil if there is none.
func (o *object) within(name string) *object {
	v, ok := o.take(name)
	if !ok {
		return nil
	}
	return newObject(o.path+name, v)
}

// end notes the error of an object among the fields.
func (o *object) end(within *object) {
	if err := within.done(); o.err == nil {
		o.err = err
	}
}

// describe says in a few words what a value is.
func describe(v any) string {
	switch v := v.(type) {
	case nil:
		return "nothing"
	case string:
		return fmt.Sprintf("%.60q", v)
	case []byte:
		return fmt.Sprintf("a Uint8Array of %d", len(v))
	case []any:
		return fmt.Sprintf("an array of %d", len(v))
	case map[string]any:
		return "an object"
	default:
		return fmt.Sprint(v)
	}
}
