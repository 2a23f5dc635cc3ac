package formats

import (
	"strconv"
	"strings"
)

// tree reads a value of the sops block: a string, bool, int, nil, Map or []any.
// Numbers that are no int are given as their text.
func (s *jsonScanner) tree() (any, bool) {
	switch s.space() {
	case '{':
		return s.treeMap()
	case '[':
		return s.treeList()
	case '"':
		return s.str()
	}
	n := len(s.leaves)
	if !s.value(nil) {
		return nil, false
	}
	l := s.leaves[n]
	s.leaves = s.leaves[:n]
	switch l.Type {
	case Bool:
		return l.Value == "True", true
	case Null:
		return nil, true
	case Int:
		if i, err := strconv.Atoi(l.Value); err == nil {
			return i, true
		}
	}
	return s.text[l.Start:l.End], true
}

func (s *jsonScanner) treeMap() (any, bool) {
	m, base := Map{}, len(s.members)
	if !s.enter() {
		return nil, false
	}
	if s.space() == '}' {
		return m, s.leave()
	}
	for {
		if s.space() != '"' {
			return nil, s.noKey()
		}
		start := s.pos
		key, ok := s.str()
		if !ok {
			return nil, false
		}
		if !s.colon() {
			return nil, false
		}
		s.members = append(s.members, jsonMember{key, start})
		v, ok := s.tree()
		if !ok {
			return nil, false
		}
		m = append(m, Field{key, v})
		switch s.space() {
		case ',':
			s.pos++
		case '}':
			return m, s.leave() && s.unique(base)
		default:
			return nil, s.noComma("}")
		}
	}
}

func (s *jsonScanner) treeList() (any, bool) {
	list := []any{}
	if !s.enter() {
		return nil, false
	}
	if s.space() == ']' {
		return list, s.leave()
	}
	for {
		v, ok := s.tree()
		if !ok {
			return nil, false
		}
		list = append(list, v)
		switch s.space() {
		case ',':
			s.pos++
		case ']':
			return list, s.leave()
		default:
			return nil, s.noComma("]")
		}
	}
}

// Block implements Format: the member "sops" with the comma in front, in the
// layout of the file's own members.
func (JSON) Block(d *Document, metadata Map) string {
	w := jsonLayout(d)
	if w.comma {
		w.out.WriteByte(',')
	}
	w.newline(1)
	w.out.WriteString(`"sops":`)
	if w.line != "" {
		w.out.WriteByte(' ')
	}
	w.value(metadata, 1)
	return w.out.String()
}

// jsonWriter writes the sops block; on one line if line is "".
type jsonWriter struct {
	out   strings.Builder
	line  string // line ending and the indentation of the root
	unit  string // one step of indentation
	comma bool   // there is a member in front
}

// jsonLayout finds out how the members of the root object are laid out.
func jsonLayout(d *Document) *jsonWriter {
	src := d.Source
	start := skipJSONSpace(src, bomLength(src))
	if start == len(src) || src[start] != '{' {
		return &jsonWriter{line: "\n", unit: "\t", comma: true} // wrapped by Parse
	}
	key := skipJSONSpace(src, start+1)
	w := &jsonWriter{comma: key < len(src) && src[key] == '"'}
	gap := string(src[start+1 : key])
	at := strings.LastIndexByte(gap, '\n')
	if at < 0 {
		return w
	}
	w.line, w.unit = "\n", gap[at+1:]
	if at > 0 && gap[at-1] == '\r' {
		w.line = "\r\n"
	}
	if w.unit == "" || !w.comma {
		w.unit = "\t"
	}
	return w
}

func skipJSONSpace(src []byte, i int) int {
	for i < len(src) && strings.IndexByte(" \t\r\n", src[i]) >= 0 {
		i++
	}
	return i
}

func (w *jsonWriter) newline(depth int) {
	if w.line == "" {
		return
	}
	w.out.WriteString(w.line)
	for range depth {
		w.out.WriteString(w.unit)
	}
}

func (w *jsonWriter) value(v any, depth int) {
	switch v := v.(type) {
	case Map:
		w.list('{', '}', len(v), depth, func(i int) {
			w.out.WriteString(quoteJSON(v[i].Key))
			w.out.WriteByte(':')
			if w.line != "" {
				w.out.WriteByte(' ')
			}
			w.value(v[i].Value, depth+1)
		})
	case []any:
		w.list('[', ']', len(v), depth, func(i int) { w.value(v[i], depth+1) })
	case string:
		w.out.WriteString(quoteJSON(v))
	case bool:
		w.out.WriteString(strconv.FormatBool(v))
	case int:
		w.out.WriteString(strconv.Itoa(v))
	default:
		w.out.WriteString("null")
	}
}

func (w *jsonWriter) list(open, end byte, n, depth int, item func(i int)) {
	w.out.WriteByte(open)
	for i := range n {
		if i > 0 {
			w.out.WriteByte(',')
		}
		w.newline(depth + 1)
		item(i)
	}
	if n > 0 {
		w.newline(depth)
	}
	w.out.WriteByte(end)
}
