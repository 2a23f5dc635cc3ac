package formats

import (
	"strings"

	"gopkg.in/yaml.v3"
)

// Styles of a leaf.
const (
	yamlPlain   uint8 = iota // plain in a block; Indent is that of a block scalar in its place, 0 if there can be none
	yamlFlow                 // plain within brackets or braces
	yamlSingle               // 'single'
	yamlDouble               // "double"
	yamlBlock                // | or >; Head is the header line, Indent that of the content
	yamlComment              // the text of a comment
)

// closeComment is the Head of a quoted value with a comment right behind it:
// what has no quotes needs a blank there.
const closeComment = "#"

// scalar reads a value. Its span covers quotes, block header and core tag.
func (r *yamlReader) scalar(n *yaml.Node, at *Place, c yamlContext) {
	typ, value, odd := r.canonical(n)
	l := Leaf{At: at, Doc: r.doc, Type: typ, Value: value}
	s := r.span(n, c)
	l.Start, l.End, l.Style, l.Indent, l.Head = s.start, s.end, s.style, s.indent, s.head
	core := s.tag.End > 0 && isCoreTag(n.Tag)
	switch {
	case s.empty && s.tag.End == 0:
		l.Head = r.missing(c)
	case r.encrypted:
		if s.noted {
			r.unplaced(s.start)
		}
		if s.style == yamlDouble && r.wasPlain(r.text[s.start:s.end], value, c) {
			l.Style = yamlFlow
		}
		if strings.HasPrefix(value, "ENC[") {
			l.Value = strings.TrimRight(value, "\n") // of a block
		}
	case s.noted:
		if core && s.apart {
			r.unplaced(s.start)
		} else if core {
			l.Start = s.tag.Start
		}
		r.pullNote(l)
		return
	case core && s.apart:
		r.edit(Edit{Start: s.tag.Start, End: s.tag.End, Text: []string{""}})
		r.virtual(l, c)
		return
	case odd:
		if core {
			l.Start = s.tag.Start
		}
		r.virtual(l, c)
		return
	}
	if core && !s.apart {
		if s.head == closeComment {
			r.unplaced(s.start)
		}
		l.Start, l.Head = s.tag.Start, ""
		l.Style, l.Indent = r.plainStyle(c, l.End)
	}
	r.leaves = append(r.leaves, l)
	if l.End == len(r.text) && !s.empty {
		r.atEnd, r.atEndContext = len(r.leaves)-1, c
	}
}

// wasPlain reports that a token in double quotes replaces a plain value.
func (r *yamlReader) wasPlain(raw, value string, c yamlContext) bool {
	if !strings.HasPrefix(value, "ENC[") {
		return false
	}
	return strings.HasSuffix(raw, tokenWasPlain+`"`) || c.flow && !strings.HasSuffix(value, tokenEndStr)
}

// pullNote makes an edit of a block scalar with a comment in its header, which
// is the last leaf: behind a plain value it stands in nobody's way.
func (r *yamlReader) pullNote(l Leaf) {
	note := &r.leaves[len(r.leaves)-1]
	note.Virtual, l.Virtual = true, true
	l.Style, l.Indent, l.Head = yamlPlain, 0, ""
	r.leaves = append(r.leaves, *note)
	r.leaves[len(r.leaves)-2] = l
	r.edit(Edit{Start: l.Start, End: l.End, Text: []string{"", " #", ""}, Leaves: []int{len(r.leaves) - 2, len(r.leaves) - 1}})
}

// virtual makes the leaf, which is not in the list yet, one that stands in an
// edit: what is written for it may differ from the source even in the clear.
func (r *yamlReader) virtual(l Leaf, c yamlContext) {
	start, end, after := l.Start, l.End, blankBehind(&l)
	l.Virtual, l.Head = true, ""
	l.Style, l.Indent = r.plainStyle(c, end)
	r.leaves = append(r.leaves, l)
	r.edit(Edit{Start: start, End: end, Text: []string{"", after}, Leaves: []int{len(r.leaves) - 1}})
}

// blankBehind is what must stand behind a value that loses its quotes.
func blankBehind(l *Leaf) string {
	if l.Head == closeComment {
		return " "
	}
	return ""
}

