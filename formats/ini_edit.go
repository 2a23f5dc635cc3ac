package formats

import (
	"strings"
)

var _ Editor = INI{}

// Accept implements Editor: a value is a text, and stands in a section.
func (INI) Accept(v *Value) (*Value, error) {
	switch {
	case v.Kind == Mapping: // a new section
		out := &Value{Kind: Mapping, Keys: v.Keys}
		for _, item := range v.Items {
			if item.Kind != Scalar {
				return nil, &Error{Msg: "an INI file has sections and keys, and nothing below", Hint: "write section.key"}
			}
			text, err := INI{}.Accept(item)
			if err != nil {
				return nil, err
			}
			out.Items = append(out.Items, text)
		}
		return out, nil
	case v.Kind == List || v.Type == Null:
		return nil, &Error{Msg: "an INI file holds texts only: no list, no null", Hint: "use --type str"}
	case v.Type == Bool:
		return &Value{Type: Str, Text: strings.ToLower(v.Text)}, nil
	}
	return &Value{Type: Str, Text: v.Text}, nil
}

// Tree implements Editor: a mapping of sections, each a mapping of its keys.
func (f INI) Tree(src []byte) (*Tree, error) {
	d, err := f.Parse(src)
	if err != nil {
		return nil, err
	}
	root := &Node{Kind: Mapping, End: len(src)}
	t := &Tree{Source: src, Roots: []*Node{root}}
	text := string(src)
	at := bomLength(src)
	section := func(name string, start int) *Node {
		if n := root.step(Step{Key: name}); n != nil {
			return n
		}
		n := &Node{Kind: Mapping, Key: name, Start: start, End: start, Entry: start}
		root.child(n)
		return n
	}
	section(iniSection, at) // is there without a header
	// headers adds the sections whose lines begin before an offset.
	headers := func(to int) {
		for at < to {
			end := lineFeed(text, at)
			line := strings.TrimSpace(text[at:end])
			if i := strings.LastIndexByte(line, ']'); i > 0 && line[0] == '[' {
				s := section(line[1:i], at)
				s.Start, s.End = at, end
			}
			at = end + 1
		}
	}
	for i := range d.Leaves {
		l := &d.Leaves[i]
		if l.Type == Comment {
			t.Comments = append(t.Comments, l.Value)
			continue
		}
		line := lineBegin(text, l.Start)
		headers(line)
		s := section(l.At.Parent.Key, line)
		s.child(&Node{Type: Str, Text: l.Value, Key: l.At.Key, Start: l.Start, End: l.End, Entry: line, style: l.Style})
		at = max(at, lineFeed(text, l.End)+1)
	}
	headers(len(src))
	return t, nil
}

// lineFeed is the end of the line that holds an offset.
func lineFeed(text string, at int) int {
	if i := strings.IndexByte(text[at:], '\n'); i >= 0 {
		return at + i
	}
	return len(text)
}

// lineBegin is the start of the line that holds an offset.
func lineBegin(text string, at int) int {
	start := strings.LastIndexByte(text[:at], '\n') + 1
	return max(start, min(at, bomLength([]byte(text))))
}

// Replace implements Editor.
func (f INI) Replace(t *Tree, n *Node, v *Value) ([]Replacement, error) {
	if n.Kind != Scalar || v.Kind != Scalar {
		return nil, &Error{Msg: "a section cannot be replaced, nor a value by a section", Hint: "set the keys of the section"}
	}
	text := f.Spell(&Leaf{Style: n.style}, Str, v.Text)
	if n.Start == n.End && n.Start > 0 && text != "" && t.Source[n.Start-1] == '=' && n.Entry < n.Start-2 && t.Source[n.Start-2] == ' ' {
		text = " " + text
	}
	return []Replacement{{n.Start, n.End, text}}, nil
}

// Add implements Editor.
func (f INI) Add(t *Tree, parent *Node, key string, v *Value) ([]Replacement, error) {
	text := string(t.Source)
	line := "\n"
	if i := strings.IndexByte(text, '\n'); i > 0 && text[i-1] == '\r' {
		line = "\r\n"
	}
	if parent.Parent == nil {
		return f.addSection(t, key, v, line)
	}
	indent, separator := "", f.separator(t)
	at := parent.End
	if parent.Key == iniSection && at == parent.Start && len(parent.Children) == 0 { // no header
		return []Replacement{{at, at, f.keyText(key) + separator + f.Spell(&Leaf{}, Str, v.Text) + line}}, nil
	}
	if n := len(parent.Children); n > 0 {
		last := parent.Children[n-1]
		at = last.End
		indent = text[last.Entry:][:len(text[last.Entry:])-len(trimLeft(text[last.Entry:]))]
	}
	end := lineFeed(text, at)
	if end > 0 && text[end-1] == '\r' && line == "\r\n" && end > at {
		end--
	}
	return []Replacement{{end, end, line + indent + f.keyText(key) + separator + f.Spell(&Leaf{}, Str, v.Text)}}, nil
}

// addSection puts a section at the end.
func (f INI) addSection(t *Tree, name string, v *Value, line string) ([]Replacement, error) {
	if v.Kind != Mapping {
		return nil, &Error{Msg: "an INI file has keys in sections only", Hint: "write section.key, or DEFAULT.key for a key above all sections"}
	}
	if name == "" || strings.ContainsAny(name, "[]\r\n") || strings.TrimSpace(name) != name || name == "sops" {
		return nil, &Error{Msg: quoteKey(name) + " is no name for a section"}
	}
	var b strings.Builder
	end := len(t.Source)
	if end > bomLength(t.Source) {
		if t.Source[end-1] != '\n' {
			b.WriteString(line)
		}
		b.WriteString(line)
	}
	b.WriteString("[" + name + "]" + line)
	for i, item := range v.Items {
		b.WriteString(f.keyText(v.Keys[i]) + f.separator(t) + f.Spell(&Leaf{}, Str, item.Text) + line)
	}
	return []Replacement{{end, end, b.String()}}, nil
}

// keyText writes a key, in backticks if it needs them.
func (INI) keyText(key string) string {
	if strings.ContainsAny(key, `"=:#;[]`) || key == "-" || strings.TrimSpace(key) != key {
		return "`" + key + "`"
	}
	return key
}

// separator is what the first key of the file has in front of its value.
func (INI) separator(t *Tree) string {
	for _, s := range t.Roots[0].Children {
		for _, c := range s.Children {
			head := string(t.Source[c.Entry:c.Start])
			if i := strings.LastIndexAny(head, "=:"); i >= 0 && c.Start < c.End {
				return head[len(strings.TrimRight(head[:i], " \t")):]
			}
		}
	}
	return " = "
}

// Remove implements Editor. A section goes with all that stands in it.
func (INI) Remove(t *Tree, n *Node) ([]Replacement, error) {
	if n.Kind == Mapping && n.Key == iniSection {
		return nil, &Error{Msg: "the section " + iniSection + " is always there", Hint: "remove its keys one by one"}
	}
	text := string(t.Source)
	last := n.End
	for _, c := range n.Children {
		last = max(last, c.End)
	}
	end := lineFeed(text, last)
	if end < len(text) {
		return []Replacement{{n.Entry, end + 1, ""}}, nil
	}
	start := n.Entry
	if start > 0 && text[start-1] == '\n' {
		start--
	}
	return []Replacement{{start, end, ""}}, nil
}
