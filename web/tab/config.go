//go:build js

package main

import (
	"strings"
	"time"
	"unicode"

	"github.com/n2n-overlay/n2n/catalog"
)

// config reads options into the fields of a Config, which is a pointer to a struct.
func (o *object) config(config any) {
	for field, into := range catalog.Fields(config) {
		name := pageName(field.Name)
		switch into := into.(type) {
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

// pageName returns the name of a Go field in a page, in camelCase: RequestTimeout is
// requestTimeout, IHaveTimeout is iHaveTimeout and TTL is ttl.
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

// inPageNames rewrites an error text of Validate of some Configs with the names of a page.
func inPageNames(text string, configs ...any) string {
	names := map[string]string{}
	for _, config := range configs {
		for field := range catalog.Fields(config) {
			names[field.Name] = pageName(field.Name)
		}
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
