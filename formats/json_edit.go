package formats

import (
	"bytes"
	"strings"
)

// Accept implements Editor.
func (JSON) Accept(v *Value) (*Value, error) {
	if v.Kind == Scalar {
		switch v.Type {
		case Float:
			if strings.Trim(v.Text, "+-NaInf") == "" {
				return nil, &Error{Msg: "JSON has no number for infinity or NaN", Hint: "use --type str"}
			}
		case Time, Bytes:
			return &Value{Type: Str, Text: v.Text}, nil
		}
		return v, nil
	}
	out := *v
	out.Items = make([]*Value, len(v.Items))
	for i, item := range v.Items {
		var err error
		if out.Items[i], err = (JSON{}).Accept(item); err != nil {
			return nil, err
		}
	}
	return &out, nil
}

// Replace implements Editor.
func (JSON) Replace(t *Tree, n *Node, v *Value) ([]Replacement, error) {
	w := jsonStyle(t, n)
	w.write(v, w.base)
	return []Replacement{{n.Start, n.End, w.out.String()}}, nil
}

// Add implements Editor.
func (JSON) Add(t *Tree, parent *Node, key string, v *Value) ([]Replacement, error) {
	w := jsonStyle(t, parent)
	src := string(t.Source)
	if len(parent.Children) == 0 {
		inner := w.base + w.unit
		w.newline(inner)
		w.entry(parent.Kind, key, v, inner)
		w.newline(w.base)
		return []Replacement{{parent.Start + 1, parent.End - 1, w.out.String()}}, nil
	}
	last := parent.Children[len(parent.Children)-1]
	gap := src[parent.Start+1 : last.Entry]
	if i := len(parent.Children) - 2; i >= 0 {
		gap = src[parent.Children[i].End:last.Entry]
	} else if gap == "" && w.space {
		gap = " "
	} else if strings.Trim(gap, " \t") == "" {
		gap = strings.Repeat(" ", min(1, len(gap)))
	}
	if strings.IndexByte(gap, ',') < 0 {
		gap = "," + gap
	}
	base := ""
	if i := strings.LastIndexByte(gap, '\n'); i >= 0 {
		base = gap[i+1:]
	} else {
		w.line = ""
	}
	w.out.WriteString(gap)
	w.entry(parent.Kind, key, v, base)
	return []Replacement{{last.End, last.End, w.out.String()}}, nil
}

// Remove implements Editor.
func (JSON) Remove(t *Tree, n *Node) ([]Replacement, error) {
	siblings, i := n.Parent.Children, n.Index()
	switch {
	case len(siblings) == 1:
		return []Replacement{{n.Parent.Start + 1, n.Parent.End - 1, ""}}, nil
	case i == 0:
		return []Replacement{{n.Entry, siblings[1].Entry, ""}}, nil
	}
	return []Replacement{{siblings[i-1].End, n.End, ""}}, nil
}

// jsonEdit writes new values in the style of those around them.
type jsonEdit struct {
	out   strings.Builder
	line  string // the line ending; "" writes on one line
	unit  string // one step of indentation
	base  string // indentation of the line that the value begins on
	space bool   // a blank stands behind colons and, on one line, commas
}

// jsonStyle looks at what stands around n.
func jsonStyle(t *Tree, n *Node) *jsonEdit {
	root := t.Roots[0]
	layout := jsonLayout(&Document{Source: t.Source})
	w := &jsonEdit{line: layout.line, unit: layout.unit, space: true}
	if root.Kind == List || len(root.Children) == 0 {
		w.unit, w.line = "  ", lineEnding(t.Source, root)
	}
	at := n.Entry
	start := bytes.LastIndexByte(t.Source[:at], '\n') + 1
	w.base = string(t.Source[start:skipJSONSpace(t.Source, start)])
	if start == 0 {
		w.base = ""
	}
	if n.Parent != nil && bytes.IndexByte(t.Source[n.Parent.Start:at], '\n') < 0 {
		w.line = "" // its neighbours stand on one line
	}
	if len(n.Children) > 0 && bytes.IndexByte(t.Source[n.Start:n.End], '\n') < 0 {
		w.line = ""
	}
	for p := n; p != nil; p = p.Parent {
		if p.Parent == nil || p.Parent.Kind != Mapping {
			if p.Kind != Mapping || len(p.Children) == 0 {
				continue
			}
			c := p.Children[0]
			w.space = t.Source[c.Start-1] != ':'
			break
		}
		w.space = t.Source[p.Start-1] != ':'
		break
	}
	return w
}

// lineEnding is the one of a list in the root, or of an empty object.
func lineEnding(src []byte, root *Node) string {
	inner := src[root.Start:root.End]
	if len(root.Children) == 0 {
		inner = src
	}
	switch {
	case bytes.Contains(inner, []byte("\r\n")):
		return "\r\n"
	case bytes.IndexByte(inner, '\n') >= 0 || len(root.Children) == 0:
		return "\n"
	}
	return ""
}

func (w *jsonEdit) newline(indent string) {
	if w.line != "" {
		w.out.WriteString(w.line)
		w.out.WriteString(indent)
	}
}

func (w *jsonEdit) entry(kind Kind, key string, v *Value, indent string) {
	if kind == Mapping {
		w.out.WriteString(quoteJSON(key))
		w.out.WriteByte(':')
		if w.space {
			w.out.WriteByte(' ')
		}
	}
	w.write(v, indent)
}

// write writes a value whose line is indented by indent.
func (w *jsonEdit) write(v *Value, indent string) {
	if v.Written != "" {
		w.out.WriteString(v.Written)
		return
	}
	if v.Kind == Scalar {
		w.out.WriteString(JSON{}.Spell(nil, v.Type, v.Text))
		return
	}
	brackets := "[]"
	if v.Kind == Mapping {
		brackets = "{}"
	}
	w.out.WriteByte(brackets[0])
	for i, item := range v.Items {
		if i > 0 {
			w.out.WriteByte(',')
			if w.line == "" && w.space {
				w.out.WriteByte(' ')
			}
		}
		w.newline(indent + w.unit)
		key := ""
		if v.Kind == Mapping {
			key = v.Keys[i]
		}
		w.entry(v.Kind, key, item, indent+w.unit)
	}
	if len(v.Items) > 0 {
		w.newline(indent)
	}
	w.out.WriteByte(brackets[1])
}

// MarshalJSON writes a value as JSON text, ordered as it is.
func (v *Value) MarshalJSON() ([]byte, error) {
	v, err := JSON{}.Accept(v)
	if err != nil {
		return nil, err
	}
	w := &jsonEdit{}
	w.write(v, "")
	return []byte(w.out.String()), nil
}

// ParseJSON reads a value from a JSON text.
func ParseJSON(src []byte) (*Value, error) {
	t, err := JSON{}.Tree(src)
	if err == ErrEncrypted {
		return nil, &Error{Msg: "the value has a key named sops", Hint: "that key is for the encryption's own data"}
	}
	if err != nil {
		return nil, err
	}
	return t.Roots[0].Value(), nil
}

// IndentJSON writes a value as JSON text over several lines.
func IndentJSON(v *Value) ([]byte, error) {
	v, err := JSON{}.Accept(v)
	if err != nil {
		return nil, err
	}
	w := &jsonEdit{line: "\n", unit: "  ", space: true}
	w.write(v, "")
	w.out.WriteByte('\n')
	return []byte(w.out.String()), nil
}
