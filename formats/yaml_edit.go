package formats

import (
	"strings"
)

// Accept implements Editor.
func (YAML) Accept(v *Value) (*Value, error) { return v, nil }

// yamlEdit makes the replacements for one change.
type yamlEdit struct {
	yamlWriter
	text string
	reps []Replacement
}

func newYAMLEdit(t *Tree) *yamlEdit {
	e := &yamlEdit{text: string(t.Source)}
	e.line, e.unit, e.dash = yamlLineBreak(e.text), 2, 2
	// The steps of indentation are those of the first collections that show one.
	unit, dash := 0, -1
	for _, root := range t.Roots {
		if root == nil {
			continue
		}
		root.walk(func(n *Node) {
			p := n.Parent
			if p == nil || p.Kind != Mapping || n.Kind == Scalar || n.flow || n.indent < 0 || p.indent < 0 {
				return
			}
			if n.Kind == Mapping && unit == 0 {
				unit = n.indent - p.indent
			}
			if n.Kind == List && dash < 0 {
				dash = n.indent - p.indent
			}
		})
	}
	if unit > 0 {
		e.unit = unit
	}
	if dash >= 0 {
		e.dash = dash
	}
	return e
}

func (e *yamlEdit) replace(start, end int, text string) {
	e.reps = append(e.reps, Replacement{start, end, text})
}

// take gives what has been written.
func (e *yamlEdit) take() string {
	s := e.out.String()
	e.out.Reset()
	return s
}

// lineEnd is the end of the line that holds an offset.
func (e *yamlEdit) lineEnd(at int) int { return lineEnd(e.text, at) }

// lineStart is the start of the line that holds an offset.
func (e *yamlEdit) lineStart(at int) int {
	for at > 0 && !lineStarted(e.text, at) {
		at--
	}
	return at
}

// lastLine reports that the line of an offset has no line ending, so that a
// block scalar in it would end differently.
func (e *yamlEdit) lastLine(at int) bool { return e.lineEnd(at) == len(e.text) }

// Replace implements Editor.
func (YAML) Replace(t *Tree, n *Node, v *Value) ([]Replacement, error) {
	e := newYAMLEdit(t)
	switch {
	case n.Kind == Scalar && v.Kind == Scalar && n.frozen == "":
		e.scalar(n, v)
	case n.mark.flow || n.Parent == nil && n.flow:
		e.inline(v, yamlFlow, 0)
		e.replace(e.content(n), n.End, e.take())
	case v.Kind == Scalar || len(v.Items) == 0 || n.flow && len(n.Children) > 0:
		e.single(n, v)
	default:
		e.collection(n, v)
	}
	return e.reps, nil
}

// content is where a node begins behind its anchor and tag.
func (e *yamlEdit) content(n *Node) int {
	if n.Kind != Scalar && n.flow && !n.bare && n.frozen == "" {
		return n.Start + strings.IndexAny(e.text[n.Start:], "[{")
	}
	return n.Start
}

// scalar writes a scalar in the style of another.
func (e *yamlEdit) scalar(n *Node, v *Value) {
	l := Leaf{Style: n.style, Indent: n.indent, Head: n.head}
	if l.Style == yamlPlain && e.lastLine(n.End) {
		l.Indent = 0
	}
	text := e.breaks(YAML{}.Spell(&l, v.Type, v.Text))
	start, end := n.Start, n.End
	if n.style == yamlBlock && e.lastLine(end) {
		text = e.breaks(quoteUnlessPlain(v.Text, false))
		if v.Type != Str {
			text = spellYAMLPlain(v.Type, v.Text)
		}
	}
	if start > 0 && !isBlankBefore(e.text, start) && (start == end || n.frozen != "") && strings.IndexByte(":-?,", e.text[start-1]) >= 0 {
		text = " " + text
	}
	e.replace(start, end, text)
}

// breaks puts the file's line ending in.
func (e *yamlEdit) breaks(text string) string {
	if e.line == "\n" {
		return text
	}
	return strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\n", e.line)
}

// single writes a value on the line of its key or dash.
func (e *yamlEdit) single(n *Node, v *Value) {
	indent := 0
	if !e.lastLine(n.End) {
		indent = max(n.mark.indent, 0) + max(n.mark.step, 2)
	}
	e.inline(v, yamlPlain, indent)
	text := e.take()
	if n.Parent == nil {
		e.replace(n.Start, n.End, text)
		return
	}
	if n.Kind == Scalar || n.flow || n.frozen != "" {
		e.replace(e.content(n), n.End, e.space(e.content(n))+text)
		return
	}
	e.replace(n.mark.before, e.trailing(n.End), " "+text)
}

// space is the blank that must stand behind an indicator.
func (e *yamlEdit) space(at int) string {
	if at > 0 && !isBlankBefore(e.text, at) && strings.IndexByte(":-?,", e.text[at-1]) >= 0 {
		return " "
	}
	return ""
}

// trailing is the end of the line if only a comment stands there.
func (e *yamlEdit) trailing(at int) int {
	end := e.lineEnd(at)
	if rest := strings.TrimLeft(e.text[at:end], " \t"); rest == "" || rest[0] == '#' {
		return end
	}
	return at
}

