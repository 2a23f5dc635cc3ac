package example

import (
	"strings"

	"github.com/encfg/encfg/crypt"
	"github.com/encfg/encfg/formats"
	"github.com/encfg/encfg/internal/lazyregexp"
)

// Contract is what a template demands: which keys there are, and what their
// values look like.
type Contract struct {
	Entries []Entry
}

// Entry is one key of a contract.
type Entry struct {
	Value // the key, and what the template shows
	Annotations
	// Holder says that the value which the template shows is a placeholder: the
	// rules would encrypt a real one.
	Holder bool
	// Secret says that the rules encrypt the value which the template shows.
	Secret bool
}

// Open says that the template leaves the value open: it shows a blank, a
// placeholder, or a number or word that stands for a secret one.
func (e *Entry) Open() bool {
	switch e.Type {
	case formats.Null:
		return false
	case formats.Int, formats.Float, formats.Bool:
		return e.Secret
	}
	return e.Text == "" || e.isHolder(e.Text)
}

// Fault says what is wrong with a value for the key, without showing it; "" if
// nothing is.
func (e *Entry) Fault(text string) string {
	_, msg := e.judge(&Value{Key: e.Key, Text: text}, CheckOptions{Environment: true})
	return msg
}

// ReadContract reads a template; the rules tell which of its values are
// placeholders. Annotations are in the comments straight above a key, and
// behind its value. Errors are *formats.Error.
func ReadContract(f formats.Format, template []byte, rules crypt.Rules) (*Contract, error) {
	s, err := FromPlain(f, template, rules)
	if err != nil {
		return nil, err
	}
	c := &Contract{}
	index := map[place]int{}
	for i := range s.doc.Leaves {
		l := &s.doc.Leaves[i]
		v, ok := valueOf(f, s.doc, l)
		if !ok {
			continue
		}
		index[placeOf(l)] = len(c.Entries)
		hidden := s.roles[i].kind == secret
		c.Entries = append(c.Entries, Entry{Value: v, Holder: hidden && v.Type == formats.Str, Secret: hidden})
	}
	if err := c.annotate(s.doc, index); err != nil {
		return nil, err
	}
	c.share()
	return c, nil
}

// share gives the annotations of the first item of a list to those that have
// none.
func (c *Contract) share() {
	first := map[string]*Entry{}
	for i := range c.Entries {
		e := &c.Entries[i]
		group := family(e.Key)
		if group == e.Key {
			continue
		}
		if first[group] == nil {
			first[group] = e
		}
		if e.bare() {
			e.Annotations = first[group].Annotations
		}
	}
}

// annotate reads the comments of a template.
func (c *Contract) annotate(doc *formats.Document, index map[place]int) error {
	ids := map[string]int{}
	for p, i := range index {
		ids[valueID(p)] = i
	}
	lines := readLines(doc)
	var above run
	for i := range lines {
		n := &lines[i]
		switch {
		case n.comment:
			above = append(above, *n)
			continue
		case n.id == "":
			if err := stray(above); err != nil {
				return err
			}
			above = nil
			continue
		}
		notes := above
		if n.trailing != "" {
			notes = append(notes, line{number: n.number + strings.Count(strings.TrimRight(n.text, "\n"), "\n"), text: strings.TrimSpace(n.trailing)})
		}
		above = nil
		at, ok := ids[n.id]
		if !ok || n.values != 1 {
			if err := stray(notes); err != nil {
				return err
			}
			continue
		}
		for _, note := range notes {
			if err := c.Entries[at].read(strings.TrimSpace(note.text)); err != nil {
				return atLine(err, note.number)
			}
		}
	}
	return stray(above)
}

// stray refuses annotations that stand at no value, or at several.
func stray(notes run) error {
	for _, n := range notes {
		if text := strings.TrimLeft(strings.TrimSpace(n.text), "#; \t"); strings.HasPrefix(text, "@") {
			return atLine(annotationError("write it straight above the key that it is for", "the annotation does not stand at one key"), n.number)
		}
	}
	return nil
}

func atLine(err error, line int) error {
	if e, ok := err.(*formats.Error); ok {
		e.Line = line
	}
	return err
}

// index is the number of a list's item in a path.
var itemIndex = lazyregexp.New(`\[\d+\]`)

// family is the path of a key without the numbers of list items: the items of
// a list have one contract.
func family(key string) string { return itemIndex().ReplaceAllString(key, "[]") }
