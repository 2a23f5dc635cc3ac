package formats

import "strings"

// advance reads the text between two nodes: white space, indicators,
// properties, document markers and comments, which become leaves.
func (r *yamlReader) advance(to int) {
	for r.pos < to {
		switch c := r.text[r.pos]; c {
		case ' ', '\t', '\n', '\r':
			r.pos++
		case ':', ',', '[', ']', '{', '}', '?':
			r.indicator(c)
		case '-':
			if !r.documentMarker() {
				r.indicator(c)
			}
		case '#':
			if lineEnd(r.text, r.pos) > to {
				return // yaml.v3 places an empty value within a comment
			}
			r.comment()
		case '!', '&':
			r.skipProperty()
		case '.':
			if !r.documentMarker() {
				r.unplaced(r.pos)
			}
		case '%':
			r.directive()
		default:
			n := breakLength(r.text, r.pos)
			if n == 0 {
				r.unplaced(r.pos)
			}
			r.pos += n
		}
	}
	if r.pos > to {
		r.unplaced(to)
	}
}

func (r *yamlReader) indicator(c byte) {
	r.last, r.lastAt = c, r.pos
	r.pos++
	r.sig = r.pos
}

// comment makes a leaf of the comment whose sign stands at pos.
func (r *yamlReader) comment() {
	start := r.pos + 1
	end := lineEnd(r.text, start)
	r.leaves = append(r.leaves, Leaf{Start: start, End: end, Doc: r.doc, Type: Comment, Value: r.text[start:end], Style: yamlComment})
	r.comments++
	r.pos = end
}

// documentMarker reads "---" or "..." at the start of a line.
func (r *yamlReader) documentMarker() bool {
	rest := r.text[r.pos:]
	if !strings.HasPrefix(rest, "---") && !strings.HasPrefix(rest, "...") ||
		!blankOrEnd(r.text, r.pos+3) || !lineStarted(r.text, r.pos) {
		return false
	}
	if r.rooted && r.marker < 0 {
		r.marker = r.pos
	}
	if r.rooted && rest[0] == '-' {
		r.doc++
		r.rooted = false
	}
	r.pos += 3
	r.sig = r.pos
	return true
}

// directive reads a line such as %YAML 1.1, up to a comment.
func (r *yamlReader) directive() {
	if !lineStarted(r.text, r.pos) {
		r.unplaced(r.pos)
	}
	if r.rooted && r.marker < 0 {
		r.marker = r.pos
	}
	end := lineEnd(r.text, r.pos)
	if i := strings.IndexByte(r.text[r.pos:end], '#'); i >= 0 {
		end = r.pos + i
	}
	r.pos, r.sig = end, end
}

// skipProperty reads the tag or anchor at pos.
func (r *yamlReader) skipProperty() {
	anchor := r.text[r.pos] == '&'
	for r.pos++; !blankOrEnd(r.text, r.pos); r.pos++ {
		if anchor && !isAnchorByte(r.text[r.pos]) {
			break
		}
	}
	r.sig = r.pos
}

func isAnchorByte(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || c == '-'
}

// yamlProperties are the tag and the anchor in front of a scalar.
type yamlProperties struct {
	tag, anchor Span
	apart       bool // a comment, an anchor or a line break stands behind the tag
}

// properties reads what stands in front of a scalar's content, at pos. want
// says how many there are where the content is empty.
func (r *yamlReader) properties(empty bool, want int) (p yamlProperties) {
	for r.pos < len(r.text) && (!empty || want > 0) {
		c := r.text[r.pos]
		start := r.pos
		switch {
		case c == '!' && p.tag.End == 0:
			r.skipProperty()
			p.tag = Span{start, r.pos}
		case c == '&' && p.anchor.End == 0:
			r.skipProperty()
			p.anchor = Span{start, r.pos}
		default:
			return p
		}
		if want--; empty && want <= 0 {
			return p
		}
		r.skipBlanks()
	}
	if p.tag.End > 0 {
		p.apart = p.anchor.Start > p.tag.Start || strings.Trim(r.text[p.tag.End:r.pos], " \t") != ""
	}
	return p
}

// skipBlanks reads white space, line breaks and comments.
func (r *yamlReader) skipBlanks() {
	for r.pos < len(r.text) {
		switch c := r.text[r.pos]; {
		case isBlank(c):
			r.pos++
		case c == '#':
			r.comment()
		default:
			n := breakLength(r.text, r.pos)
			if n == 0 {
				return
			}
			r.pos += n
		}
	}
}
