//go:build js

package main

import (
	"reflect"
	"strings"
	"time"
	"unicode"
)

// config reads the fields of a Config, a pointer to a struct, that are texts, numbers,
// times and bytes. By reflection: there are a dozen of them, and what a Config gains a
// page can say at once.
func (o *object) config(config any) {
	v := reflect.ValueOf(config).Elem()
	for i := range v.NumField() {
		name := pageName(v.Type().Field(i).Name)
		switch into := v.Field(i).Addr().Interface().(type) {
		case *string:
			o.text(name, into)
		case *int:
			o.whole(name, into)
		case *float64:
			o.number(name, into)
		case *time.Duration:
			o.duration(name, into)
		case *[]byte:
			o.bytes(name, into)
		}
	}
}

// pageName is how a page writes the name of a Go field: camelCase, so that
// RequestTimeout is requestTimeout, IHaveTimeout iHaveTimeout and TTL ttl.
func pageName(name string) string {
	letters := []rune(name)
	for i := range letters {
		last := i+1 == len(letters)
		if i > 0 && !last && unicode.IsLower(letters[i+1]) || unicode.IsLower(letters[i]) {
			break
		}
		letters[i] = unicode.ToLower(letters[i])
	}
	return string(letters)
}

// inPageNames rewrites what a Config's Validate says with the names of a page.
func inPageNames(text string, config any) string {
	t := reflect.TypeOf(config).Elem()
	names := map[string]string{}
	for i := range t.NumField() {
		names[t.Field(i).Name] = pageName(t.Field(i).Name)
	}
	var out strings.Builder
	for len(text) > 0 {
		end := strings.IndexFunc(text, func(r rune) bool { return !unicode.IsLetter(r) })
		switch {
		case end < 0:
			end = len(text)
		case end == 0:
			end = 1
		}
		word := text[:end]
		if name, ok := names[word]; ok {
			word = name
		}
		out.WriteString(word)
		text = text[end:]
	}
	return out.String()
}
