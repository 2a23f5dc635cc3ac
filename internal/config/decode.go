package config

import (
	"errors"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/encfg/encfg/internal/suggest"
	"gopkg.in/yaml.v3"
)

// fields tells how to read each field of a map. The field "" takes what has no
// other reader and is not nearly the name of another field; it says errUnknown
// for what it does not want.
type fields map[string]func(*yaml.Node) error

var errUnknown = errors.New("unknown field")

// maxDepth bounds nested structures: yaml's anchors can contain themselves.
const maxDepth = 20

// pair is one field of a map.
type pair struct{ key, value *yaml.Node }

// mapping reads a map, which is called what in messages, in the order of the
// file. Fields that are null count as absent.
func (l *loader) mapping(n *yaml.Node, what string, fs fields) error {
	pairs, err := l.pairs(n, what)
	if err != nil {
		return err
	}
	for _, p := range pairs {
		read, rest := fs[p.key.Value], fs[""]
		switch {
		case p.key.Value != "" && read != nil:
			if v := deref(p.value); v != nil && v.Tag == "!!null" {
				continue
			}
			err = read(p.value)
		case rest != nil && suggest.Nearest(p.key.Value, known(fs)) == "":
			err = rest(p.value)
		default:
			err = errUnknown
		}
		if errors.Is(err, errUnknown) {
			err = l.unknown(p.key, what, fs)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// unknown says what is wrong with a field's name.
func (l *loader) unknown(key *yaml.Node, what string, fs fields) error {
	hint := "it takes no fields"
	if names := known(fs); len(names) > 0 {
		hint = "known are " + strings.Join(names, ", ")
	}
	if near := suggest.Nearest(key.Value, known(fs)); near != "" {
		hint = "did you mean " + near + "?"
	}
	if !l.own && slices.Contains(ownFields, key.Value) {
		hint = "this field belongs in " + OwnName
	}
	return l.errorAt(key, hint, "unknown field %q in %s", key.Value, what)
}

// known gives the names of the fields in order.
func known(fs fields) []string {
	names := slices.Sorted(maps.Keys(fs))
	return slices.DeleteFunc(names, func(s string) bool { return s == "" })
}

// pairs gives the fields of a map with merged ones (<<) at the end. A field
// that is there twice is an error.
func (l *loader) pairs(n *yaml.Node, what string) ([]pair, error) {
	out, merges, err := l.ownPairs(n, what)
	if err != nil {
		return nil, err
	}
	for depth := 0; len(merges) > 0; depth++ {
		m := deref(merges[0])
		merges = merges[1:]
		if depth > maxDepth {
			return nil, l.errorAt(n, "", "too many merged maps")
		}
		if m != nil && m.Kind == yaml.SequenceNode {
			merges = append(slices.Clone(m.Content), merges...)
			continue
		}
		more, nested, err := l.ownPairs(m, what)
		if err != nil {
			return nil, err
		}
		for _, p := range more {
			if !slices.ContainsFunc(out, func(o pair) bool { return o.key.Value == p.key.Value }) {
				out = append(out, p)
			}
		}
		merges = append(nested, merges...)
	}
	return out, nil
}

// ownPairs gives the fields of a map and, apart, what is merged into it.
func (l *loader) ownPairs(n *yaml.Node, what string) (out []pair, merges []*yaml.Node, err error) {
	n, err = l.follow(n, yaml.MappingNode, what, "a map")
	if err != nil {
		return nil, nil, err
	}
	seen := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := deref(n.Content[i]), n.Content[i+1]
		if key == nil || key.Kind != yaml.ScalarNode {
			return nil, nil, l.errorAt(n.Content[i], "", "the name of a field in %s must be a text", what)
		}
		if key.Tag == "!!merge" {
			merges = append(merges, value)
			continue
		}
		if line := seen[key.Value]; line > 0 {
			return nil, nil, l.errorAt(key, "", "the field %q is already at line %d", key.Value, line)
		}
		seen[key.Value] = key.Line
		out = append(out, pair{key, value})
	}
	return out, merges, nil
}

// list gives the entries of a list.
func (l *loader) list(n *yaml.Node, what string) ([]*yaml.Node, error) {
	n, err := l.follow(n, yaml.SequenceNode, what, "a list")
	if err != nil {
		return nil, err
	}
	return n.Content, nil
}

// follow resolves aliases and checks the kind.
func (l *loader) follow(n *yaml.Node, kind yaml.Kind, what, want string) (*yaml.Node, error) {
	if l.visits++; l.visits > maxVisits {
		return nil, l.errorAt(n, "", "the configuration has too many entries")
	}
	v := deref(n)
	if v == nil {
		return nil, l.errorAt(n, "", "%s: an alias leads nowhere", what)
	}
	if v.Kind != kind {
		return nil, l.errorAt(n, "", "%s must be %s, not %s", what, want, kindOf(v))
	}
	return v, nil
}

// deref follows aliases; nil if there is no end to them.
func deref(n *yaml.Node) *yaml.Node {
	for range maxDepth {
		if n == nil || n.Kind != yaml.AliasNode {
			return n
		}
		n = n.Alias
	}
	return nil
}

// kindOf is a node's kind in words.
func kindOf(n *yaml.Node) string {
	switch {
	case n.Kind == yaml.MappingNode:
		return "a map"
	case n.Kind == yaml.SequenceNode:
		return "a list"
	case n.Tag == "!!null":
		return "empty"
	case n.Tag == "!!bool":
		return "true or false"
	case n.Tag == "!!int", n.Tag == "!!float":
		return "a number"
	}
	return "a text"
}

// scalar gives a single value of any type but null.
func (l *loader) scalar(n *yaml.Node, what, want string) (*yaml.Node, error) {
	v, err := l.follow(n, yaml.ScalarNode, what, want)
	if err == nil && v.Tag == "!!null" {
		err = l.errorAt(n, "", "%s must be %s, not empty", what, want)
	}
	return v, err
}

// text reads a text into dst. Numbers count as text, as a key's fingerprint
// can consist of digits alone.
func (l *loader) text(dst *string, what string) func(*yaml.Node) error {
	return func(n *yaml.Node) error {
		v, err := l.scalar(n, what, "a text")
		if err != nil {
			return err
		}
		if v.Tag == "!!bool" || v.Tag == "!!binary" {
			return l.errorAt(n, "put quotes around it", "%s must be a text, not %s", what, kindOf(v))
		}
		*dst = v.Value
		return nil
	}
}

// flag reads true or false into dst, in all spellings that yaml knows.
func (l *loader) flag(dst *bool, what string) func(*yaml.Node) error {
	return func(n *yaml.Node) error {
		v, err := l.scalar(n, what, "true or false")
		if err == nil && v.Decode(dst) != nil {
			err = l.errorAt(n, "", "%s must be true or false", what)
		}
		return err
	}
}

// number reads an integer that is not negative into dst.
func (l *loader) number(dst *int, what string) func(*yaml.Node) error {
	return func(n *yaml.Node) error {
		v, err := l.scalar(n, what, "a number")
		if err == nil && (v.Tag != "!!int" || v.Decode(dst) != nil || *dst < 0) {
			err = l.errorAt(n, "", "%s must be a whole number that is not negative", what)
		}
		return err
	}
}

// regex reads a regular expression; the text goes to dst. It gives nil for an
// empty one.
func (l *loader) regex(dst *string, compiled **regexp.Regexp, what string) func(*yaml.Node) error {
	return func(n *yaml.Node) error {
		if err := l.text(dst, what)(n); err != nil || *dst == "" {
			return err
		}
		re, err := regexp.Compile(*dst)
		if err != nil {
			return l.errorAt(n, regexHint, "%s is no valid regular expression: %s", what, regexReason(err))
		}
		*compiled = re
		return nil
	}
}

const regexHint = "the syntax is that of Go, without look-ahead: https://pkg.go.dev/regexp/syntax"

// regexReason shortens an error of the regexp package.
func regexReason(err error) string {
	return strings.TrimPrefix(err.Error(), "error parsing regexp: ")
}
