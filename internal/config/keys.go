package config

import (
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// shortKeys reads the recipients in a field of a rule: a text in which commas
// divide, or a list of such texts.
func (l *loader) shortKeys(n *yaml.Node, field string, r *Rule) error {
	items := []*yaml.Node{n}
	if v := deref(n); v != nil && v.Kind == yaml.SequenceNode {
		items = v.Content
	}
	for _, item := range items {
		var text string
		if err := l.text(&text, field)(item); err != nil {
			return err
		}
		l.noteName(item)
		for part := range strings.SplitSeq(text, ",") {
			if part = strings.TrimSpace(part); part != "" {
				r.Keys = append(r.Keys, Key{Field: field, Value: part, Line: item.Line})
			}
		}
	}
	return nil
}

// keyGroups reads the key groups of a rule.
func (l *loader) keyGroups(n *yaml.Node, r *Rule) error {
	items, err := l.list(n, "key_groups")
	if err != nil {
		return err
	}
	for _, item := range items {
		group, err := l.keyGroup(item, 0)
		if err != nil {
			return err
		}
		if len(group) == 0 {
			return l.errorAt(item, "", "the key group is empty")
		}
		r.Groups = append(r.Groups, group)
	}
	return nil
}

// keyGroup reads one group; those that are merged into it come first, and what
// is there twice counts once.
func (l *loader) keyGroup(n *yaml.Node, depth int) ([]Entry, error) {
	if depth > maxDepth {
		return nil, l.errorAt(n, "", "key groups are nested too deep")
	}
	var merged, entries []Entry
	fs := fields{"merge": func(n *yaml.Node) error {
		items, err := l.list(n, "merge")
		for _, item := range items {
			group, err := l.keyGroup(item, depth+1)
			if err != nil {
				return err
			}
			merged = append(merged, group...)
		}
		return err
	}}
	for _, k := range l.keys {
		fs[k.Group] = func(n *yaml.Node) error {
			items, err := l.list(n, k.Group)
			for _, item := range items {
				e, err := l.entry(item, k)
				if err != nil {
					return err
				}
				entries = append(entries, e)
			}
			return err
		}
	}
	if err := l.mapping(n, "a key group", fs); err != nil {
		return nil, err
	}
	return distinct(append(merged, entries...)), nil
}

// distinct drops entries that were there before.
func distinct(entries []Entry) []Entry {
	var out []Entry
	for _, e := range entries {
		if !slices.ContainsFunc(out, e.same) {
			out = append(out, e)
		}
	}
	return out
}

// same compares entries without their places.
func (e Entry) same(o Entry) bool {
	return e.Field == o.Field && slices.EqualFunc(e.Fields, o.Fields, sameField)
}

func sameField(f, o Field) bool {
	nested, isNested := f.Value.([]Field)
	others, areNested := o.Value.([]Field)
	if isNested || areNested {
		return f.Name == o.Name && isNested == areNested && slices.EqualFunc(nested, others, sameField)
	}
	return f == o
}

// entry reads one recipient of a key group.
func (l *loader) entry(n *yaml.Node, k KeyField) (Entry, error) {
	e := Entry{Field: k.Group, Line: n.Line}
	if v := deref(n); !k.Map || v != nil && v.Kind == yaml.ScalarNode && len(k.Entry) == 0 {
		var text string
		if err := l.text(&text, k.Group)(n); err != nil {
			return e, err
		}
		if strings.TrimSpace(text) == "" {
			return e, l.errorAt(n, "", "%s: the entry is empty", k.Group)
		}
		l.noteName(n)
		e.Fields = []Field{{Value: strings.TrimSpace(text)}}
		return e, nil
	}
	if v := deref(n); v != nil && v.Kind == yaml.ScalarNode && v.Tag != "!!null" {
		return e, l.errorAt(n, "write it as "+k.Entry[0]+": …", "%s must be a map, not a text", k.Group)
	}
	var err error
	e.Fields, err = l.entryFields(n, k)
	return e, err
}

// entryFields reads the fields of an entry that is a map.
func (l *loader) entryFields(n *yaml.Node, k KeyField) ([]Field, error) {
	pairs, err := l.pairs(n, "an entry of "+k.Group)
	if err != nil {
		return nil, err
	}
	known := fields{}
	for _, name := range k.Entry {
		known[name] = func(*yaml.Node) error { return nil }
	}
	var out []Field
	for _, p := range pairs {
		if len(known) > 0 && known[p.key.Value] == nil {
			return nil, l.unknown(p.key, "an entry of "+k.Group, known)
		}
		value, err := l.fieldValue(p.value, p.key.Value)
		if err != nil {
			return nil, err
		}
		if value != nil {
			out = append(out, Field{Name: p.key.Value, Value: value})
		}
	}
	if len(out) == 0 {
		return nil, l.errorAt(n, "", "%s: the entry is empty", k.Group)
	}
	return out, nil
}

// fieldValue reads a text, or a map of texts such as an encryption context;
// nil if it is null.
func (l *loader) fieldValue(n *yaml.Node, what string) (any, error) {
	v := deref(n)
	if v != nil && v.Kind == yaml.ScalarNode && v.Tag == "!!null" {
		return nil, nil
	}
	var text string
	if v == nil || v.Kind != yaml.MappingNode {
		err := l.text(&text, what)(n)
		return text, err
	}
	pairs, err := l.pairs(n, what)
	if err != nil {
		return nil, err
	}
	out := []Field{}
	for _, p := range pairs {
		var text string
		if err := l.text(&text, what+"."+p.key.Value)(p.value); err != nil {
			return nil, err
		}
		out = append(out, Field{Name: p.key.Value, Value: text})
	}
	return out, nil
}