// edit adds an edit; they come in ascending order, but for a few.
func (r *yamlReader) edit(e Edit) {
	i := len(r.edits)
	for i > 0 && r.edits[i-1].Start > e.Start {
		i--
	}
	r.edits = append(r.edits, Edit{})
	copy(r.edits[i+1:], r.edits[i:])
	r.edits[i] = e
}

// missing gives what must stand in front of a value where there is none.
func (r *yamlReader) missing(c yamlContext) string {
	if r.sig == r.lastAt+1 && (r.last == ':' || r.last == '-') {
		return " "
	}
	return ""
}

// plainStyle is the style of a plain value that ends at an offset.
func (r *yamlReader) plainStyle(c yamlContext, end int) (style uint8, indent int) {
	if c.flow {
		return yamlFlow, 0
	}
	indent = max(c.indent, 0) + max(c.step, 2)
	if !r.roomForBlock(end, indent) {
		return yamlPlain, 0
	}
	return yamlPlain, indent
}

// roomForBlock reports that a block scalar that ends at an offset would end
// there: nothing follows on its line, and nothing below is indented as deeply.
func (r *yamlReader) roomForBlock(end, indent int) bool {
	for end < len(r.text) {
		n := breakLength(r.text, end)
		if n == 0 {
			return false
		}
		end += n
		column := 0
		for end < len(r.text) && r.text[end] == ' ' {
			end++
			column++
		}
		switch {
		case column >= indent || end < len(r.text) && r.text[end] == '\t':
			return false
		case breakLength(r.text, end) == 0:
			return true
		}
	}
	return true
}

// yamlSpan says where a scalar is.
type yamlSpan struct {
	start, end int
	style      uint8
	indent     int
	head       string
	empty      bool // nothing stands there, at most a tag or an anchor
	noted      bool // a comment stands in the header of the block
	yamlProperties
}

// span finds the scalar at pos and checks that it denotes the node's value.
func (r *yamlReader) span(n *yaml.Node, c yamlContext) yamlSpan {
	var s yamlSpan
	s.empty = n.Value == "" && n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) == 0
	if r.pos < len(r.text) && (r.text[r.pos] == '!' || r.text[r.pos] == '&') {
		want := 0
		if n.Anchor != "" {
			want++
		}
		if n.Style&yaml.TaggedStyle != 0 || r.text[r.pos] == '!' {
			want++
		}
		s.yamlProperties = r.properties(s.empty, want)
		if !s.empty && !blankOrEnd(r.text, max(s.tag.End, s.anchor.End)) {
			r.unplaced(r.pos)
		}
	}
	s.start = r.pos
	switch {
	case s.empty:
		s.end = r.pos
	case n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0:
		s.style = yamlDouble
		quote := byte('"')
		if n.Style&yaml.SingleQuotedStyle != 0 {
			s.style, quote = yamlSingle, '\''
		}
		s.end = r.quoted(quote, n.Value)
		if s.end < len(r.text) && r.text[s.end] == '#' {
			s.head = closeComment
		}
	case n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		r.block(n, c, &s)
	default:
		s.end = r.plain(n.Value)
	}
	r.pos = s.end
	if !s.empty {
		r.sig = s.end
	}
	if s.style == yamlPlain {
		s.style, s.indent = r.plainStyle(c, s.end)
	}
	return s
}

// plain finds the end of a plain scalar.
func (r *yamlReader) plain(value string) int {
	if strings.HasPrefix(r.text[r.pos:], value) {
		return r.pos + len(value)
	}
	end, ok := matchFolded(r.text, r.pos, value)
	if !ok {
		r.unplaced(r.pos)
	}
	return end
}

// matchFolded compares a plain scalar over several lines with its value: one
// line break stands for a space, more of them for one less.
func matchFolded(s string, i int, value string) (end int, ok bool) {
	for v := 0; v < len(value); {
		if i >= len(s) {
			return 0, false
		}
		if blankOrEnd(s, i) {
			if fold, after := foldAt(s, i); fold != "" {
				if !strings.HasPrefix(value[v:], fold) {
					return 0, false
				}
				v += len(fold)
				i = after
				continue
			}
		}
		if s[i] != value[v] {
			return 0, false
		}
		i++
		v++
	}
	return i, true
}

