package catalog

import (
	"encoding/hex"
	"fmt"
	"iter"
	"maps"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// Fields yields the fields of a Config, a pointer to a struct, that can have options:
// texts, numbers, times and bytes. Each comes with its name in Go, the key by which
// texts set it, and a pointer to it. So a new field of a Config has an option at
// once.
func Fields(config any) iter.Seq2[Field, any] {
	return func(yield func(Field, any) bool) {
		v := reflect.ValueOf(config).Elem()
		for i := range v.NumField() {
			switch into := v.Field(i).Addr().Interface().(type) {
			case *string, *int, *float64, *time.Duration, *[]byte:
				if !yield(fieldOf(v.Type().Field(i)), into) {
					return
				}
			}
		}
	}
}

// Field has the names of a field of a Config.
type Field struct {
	Name string // such as MaxJoins
	Key  string // such as max_joins
}

// fieldOf finds the key of a field: its tag option, or else its name in lower case,
// with _ between words.
func fieldOf(f reflect.StructField) Field {
	if key := f.Tag.Get("option"); key != "" {
		return Field{f.Name, key}
	}
	var key []rune
	lower := false
	for _, r := range f.Name {
		if lower && unicode.IsUpper(r) {
			key = append(key, '_')
		}
		lower = unicode.IsLower(r)
		key = append(key, unicode.ToLower(r))
	}
	return Field{f.Name, string(key)}
}

// OptionError says what is wrong with options that were given as texts.
type OptionError struct {
	Key  string // of the option; empty: all options together break a rule
	What string // what was found and what was expected
}

// Error implements error.
func (e *OptionError) Error() string { return e.What }

// Make makes the protocol from options that are texts, by key. The error is an
// *OptionError.
func (k Kind) Make(over string, given map[string]string) (Made, error) {
	t := texts{given: given, values: map[string]any{}}
	made, err := k.New(over, t.set)
	if t.wrong == nil {
		for _, key := range slices.Sorted(maps.Keys(given)) {
			if !slices.Contains(t.keys, key) {
				t.wrong = &OptionError{key, fmt.Sprintf("%s has no option %q, expected one of %s", k.Name, key, strings.Join(t.keys, ", "))}
				break
			}
		}
	}
	switch {
	case t.wrong != nil:
		return Made{}, t.wrong
	case err != nil:
		return Made{}, &OptionError{What: err.Error()}
	}
	made.Options = t.values
	return made, nil
}

// Keys lists the options of Make.
func (k Kind) Keys() []string {
	var t texts
	_, _ = k.New("", t.set) // which calls set before anything can fail
	return t.keys
}

// texts are options that were given as texts.
type texts struct {
	given map[string]string
	keys  []string // of all options
	// values are those of all options; nil: nobody asks.
	values map[string]any
	wrong  *OptionError
}

// set is the Options of texts. Bytes cannot be given as texts.
func (t *texts) set(configs ...any) error {
	for _, config := range configs {
		for field, into := range Fields(config) {
			if _, bytes := into.(*[]byte); bytes {
				continue
			}
			t.keys = append(t.keys, field.Key)
			text, given := t.given[field.Key]
			if given && t.wrong == nil {
				if expected, ok := read(text, into); !ok {
					t.wrong = &OptionError{field.Key, fmt.Sprintf("%s: expected %s, not %q", field.Key, expected, text)}
				}
			}
			if t.values != nil {
				t.values[field.Key] = Value(into)
			}
		}
	}
	if t.wrong != nil {
		return t.wrong
	}
	return nil
}

// Value is the value of a field that Fields yields: a text, a number, or a time as a text.
// Bytes are a text in hexadecimal.
func Value(field any) any {
	switch field := field.(type) {
	case *string:
		return *field
	case *float64:
		return *field
	case *int:
		return *field
	case *time.Duration:
		return field.String()
	case *[]byte:
		return hex.EncodeToString(*field)
	default:
		panic(fmt.Sprintf("catalog: a field of type %T has no option", field))
	}
}

// read reads a text into a field, or says what it would have to be.
func read(text string, into any) (expected string, ok bool) {
	var err error
	switch into := into.(type) {
	case *string:
		*into = text
	case *float64:
		*into, err = strconv.ParseFloat(text, 64)
		return "a number", err == nil && !math.IsNaN(*into) && !math.IsInf(*into, 0)
	case *int:
		*into, err = strconv.Atoi(text)
		return "a whole number from 0 to " + strconv.Itoa(math.MaxInt32), err == nil && *into >= 0 && *into <= math.MaxInt32
	case *time.Duration:
		*into, err = time.ParseDuration(text)
		return "a duration such as 500ms, 30s or 5m", err == nil && *into >= 0
	}
	return "", true
}
