package formats

import (
	"strings"

	"gopkg.in/yaml.v3"
)

var _ Editor = YAML{}

// yamlMark says where a value stands in the text.
type yamlMark struct {
	before int // end of what stands in front of it: the colon, the dash
	start  int // with its properties
	dash   int // of an item of a block list
	flow   bool
	indent int // column of the block collection around it
	step   int // what a block scalar is indented by, further
	leaf   *Leaf
	stop   int // end of a scalar or an alias
	anchor bool
}

type yamlMarks map[*yaml.Node]*yamlMark

// mark remembers the value at pos, if somebody wants to know.
func (r *yamlReader) mark(n *yaml.Node, c yamlContext) *yamlMark {
	if r.marks == nil {
		return nil
	}
	m := &yamlMark{before: r.sig, start: r.pos, dash: r.lastAt, flow: c.flow, indent: c.indent, step: c.step, anchor: n.Anchor != ""}
	r.marks[n] = m
	return m
}

// end remembers where the value ends.
func (m *yamlMark) end(r *yamlReader) {
	if m == nil {
		return
	}
	m.stop = r.sig
	if n := len(r.leaves); n > 0 {
		l := r.leaves[n-1]
		m.leaf = &l
	}
}

// Tree implements Editor.
func (YAML) Tree(src []byte) (t *Tree, err error) {
	defer recoverYAML(&err)
	if err := checkYAMLText(src); err != nil {
		return nil, err
	}
	r := newYAMLReader(src, string(src))
	r.marks = yamlMarks{}
	r.read()
	t = &Tree{Source: src}
	for i := range r.leaves {
		if r.leaves[i].Type == Comment {
			t.Comments = append(t.Comments, r.leaves[i].Value)
		}
	}
	for _, doc := range r.docs {
		root := doc.Content[0]
		if isNullRoot(root) {
			t.Roots = append(t.Roots, nil)
			continue
		}
		if r.marks[root] == nil { // a mapping
			start := r.lines.offset(root.Line, root.Column)
			r.marks[root] = &yamlMark{before: start, start: start, indent: -1, anchor: root.Anchor != ""}
		}
		t.Roots = append(t.Roots, r.tree(root))
	}
	if len(t.Roots) == 0 {
		t.Roots = []*Node{nil}
	}
	return t, nil
}

// tree makes the nodes of a value.
func (r *yamlReader) tree(n *yaml.Node) *Node {
	m := r.marks[n]
	out := &Node{Start: m.start, Entry: m.start, flow: m.flow || n.Style&yaml.FlowStyle != 0, mark: m, indent: -1}
	switch n.Kind {
	case yaml.AliasNode:
		r.resolve(out, n.Alias)
		out.Start, out.End = m.start, m.stop
		out.frozen = "it stands behind the alias *" + n.Value
		return out
	case yaml.ScalarNode:
		r.scalarNode(out, n)
		return out
	case yaml.SequenceNode:
		out.Kind = List
		for i, item := range n.Content {
			c := r.tree(item)
			if !out.flow {
				c.Entry = c.mark.dash
				if i == 0 {
					out.indent = c.mark.indent
				}
			}
			out.child(c)
		}
	case yaml.MappingNode:
		out.Kind = Mapping
		if len(n.Content) > 0 {
			k := n.Content[0]
			out.bare = out.flow && k.Line == n.Line && k.Column == n.Column
		}
		for i := 0; i+1 < len(n.Content); i += 2 {
			k := n.Content[i]
			c := r.tree(n.Content[i+1])
			c.Key, c.Entry = r.nameOf(k), r.lines.offset(k.Line, k.Column)
			if i == 0 && !out.flow {
				out.indent = c.mark.indent
			}
			out.child(c)
		}
	}
	r.close(out)
	return out
}

// nameOf is the name of a key.
func (r *yamlReader) nameOf(k *yaml.Node) string {
	if k.Kind == yaml.AliasNode {
		k = k.Alias
	}
	name, _ := r.keyName(k)
	return name
}

// scalarNode fills in a scalar.
func (r *yamlReader) scalarNode(out *Node, n *yaml.Node) {
	m := out.mark
	out.Type, out.Text, _ = r.canonical(n)
	l := m.leaf
	out.Start, out.End, out.style, out.indent, out.head = l.Start, l.End, l.Style, l.Indent, l.Head
	if l.Start == l.End { // nothing is written
		out.Start, out.End = m.stop, m.stop
		out.style, out.indent, out.head = yamlPlain, 0, ""
		if out.flow {
			out.style = yamlFlow
		}
	}
}

// resolve gives out the value of what an alias stands for.
func (r *yamlReader) resolve(out *Node, n *yaml.Node) {
	switch n.Kind {
	case yaml.AliasNode:
		r.resolve(out, n.Alias)
	case yaml.ScalarNode:
		out.Type, out.Text, _ = r.canonical(n)
	case yaml.SequenceNode:
		out.Kind = List
		for _, item := range n.Content {
			c := &Node{Start: out.mark.start, Entry: out.mark.start, mark: out.mark}
			r.resolve(c, item)
			out.child(c)
		}
	case yaml.MappingNode:
		out.Kind = Mapping
		for i := 0; i+1 < len(n.Content); i += 2 {
			c := &Node{Start: out.mark.start, Entry: out.mark.start, mark: out.mark, Key: r.nameOf(n.Content[i])}
			r.resolve(c, n.Content[i+1])
			out.child(c)
		}
	}
}

// close finds the end of a collection.
func (r *yamlReader) close(n *Node) {
	if k := len(n.Children); k > 0 {
		n.End = n.Children[k-1].End
	}
	if !n.flow || n.bare {
		return
	}
	bracket := byte(']')
	if n.Kind == Mapping {
		bracket = '}'
	}
	if len(n.Children) == 0 {
		// Properties, which hold no brackets, may stand in front.
		n.End = n.Start + strings.IndexAny(r.text[n.Start:], "[{") + 1
	}
	for n.End < len(r.text) && r.text[n.End] != bracket {
		if r.text[n.End] == '#' && isBlankBefore(r.text, n.End) {
			n.End = lineEnd(r.text, n.End)
			continue
		}
		n.End++
	}
	n.End++
}

// isBlankBefore reports that white space or nothing stands before s[i].
func isBlankBefore(s string, i int) bool {
	return i == 0 || isBlank(s[i-1]) || lineStarted(s, i)
}
