package formats

import (
	"errors"
	"strconv"
	"strings"
)

// sops writes its block into flat formats by joining the keys of the way to a
// value: __map_ before a map key, __list_ before a list index.
const (
	mapMark  = "__map_"
	listMark = "__list_"
)

// flatField is one line of a flattened tree. Path is its key, Value a text.
type flatField struct{ Path, Value string }

// flatten lists the values of a tree. Empty maps and lists, and nil, leave no
// trace.
func flatten(m Map) []flatField {
	var out []flatField
	for _, f := range m {
		out = flattenValue(out, f.Key, f.Value)
	}
	return out
}

func flattenValue(out []flatField, path string, value any) []flatField {
	switch v := value.(type) {
	case Map:
		for _, f := range v {
			out = flattenValue(out, path+mapMark+f.Key, f.Value)
		}
	case []any:
		for i, item := range v {
			out = flattenValue(out, path+listMark+strconv.Itoa(i), item)
		}
	case string:
		out = append(out, flatField{path, v})
	case bool:
		out = append(out, flatField{path, strconv.FormatBool(v)})
	case int:
		out = append(out, flatField{path, strconv.Itoa(v)})
	}
	return out
}

// flatNode is a tree under construction. It is one of a value, a map and a
// list, told by what is set.
type flatNode struct {
	value *string
	keys  []string // in order of appearance
	below map[string]*flatNode
	items map[int]*flatNode
}

// errFlat is all that can be said without showing the metadata.
var errFlat = errors.New("the sops block is damaged: its keys do not make a tree")

// unflatten is the reverse of flatten; all values become strings.
func unflatten(fields []flatField) (Map, error) {
	root := &flatNode{}
	for i := range fields {
		if err := root.put(fields[i].Path, &fields[i].Value); err != nil {
			return nil, err
		}
	}
	tree, err := root.tree()
	if err != nil {
		return nil, err
	}
	if m, ok := tree.(Map); ok {
		return m, nil
	}
	return nil, errFlat
}

// put sets the value at a path.
func (n *flatNode) put(path string, value *string) error {
	steps, err := flatSteps(path)
	if err != nil {
		return err
	}
	for _, s := range steps {
		if n, err = n.step(s); err != nil {
			return err
		}
	}
	if n.value != nil {
		return errFlat
	}
	n.value = value
	return nil
}

// flatStep is a map key, or a list index if list is set.
type flatStep struct {
	key   string
	index int
	list  bool
}

func flatSteps(path string) ([]flatStep, error) {
	var steps []flatStep
	list := false
	for {
		i, mark := nextMark(path)
		s := flatStep{key: path[:i], list: list}
		if list {
			var err error
			if s.index, err = strconv.Atoi(s.key); err != nil || s.index < 0 {
				return nil, errFlat
			}
		}
		steps = append(steps, s)
		if mark == "" {
			return steps, nil
		}
		path, list = path[i+len(mark):], mark == listMark
	}
}

// nextMark finds the first mark in a path; mark is "" if there is none.
func nextMark(path string) (at int, mark string) {
	m, l := strings.Index(path, mapMark), strings.Index(path, listMark)
	switch {
	case m < 0 && l < 0:
		return len(path), ""
	case l < 0 || (m >= 0 && m < l):
		return m, mapMark
	}
	return l, listMark
}

// step gives the node below n, and makes it where there is none.
func (n *flatNode) step(s flatStep) (*flatNode, error) {
	if n.value != nil || (s.list && n.below != nil) || (!s.list && n.items != nil) {
		return nil, errFlat
	}
	if s.list {
		if n.items == nil {
			n.items = map[int]*flatNode{}
		}
		if n.items[s.index] == nil {
			n.items[s.index] = &flatNode{}
		}
		return n.items[s.index], nil
	}
	if n.below == nil {
		n.below = map[string]*flatNode{}
	}
	if n.below[s.key] == nil {
		n.below[s.key] = &flatNode{}
		n.keys = append(n.keys, s.key)
	}
	return n.below[s.key], nil
}

// tree turns the node into a string, a Map or a []any.
func (n *flatNode) tree() (any, error) {
	if n.value != nil {
		if n.below != nil || n.items != nil {
			return nil, errFlat
		}
		return *n.value, nil
	}
	if n.items != nil {
		list := make([]any, len(n.items))
		for i, item := range n.items {
			v, err := item.tree()
			if err != nil || i >= len(list) {
				return nil, errFlat // a gap in the list
			}
			list[i] = v
		}
		return list, nil
	}
	m := Map{}
	for _, key := range n.keys {
		v, err := n.below[key].tree()
		if err != nil {
			return nil, err
		}
		m = append(m, Field{key, v})
	}
	return m, nil
}
