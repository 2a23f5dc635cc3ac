package example

import "github.com/encfg/encfg/formats"

// Compare says how an old template differs from a new one of the source, by
// keys: layout, comments and the texts of placeholders do not count.
func (s *Source) Compare(template, old []byte) ([]Problem, error) {
	oldDoc, err := s.format.Parse(old)
	if err != nil {
		return nil, err
	}
	doc, err := s.format.Parse(template)
	if err != nil {
		return nil, err
	}
	m := merger{source: s, old: oldDoc, doc: doc, was: values(oldDoc), is: values(doc)}
	m.gone()
	m.placeholders() // for the values whose type differs
	m.shown()
	for i := range doc.Leaves {
		l := &doc.Leaves[i]
		p := placeOf(l)
		if l.Type == formats.Comment {
			continue
		}
		if m.was[p] == nil && !m.covered(l) {
			m.lost = append(m.lost, Problem{Key: l.At.String(), Msg: "the template lacks this key"})
		}
	}
	return m.lost, nil
}

// covered reports that the difference at a value has been told already: what
// is several values here is one in the old template.
func (m *merger) covered(l *formats.Leaf) bool {
	for at := l.At.Parent; at != nil; at = at.Parent {
		if old := m.was[place{l.Doc, at.String()}]; old != nil && old.Type != formats.Null {
			return true
		}
	}
	return false
}