// collection writes a mapping or a list that is not empty as a block.
func (e *yamlEdit) collection(n *Node, v *Value) {
	if n.Parent == nil {
		e.block(v, 0)
		e.replace(n.Start, n.End, e.take())
		return
	}
	if n.Parent.Kind == List {
		start := n.mark.before
		end := n.End
		if n.Kind == Scalar || n.flow {
			start = e.content(n)
		}
		indent := n.Parent.indent + 2
		e.block(v, indent)
		e.replace(start, end, e.spaceOr(start)+e.take()[indent:])
		return
	}
	indent := n.indentOfNew(e, v)
	e.block(v, indent)
	text := e.line + e.take()
	if n.Kind != Scalar && !n.flow {
		e.replace(n.mark.before, e.trailing(n.End), text)
		return
	}
	start := e.content(n)
	for start > n.mark.before && isBlank(e.text[start-1]) {
		start--
	}
	eol := e.lineEnd(n.End)
	if strings.TrimLeft(e.text[n.End:eol], " \t") == "" {
		e.replace(start, eol, text)
		return
	}
	e.replace(start, n.End, "") // a comment stays on the line of the key
	e.replace(eol, eol, text)
}

func (e *yamlEdit) spaceOr(at int) string {
	if at > 0 && !isBlankBefore(e.text, at) {
		return " "
	}
	return ""
}

// indentOfNew is the indentation of a new block in the place of n.
func (n *Node) indentOfNew(e *yamlEdit, v *Value) int {
	if n.Kind == v.Kind && n.Kind != Scalar && !n.flow && n.indent >= 0 {
		return n.indent
	}
	if v.Kind == List {
		return n.Parent.indent + e.dash
	}
	return n.Parent.indent + e.unit
}

// Add implements Editor.
func (y YAML) Add(t *Tree, parent *Node, key string, v *Value) ([]Replacement, error) {
	e := newYAMLEdit(t)
	item := &Value{Kind: Mapping, Keys: []string{key}, Items: []*Value{v}}
	if parent != nil && parent.Kind == List {
		item = &Value{Kind: List, Items: []*Value{v}}
	}
	switch {
	case parent == nil:
		e.first(item)
	case parent.bare:
		return nil, &Error{Line: t.line(parent), Msg: "a pair without braces in a list cannot get another key", Hint: "encfg edit changes it"}
	case len(parent.Children) == 0 && !parent.mark.flow:
		e.collection(parent, item)
	case parent.flow:
		e.addFlow(parent, item)
	default:
		at := e.lineEnd(parent.End)
		e.oneLine = at == len(e.text)
		e.block(item, parent.indent)
		if parent.Children[len(parent.Children)-1].style >= yamlBlock {
			at = parent.End
		}
		e.replace(at, at, e.line+e.take())
	}
	return e.reps, nil
}

// first writes the first value of a file.
func (e *yamlEdit) first(item *Value) {
	e.block(item, 0)
	text := e.take() + e.line
	end := len(e.text)
	if end > bomLength([]byte(e.text)) && !lineStarted(e.text, end) {
		text = e.line + text
	}
	e.replace(end, end, text)
}

// addFlow puts an item behind the last one within brackets.
func (e *yamlEdit) addFlow(parent *Node, item *Value) {
	e.flowEntry(item, 0, item.Items[0])
	text := e.take()
	k := len(parent.Children)
	if k == 0 {
		at := e.content(parent) + 1
		e.replace(at, parent.End-1, text)
		return
	}
	last := parent.Children[k-1]
	from := e.content(parent) + 1
	if k > 1 {
		from = parent.Children[k-2].End
	}
	gap := e.text[from:last.Entry]
	if i := strings.LastIndexAny(gap, "\r\n"); i >= 0 {
		gap = e.line + gap[i+1:]
	} else {
		gap = " "
	}
	if strings.TrimLeft(gap, " \t\r\n") != "" {
		gap = " "
	}
	sign := e.space(last.End) + ","
	eol := e.trailing(last.End)
	if comma := strings.TrimLeft(e.text[last.End:e.lineEnd(last.End)], " \t"); eol == last.End && strings.HasPrefix(comma, ",") {
		// A comma is there already: the new item gets it.
		e.replace(last.End, last.End, sign+gap+text)
		return
	}
	if eol > last.End && strings.Contains(e.text[last.End:eol], "#") {
		e.replace(last.End, last.End, sign)
		e.replace(eol, eol, gap+text)
		return
	}
	e.replace(last.End, last.End, sign+gap+text)
}

// Remove implements Editor.
func (y YAML) Remove(t *Tree, n *Node) ([]Replacement, error) {
	p := n.Parent
	i := n.Index()
	if len(p.Children) == 1 {
		if p.Parent == nil && !p.flow {
			e := newYAMLEdit(t)
			e.inline(&Value{Kind: p.Kind}, yamlPlain, 0)
			e.replace(p.Children[0].Entry, e.trailing(p.End), e.take())
			return e.reps, nil
		}
		return y.Replace(t, p, &Value{Kind: p.Kind})
	}
	e := newYAMLEdit(t)
	if p.flow {
		if i == 0 {
			e.replace(n.Entry, p.Children[1].Entry, "")
		} else {
			e.replace(p.Children[i-1].End, n.End, "")
		}
		return e.reps, nil
	}
	start, end := e.lineStart(n.Entry), e.lineEnd(n.End)
	switch {
	case strings.TrimLeft(e.text[start:n.Entry], " ") != "":
		if i+1 == len(p.Children) {
			return nil, nil // it shares its line in a way that is not known: Unset will see
		}
		e.replace(n.Entry, p.Children[i+1].Entry, "") // the first, behind a dash
	case end < len(e.text):
		e.replace(start, end+breakLength(e.text, end), "")
	default:
		for start > 0 && lineStarted(e.text, start) {
			start-- // the file keeps having no line ending at its end
		}
		e.replace(start, end, "")
	}
	return e.reps, nil
}
