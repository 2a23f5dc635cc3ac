package example

import (
	"slices"
	"strings"

	"github.com/encfg/encfg/formats"
)

// Problem is something about one key, and where it stands.
type Problem struct {
	Line int    `json:"line,omitempty"` // of the template, from 1; 0 if it stands elsewhere
	Key  string `json:"key"`
	Msg  string `json:"problem"`
}

// Merge puts into a new template of the source what people wrote into the old
// one: comments, and placeholders of their own. What cannot be kept, since its
// key is gone or has become something else, is listed.
func (s *Source) Merge(template, old []byte) (merged []byte, lost []Problem, err error) {
	oldDoc, err := s.format.Parse(old)
	if err != nil {
		return nil, nil, err
	}
	doc, err := s.format.Parse(template)
	if err != nil {
		return nil, nil, err
	}
	m := merger{source: s, old: oldDoc, doc: doc, was: values(oldDoc), is: values(doc)}
	m.gone()
	m.shown()
	text := withCRLF(doc, formats.Splice(doc.Source, m.placeholders()))
	if m.doc, err = s.format.Parse(text); err != nil {
		return nil, nil, err
	}
	out := withCRLF(m.doc, []byte(m.comments()))
	slices.SortStableFunc(m.lost, func(a, b Problem) int { return a.Line - b.Line })
	if _, err := s.format.Parse(out); err != nil {
		return nil, nil, &formats.Error{Msg: "the old template cannot be merged into the new one: " + err.Error(), Hint: "move the old one away, and take over by hand what you need"}
	}
	return out, m.lost, nil
}

type merger struct {
	source   *Source
	old, doc *formats.Document
	was, is  map[place]*formats.Leaf
	lost     []Problem
}

// values gives the leaves of a document that are no comments.
func values(doc *formats.Document) map[place]*formats.Leaf {
	out := make(map[place]*formats.Leaf, len(doc.Leaves))
	for i := range doc.Leaves {
		if l := &doc.Leaves[i]; l.Type != formats.Comment {
			out[placeOf(l)] = l
		}
	}
	return out
}

// gone lists the keys of the old template that the new one does not have.
func (m *merger) gone() {
	for i := range m.old.Leaves {
		l := &m.old.Leaves[i]
		p := placeOf(l)
		if l.Type == formats.Comment || m.is[p] != nil || l.Type == formats.Null && m.below(p) {
			continue
		}
		msg := "the template has this key, and the file does not"
		if m.below(p) || m.above(l) {
			msg = "it is one value in the template or the file, and several in the other"
		}
		m.lose(l.Start, l.At.String(), msg)
	}
}

// shown lists the values in the clear that differ: either the file or the
// template was changed, and nobody but a person can tell which.
func (m *merger) shown() {
	for i := range m.doc.Leaves {
		l := &m.doc.Leaves[i]
		p := placeOf(l)
		old := m.was[p]
		if _, blank := m.source.holders[p]; l.Type == formats.Comment || old == nil || blank {
			continue
		}
		if old.Type != l.Type || old.Value != l.Value {
			m.lose(old.Start, l.At.String(), "the template shows another value than the file")
		}
	}
}

func (m *merger) lose(at int, key, msg string) {
	n, _ := formats.Position(m.old.Source, at)
	m.lost = append(m.lost, Problem{Line: n, Key: key, Msg: msg})
}

// below reports that the new template has values under a place.
func (m *merger) below(p place) bool {
	for q := range m.is {
		if q.doc == p.doc && (strings.HasPrefix(q.path, p.path+".") || strings.HasPrefix(q.path, p.path+"[")) {
			return true
		}
	}
	return false
}

// above reports that the new template has one value where l is one of several.
func (m *merger) above(l *formats.Leaf) bool {
	for at := l.At; at != nil; at = at.Parent {
		if m.is[place{l.Doc, at.String()}] != nil {
			return true
		}
	}
	return false
}

// placeholders takes over the placeholders that people wrote.
func (m *merger) placeholders() []formats.Replacement {
	var reps []formats.Replacement
	for _, l := range standing(m.doc) {
		old := m.was[placeOf(l)]
		h, blank := m.source.holders[placeOf(l)]
		if !blank || old == nil || old.Virtual || old.Type == formats.Null || old.Type == l.Type && old.Value == l.Value {
			continue
		}
		if old.Type != formats.Str && old.Type != h.of && h.of != formats.Str {
			m.lose(old.Start, l.At.String(), "the template has "+article(old.Type)+", and the file "+article(h.of))
			continue
		}
		reps = append(reps, formats.Replacement{Start: l.Start, End: l.End, Text: m.spell(l, old)})
	}
	return reps
}