// foldAt gives what a run of white space with line breaks stands for in a
// plain or quoted scalar, and its end; "" if there is no break in it.
func foldAt(s string, i int) (fold string, after int) {
	first, rest, breaks := "", []byte(nil), 0
	for i < len(s) {
		n := breakLength(s, i)
		if n == 0 {
			if !isBlank(s[i]) {
				break
			}
			i++
			continue
		}
		if breaks == 0 {
			first = normalBreak(s, i, n)
		} else {
			rest = append(rest, normalBreak(s, i, n)...)
		}
		breaks++
		i += n
	}
	switch {
	case breaks == 0:
		return "", i
	case first != "\n":
		return first + string(rest), i
	case len(rest) == 0:
		return " ", i
	}
	return string(rest), i
}

// quoted finds the end of a quoted scalar, behind the closing quote.
func (r *yamlReader) quoted(quote byte, value string) int {
	if r.pos >= len(r.text) || r.text[r.pos] != quote {
		r.unplaced(r.pos)
	}
	start, end := r.pos+1, r.pos+1+len(value)
	if end < len(r.text) && r.text[end] == quote && r.text[start:end] == value && !strings.ContainsAny(value, "'\"\\\n") {
		return end + 1
	}
	end, got, ok := decodeQuoted(r.text, r.pos)
	if !ok || got != value {
		r.unplaced(r.pos)
	}
	return end
}

// decodeQuoted reads the quoted scalar at s[i:] as yaml.v3 does.
func decodeQuoted(s string, i int) (end int, value string, ok bool) {
	quote := s[i]
	var out strings.Builder
	for i++; i < len(s); {
		switch c := s[i]; {
		case c == quote && quote == '\'' && i+1 < len(s) && s[i+1] == '\'':
			out.WriteByte('\'')
			i += 2
		case c == quote:
			return i + 1, out.String(), true
		case c == '\\' && quote == '"':
			n, text := yamlEscape(s, i)
			if n == 0 {
				return 0, "", false
			}
			out.WriteString(text)
			i += n
			if text == "" {
				i = skipFolded(s, i, &out)
			}
		case blankOrEnd(s, i):
			fold, after := foldAt(s, i)
			if fold == "" {
				fold = s[i:after]
			}
			out.WriteString(fold)
			i = after
		default:
			out.WriteByte(c)
			i++
		}
	}
	return 0, "", false
}

// skipFolded reads the white space behind an escaped line break: only further
// line breaks count.
func skipFolded(s string, i int, out *strings.Builder) int {
	for i < len(s) {
		n := breakLength(s, i)
		if n == 0 && !isBlank(s[i]) {
			break
		}
		if n > 0 {
			out.WriteString(normalBreak(s, i, n))
		}
		i += max(n, 1)
	}
	return i
}

// yamlEscape reads the escape at s[i:]; text is "" for a line break.
func yamlEscape(s string, i int) (n int, text string) {
	if i+1 >= len(s) {
		return 0, ""
	}
	if b := breakLength(s, i+1); b > 0 {
		return 1 + b, ""
	}
	digits := 0
	switch s[i+1] {
	case 'x':
		digits = 2
	case 'u':
		digits = 4
	case 'U':
		digits = 8
	default:
		text, ok := yamlEscapes[s[i+1]]
		if !ok {
			return 0, ""
		}
		return 2, text
	}
	if i+2+digits > len(s) {
		return 0, ""
	}
	value := rune(0)
	for _, c := range []byte(s[i+2 : i+2+digits]) {
		h := strings.IndexByte("0123456789abcdef", c|0x20)
		if h < 0 || c < '0' {
			return 0, ""
		}
		value = value<<4 | rune(h)
	}
	return 2 + digits, string(value)
}

// yamlEscapes are the escapes in double quotes (scannerc.go in yaml.v3).
var yamlEscapes = map[byte]string{
	'0': "\x00", 'a': "\a", 'b': "\b", 't': "\t", '\t': "\t", 'n': "\n", 'v': "\v", 'f': "\f", 'r': "\r",
	'e': "\x1b", ' ': " ", '"': "\"", '\'': "'", '\\': "\\", 'N': "\u0085", '_': "\u00a0", 'L': "\u2028", 'P': "\u2029",
}
