package example

import (
	"bytes"
	"strings"

	"github.com/encfg/encfg/formats"
)

// dropComment removes a comment: its lines if it stands alone, else what is
// between the value and the end of the line.
func (s *Source) dropComment(l *formats.Leaf) []formats.Replacement {
	src := s.doc.Source
	start, code := codeBefore(src, l.Start)
	if code > 0 {
		return []formats.Replacement{{Start: start + code, End: l.End}}
	}
	reps := []formats.Replacement{{Start: start, End: nextLine(src, l.End)}}
	if s.format.Name() == "ini" && l.Indent > l.End {
		// Its second part stands behind the value that follows.
		line, code := codeBefore(src, l.Indent)
		end := len(bytes.TrimRight(src[:nextLine(src, l.Indent)], "\r\n"))
		reps = append(reps, formats.Replacement{Start: line + code, End: end})
	}
	return reps
}

// codeBefore gives the start of the line in which a comment stands, and the
// length of what stands in front of the comment, without white space.
func codeBefore(src []byte, at int) (line, length int) {
	line = bytes.LastIndexByte(src[:at], '\n') + 1
	before := strings.TrimRight(string(src[line:at]), " \t")
	if strings.Trim(before, "#; \t") == "" {
		return line, 0
	}
	before = strings.TrimSuffix(strings.TrimSuffix(before, "#"), ";")
	return line, len(strings.TrimRight(before, " \t"))
}

// nextLine is the start of the line after an offset.
func nextLine(src []byte, at int) int {
	if i := bytes.IndexByte(src[at:], '\n'); i >= 0 {
		return at + i + 1
	}
	return len(src)
}

// dropItem removes a comment that sops wrote as an item of a list.
func (s *Source) dropItem(i int) formats.Replacement {
	lc, ok := s.format.(formats.ListCommenter)
	l := &s.doc.Leaves[i]
	if !ok {
		return formats.Replacement{Start: l.Start, End: l.End, Text: s.format.Spell(l, formats.Str, "")}
	}
	r := lc.RestoreComment(s.doc, i, "")
	code, _, found := strings.Cut(r.Text, "#")
	if !found {
		return r
	}
	r.Text = strings.TrimRight(code, " ")
	start := bytes.LastIndexByte(s.doc.Source[:r.Start], '\n') + 1
	if r.Text == "" && strings.TrimSpace(string(s.doc.Source[start:r.Start])) == "" {
		return formats.Replacement{Start: start, End: nextLine(s.doc.Source, r.End)}
	}
	return r
}
