// Package attribute has the labels of what is never measured.
package attribute

// KeyValue is empty.
type KeyValue struct{}

// String returns an empty KeyValue.
func String(string, string) KeyValue { return KeyValue{} }
