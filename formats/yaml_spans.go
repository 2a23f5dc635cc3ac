package formats

import (
	"strings"

	"gopkg.in/yaml.v3"
)

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
