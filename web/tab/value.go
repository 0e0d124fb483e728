//go:build js

package main

import (
	"syscall/js"
)

// fields are an object of a page as a Go value.
type fields = map[string]any

// maxDepth is how deep objects of a page can be nested. Options have four levels.
const maxDepth = 8

// fromPage returns a value of a page as bool, float64, string, []byte, []any or
// map[string]any, and any other as nil. Bytes are a copy.
func fromPage(v js.Value) any { return fromPageWithin(v, maxDepth) }

func fromPageWithin(v js.Value, depth int) any {
	switch v.Type() {
	case js.TypeBoolean:
		return v.Bool()
	case js.TypeNumber:
		return v.Float()
	case js.TypeString:
		return v.String()
	case js.TypeObject:
		if depth == 0 {
			return nil
		}
		return objectFromPage(v, depth-1)
	default:
		return nil
	}
}

func objectFromPage(v js.Value, depth int) any {
	switch {
	case v.InstanceOf(js.Global().Get("Uint8Array")):
		b := make([]byte, v.Length())
		js.CopyBytesToGo(b, v)
		return b
	case v.InstanceOf(js.Global().Get("Array")):
		list := make([]any, v.Length())
		for i := range list {
			list[i] = fromPageWithin(v.Index(i), depth)
		}
		return list
	}
	names := js.Global().Get("Object").Call("keys", v)
	fields := make(map[string]any, names.Length())
	for i := range names.Length() {
		if name := names.Index(i).String(); v.Get(name).Type() != js.TypeUndefined {
			fields[name] = fromPageWithin(v.Get(name), depth)
		}
	}
	return fields
}

// toPage returns a value that js.ValueOf takes. Bytes in it become a new Uint8Array.
func toPage(v any) any {
	switch v := v.(type) {
	case []byte:
		array := js.Global().Get("Uint8Array").New(len(v))
		js.CopyBytesToJS(array, v)
		return array
	case map[string]any:
		object := js.Global().Get("Object").New()
		for name, field := range v {
			object.Set(name, toPage(field))
		}
		return object
	case []any:
		for i := range v {
			v[i] = toPage(v[i])
		}
	}
	return v
}
