package scenario

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// node is a part of a YAML file.
type node struct {
	ast.Node
	file *file
}

// file is a YAML file, and the parameters that its values may name.
type file struct {
	name       string
	parameters map[string]value
}

// parse returns the one document of a file.
func parse(name string, text []byte) (node, error) {
	f := &file{name: name, parameters: map[string]value{}}
	parsed, err := parser.ParseBytes(text, 0)
	if err != nil {
		var at yaml.Error
		if errors.As(err, &at) && at.GetToken() != nil {
			return node{}, mistake(f.at(at.GetToken().Position.Line), "this is no YAML: %s", at.GetMessage())
		}
		return node{}, mistake(name, "this is no YAML: %v", err)
	}
	var body ast.Node
	for _, doc := range parsed.Docs {
		switch {
		case doc.Body == nil:
		case body != nil:
			return node{}, mistake(f.at(doc.Body.GetToken().Position.Line), "expected one document, here begins another")
		default:
			body = doc.Body
		}
	}
	if body == nil {
		return node{}, mistake(f.at(1), "expected a scenario, the file is empty")
	}
	return node{body, f}, nil
}

func (f *file) at(line int) string { return fmt.Sprintf("%s:%d", f.name, line) }

func (n node) place() string { return n.file.at(n.GetToken().Position.Line) }

// key is one that a mapping may have.
type key struct {
	name string
	read func(node) error
}

// pair is a key of a mapping and what belongs to it.
type pair struct {
	key, value node
	name       string
}

// pairs lists what a mapping holds, in its order.
func (n node) pairs(what string) ([]pair, error) {
	var entries []*ast.MappingValueNode
	switch m := n.Node.(type) {
	case *ast.MappingNode:
		entries = m.Values
	case *ast.MappingValueNode:
		entries = []*ast.MappingValueNode{m}
	case *ast.NullNode:
	default:
		return nil, mistake(n.place(), "%s: expected keys and values, not %s", what, n.kind())
	}
	var all []pair
	for _, e := range entries {
		name, ok := scalar(e.Key)
		if !ok {
			return nil, mistake(n.file.at(e.Key.GetToken().Position.Line), "%s: expected a plain key", what)
		}
		all = append(all, pair{node{e.Key, n.file}, node{e.Value, n.file}, name})
	}
	return all, nil
}

// mapping reads the keys that are there, in the order of keys.
func (n node) mapping(what string, keys ...key) error {
	pairs, err := n.pairs(what)
	if err != nil {
		return err
	}
	names := make([]string, len(keys))
	for i, k := range keys {
		names[i] = k.name
	}
	for _, p := range pairs {
		if !slices.Contains(names, p.name) {
			return mistake(p.key.place(), "%s has no key %q, %s", what, p.name, oneOf(names))
		}
	}
	for _, k := range keys {
		for _, p := range pairs {
			if p.name == k.name {
				if err := k.read(p.value); err != nil {
					return within(k.name, err)
				}
			}
		}
	}
	return nil
}

// within says which key a mistake belongs to.
func within(name string, err error) error {
	var m *Mistake
	if errors.As(err, &m) && strings.HasPrefix(m.What, "expected ") {
		return mistake(m.Place, "%s: %s", name, m.What)
	}
	return err
}

// list returns the elements of a sequence.
func (n node) list() ([]node, error) {
	s, ok := n.Node.(*ast.SequenceNode)
	if !ok {
		return nil, mistake(n.place(), "expected a list, not %s", n.kind())
	}
	all := make([]node, len(s.Values))
	for i, v := range s.Values {
		all[i] = node{v, n.file}
	}
	return all, nil
}

// scalar returns a value, or that of the parameter which it names.
func (n node) scalar() (value, error) {
	text, ok := scalar(n.Node)
	if !ok {
		return value{}, mistake(n.place(), "expected one value, not %s", n.kind())
	}
	name, is := strings.CutPrefix(text, "$")
	if !is {
		return value{text, n.place()}, nil
	}
	v, ok := n.file.parameters[name]
	if !ok {
		return value{}, mistake(n.place(), "there is no parameter %q, %s", name, oneOf(sortedKeys(n.file.parameters)))
	}
	return v, nil
}

// one makes the reader of a scalar.
func one(read func(value) error) func(node) error {
	return func(n node) error {
		v, err := n.scalar()
		if err != nil {
			return err
		}
		return read(v)
	}
}

func scalar(n ast.Node) (string, bool) {
	switch s := n.(type) {
	case *ast.StringNode:
		return s.Value, true
	case *ast.LiteralNode:
		return s.Value.Value, true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		return n.GetToken().Value, true
	default:
		return "", false
	}
}

func (n node) kind() string {
	switch n.Node.(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
		return "keys and values"
	case *ast.SequenceNode:
		return "a list"
	case *ast.NullNode:
		return "nothing"
	case *ast.AnchorNode, *ast.AliasNode, *ast.TagNode:
		return "an anchor, alias or tag"
	default:
		return "a single value"
	}
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
