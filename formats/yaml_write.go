package formats

import "strings"

// yamlWriter writes new values, in blocks or within brackets.
type yamlWriter struct {
	out  strings.Builder
	line string // the line ending
	unit int    // indentation of a mapping in a mapping
	dash int    // indentation of a list below its key

	oneLine bool // no block scalars: the last line has no line ending
}

// BlockYAML writes a value as a YAML document.
func BlockYAML(v *Value) (string, error) {
	w := &yamlWriter{line: "\n", unit: 2, dash: 2}
	if v.Kind == Scalar || len(v.Items) == 0 {
		w.inline(v, yamlPlain, 2)
	} else {
		w.block(v, 0)
	}
	return strings.TrimSuffix(w.out.String(), "\n") + "\n", nil
}

// block writes the lines of a mapping or list that is not empty, each with its
// indentation and without the line ending of the last.
func (w *yamlWriter) block(v *Value, indent int) {
	for i := range v.Items {
		if i > 0 {
			w.out.WriteString(w.line)
		}
		w.out.WriteString(strings.Repeat(" ", indent))
		w.entry(v, i, indent)
	}
}

// entry writes one item; its line is indented by indent.
func (w *yamlWriter) entry(v *Value, i, indent int) {
	item := v.Items[i]
	if v.Kind == Mapping {
		w.out.WriteString(quoteUnlessPlain(v.Keys[i], false))
		w.out.WriteByte(':')
		w.below(item, indent, w.unit)
		return
	}
	w.out.WriteByte('-')
	if item.Kind == Scalar || len(item.Items) == 0 {
		w.out.WriteByte(' ')
		w.inline(item, yamlPlain, indent+2)
		return
	}
	w.out.WriteByte(' ')
	for j := range item.Items {
		if j > 0 {
			w.out.WriteString(w.line)
			w.out.WriteString(strings.Repeat(" ", indent+2))
		}
		w.entry(item, j, indent+2)
	}
}

// below writes a value behind "key:".
func (w *yamlWriter) below(v *Value, indent, unit int) {
	switch {
	case v.Kind == Scalar || len(v.Items) == 0:
		w.out.WriteByte(' ')
		w.inline(v, yamlPlain, indent+unit)
	case v.Kind == List:
		w.out.WriteString(w.line)
		w.block(v, indent+w.dash)
	default:
		w.out.WriteString(w.line)
		w.block(v, indent+unit)
	}
}

// inline writes a value where it stands, a collection within brackets. indent
// is that of a block scalar in its place.
func (w *yamlWriter) inline(v *Value, style uint8, indent int) {
	if v.Written != "" {
		w.out.WriteString(v.Written)
		return
	}
	if v.Kind == Scalar {
		if style == yamlFlow || w.oneLine {
			indent = 0
		}
		text := YAML{}.Spell(&Leaf{Style: style, Indent: indent}, v.Type, v.Text)
		if w.line != "\n" {
			text = strings.ReplaceAll(text, "\n", w.line)
		}
		w.out.WriteString(text)
		return
	}
	brackets := "[]"
	if v.Kind == Mapping {
		brackets = "{}"
	}
	w.out.WriteByte(brackets[0])
	for i, item := range v.Items {
		if i > 0 {
			w.out.WriteString(", ")
		}
		w.flowEntry(v, i, item)
	}
	w.out.WriteByte(brackets[1])
}

func (w *yamlWriter) flowEntry(v *Value, i int, item *Value) {
	if v.Kind == Mapping {
		w.out.WriteString(quoteUnlessPlain(v.Keys[i], true))
		w.out.WriteString(": ")
	}
	w.inline(item, yamlFlow, 0)
}