// spell writes the old placeholder in the new place, as it was spelled if that
// means the same there.
func (m *merger) spell(l, old *formats.Leaf) string {
	source := string(m.old.Source[old.Start:old.End])
	if !strings.Contains(source, "\n") && m.source.format.Name() != "yaml" {
		return source
	}
	if strings.HasPrefix(source, `"`) || strings.HasPrefix(source, "'") {
		if blank := m.source.format.Spell(l, formats.Str, ""); !strings.Contains(source, "\n") && (blank == `""` || blank == "''") {
			return source
		}
	}
	return m.source.format.Spell(l, old.Type, old.Value)
}

// comments takes over the comments that people wrote.
func (m *merger) comments() string {
	oldLines, lines := readLines(m.old), readLines(m.doc)
	was, is := gaps(oldLines), gaps(lines)
	behind := map[string]string{} // the comments behind values
	for i := range oldLines {
		if oldLines[i].trailing != "" {
			behind[oldLines[i].id] = oldLines[i].trailing
		}
	}
	rename(was, behind, oldLines, lines)
	indents := map[string]string{}
	for i := range oldLines {
		indents[oldLines[i].id] = oldLines[i].indent()
	}
	used := map[string]bool{}
	var b strings.Builder
	above := func(id, indent string) {
		gap := joinRuns(was[id], is[id], indents[id], indent)
		if gap != "" && b.Len() > 0 && !strings.HasSuffix(b.String(), "\n") {
			b.WriteByte('\n')
		}
		used[id] = true
		b.WriteString(gap)
	}
	above(atTop, "")
	for i := range lines {
		n := &lines[i]
		if n.id == "" {
			continue
		}
		above(n.id, n.indent())
		b.WriteString(n.with(behind[n.id]))
	}
	above(atBottom, "")
	for i := range oldLines {
		id := oldLines[i].id
		if was[id] == nil || id == "" || used[id] || strings.HasPrefix(id, "\x00") {
			continue
		}
		if r := was[id]; r.comments() > 0 {
			m.lost = append(m.lost, Problem{Line: r[0].number, Msg: "what this comment stands above is gone"})
		}
	}
	return b.String()
}

// rename moves what stands at a line without a value, such as db:, to the line
// with the same text in the new template, if there is just one: the value below
// it may be another one now.
func rename(was map[string]run, behind map[string]string, oldLines, lines []line) {
	before, now := byCode(oldLines), byCode(lines)
	for code, ids := range before {
		if to := now[code]; len(ids) == 1 && len(to) == 1 && ids[0] != to[0] {
			was[to[0]], behind[to[0]] = was[ids[0]], behind[ids[0]]
			delete(was, ids[0])
		}
	}
}

// byCode lists the ids of the lines without a value, by their text.
func byCode(lines []line) map[string][]string {
	out := map[string][]string{}
	for i := range lines {
		if code, _, ok := strings.Cut(lines[i].id, "\n"); ok {
			out[code] = append(out[code], lines[i].id)
		}
	}
	return out
}

func (n *line) indent() string { return n.text[:len(n.text)-len(strings.TrimLeft(n.text, " \t"))] }

// joinRuns gives the old comments, and those of the new that are not among
// them. Without old comments the new run stays as it is. What the comments
// stand above was indented by from, and is by to.
func joinRuns(old, now run, from, to string) string {
	var b strings.Builder
	if old.comments() == 0 {
		for i := range now {
			b.WriteString(now[i].text)
		}
		return b.String()
	}
	for i := range now {
		if now[i].comment && !old.has(now[i].text) {
			b.WriteString(now[i].text)
		}
	}
	for i := range old {
		text := old[i].text
		if rest, ok := strings.CutPrefix(text, from); ok && old[i].comment {
			text = to + rest
		}
		b.WriteString(text)
	}
	return b.String()
}

// with adds a comment behind the line, if it has none and is just one line.
func (n *line) with(trailing string) string {
	body := strings.TrimRight(n.text, "\r\n")
	if trailing == "" || n.trailing != "" || strings.Contains(body, "\n") {
		return n.text
	}
	return body + trailing + n.text[len(body):]
}

func article(t formats.Type) string {
	switch t {
	case formats.Int:
		return "an integer"
	case formats.Float:
		return "a number"
	case formats.Bool:
		return "true or false"
	case formats.Time:
		return "a time"
	case formats.Null:
		return "nothing"
	}
	return "a text"
}
