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

// The Head of a value that is not written: what must stand in front of one.
const (
	blankNeeded = " "
	colonNeeded = ": " // behind a key within braces
)

// scalar reads a value. Its span covers quotes, block header and core tag.
func (r *yamlReader) scalar(n *yaml.Node, at *Place, c yamlContext) {
	typ, value, odd := r.canonical(n)
	l := Leaf{At: at, Doc: r.doc, Type: typ, Value: value}
	s := r.span(n, c)
	l.Start, l.End, l.Style, l.Indent, l.Head = s.start, s.end, s.style, s.indent, s.head
	core := s.tag.End > 0 && isCoreTag(n.Tag)
	switch {
	case s.empty && !core:
		l.Head = r.missing(&s, c.flow)
	case r.encrypted:
		// sops writes a note into the header of a value that it leaves in the
		// clear, never into that of a token.
		if s.noted && strings.HasPrefix(value, "ENC[") {
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
func (r *yamlReader) missing(s *yamlSpan, flow bool) string {
	switch {
	case s.tag.End > 0 || s.anchor.End > 0 || r.sig == r.lastAt+1 && (r.last == ':' || r.last == '-'):
		return blankNeeded
	case flow:
		return colonNeeded
	}
	return ""
}

// plainStyle is the style of a plain value that ends at an offset.
func (r *yamlReader) plainStyle(c yamlContext, end int) (style uint8, indent int) {
	if c.flow {
		return yamlFlow, 0
	}
	if indent = c.blockIndent(); r.roomForBlock(end, indent) {
		return yamlPlain, indent
	}
	return yamlPlain, 0
}

// blockIndent is how far a new block scalar is indented.
func (c yamlContext) blockIndent() int { return max(c.indent, 0) + max(c.step, 2) }

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
	return end > 0 && lineStarted(r.text, end)
}
