package example

import (
	"bytes"
	"strings"

	"github.com/encfg/encfg/formats"
)

// dropComment removes a comment: its line if it stands alone, else what is
// between the value and the end of the line.
func dropComment(src []byte, l *formats.Leaf) formats.Replacement {
	start := bytes.LastIndexByte(src[:l.Start], '\n') + 1
	before := string(src[start:l.Start])
	code := strings.TrimRight(strings.TrimSuffix(before, "#"), " \t")
	if code != "" {
		return formats.Replacement{Start: start + len(code), End: l.End}
	}
	return formats.Replacement{Start: start, End: nextLine(src, l.End)}
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
