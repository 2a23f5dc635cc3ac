// Package example makes templates of files with secrets, such as .env.example,
// and checks files against them.
//
// A template is the text of the file, spliced: layout, order and structure
// stay, secret values become placeholders, and comments that may hold secrets
// go. FromEncrypted needs no key, FromPlain takes a plaintext; Source.Template
// makes the template; after it, Merge keeps what people wrote into an older one, and
// Compare tells what differs. A Contract is what a template demands of a file.
//
// Nothing here prints, reads files or asks anybody, and no error holds a value.
package example

import (
	"bytes"
	"slices"
	"strings"

	"github.com/encfg/encfg/crypt"
	"github.com/encfg/encfg/formats"
)

// Source is a file that a template is made of.
type Source struct {
	format formats.Format
	doc    *formats.Document
	roles  []role // one for each leaf
	plain  bool   // the text is plaintext

	holders map[place]holder // what Template put in the place of values
}

// role says what becomes of a leaf.
type role struct {
	kind roleKind
	typ  formats.Type // of a secret: its type
	drop bool         // of a comment: it goes
}

type roleKind uint8

const (
	keep    roleKind = iota // a value or comment that everybody may read
	secret                  // a value that becomes a placeholder
	comment                 // a comment that is encrypted
	item                    // such a comment, which sops wrote as an item of a list
)

// FromEncrypted reads an encrypted file. It needs no key: what is a token is a
// secret.
func FromEncrypted(f formats.Format, enc []byte) (*Source, error) {
	doc, err := f.ParseEncrypted(enc)
	if err != nil {
		return nil, err
	}
	s := &Source{format: f, doc: doc, roles: make([]role, len(doc.Leaves))}
	for i := range doc.Leaves {
		l := &doc.Leaves[i]
		if !crypt.IsToken(l.Value) {
			continue
		}
		typ, ok := crypt.TokenType(l.Value)
		switch {
		case l.Type == formats.Comment:
			s.roles[i] = role{kind: comment}
		case !ok:
			return nil, s.errorAt(l, "the token is damaged", "restore the file from version control")
		case typ == formats.Comment:
			s.roles[i] = role{kind: item}
		default:
			s.roles[i] = role{kind: secret, typ: typ}
		}
	}
	return s, nil
}

// FromPlain reads a plaintext file, of which the rules tell what is secret.
func FromPlain(f formats.Format, plain []byte, rules crypt.Rules) (*Source, error) {
	doc, err := f.Parse(plain)
	if err != nil {
		return nil, err
	}
	chosen, err := crypt.Selection(f, doc, rules)
	if err != nil {
		return nil, err
	}
	s := &Source{format: f, doc: doc, roles: make([]role, len(doc.Leaves)), plain: true}
	for i := range doc.Leaves {
		if l := &doc.Leaves[i]; chosen[i] {
			s.roles[i] = role{kind: secret, typ: l.Type}
			if l.Type == formats.Comment {
				s.roles[i].kind = comment
			}
		}
	}
	return s, nil
}

// Options say what a template looks like.
type Options struct {
	// BlankAll makes placeholders of the values that are not secret, too.
	BlankAll bool
	// Comments keeps the comments that are encrypted in the file. Only a
	// Source made FromPlain has them.
	Comments bool
	// Placeholder stands for a secret text; "" by default.
	Placeholder string
	// Text is a placeholder for one value, if there is one; may be nil.
	Text func(at *formats.Place) (text string, ok bool)
}

// Template makes the template of the file. The result has been read again: at
// the place of each secret is its placeholder.
func (s *Source) Template(o Options) ([]byte, error) {
	var reps []formats.Replacement
	s.holders = map[place]holder{}
	for i := range s.doc.Leaves {
		l, r := &s.doc.Leaves[i], &s.roles[i]
		if o.BlankAll && r.kind == keep && l.Type != formats.Comment && l.Type != formats.Null {
			r = &role{kind: secret, typ: l.Type}
		}
		switch r.kind {
		case secret:
			h := o.holder(PlaceOf(s.format, l), r.typ)
			s.holders[placeOf(l)] = h
			if !l.Virtual {
				reps = append(reps, formats.Replacement{Start: l.Start, End: l.End, Text: s.format.Spell(l, h.typ, h.value)})
			}
		case comment:
			if r.drop = !o.Comments || !s.plain; r.drop && !l.Virtual {
				reps = append(reps, s.dropComment(l)...)
			}
		case item:
			reps = append(reps, s.dropItem(i))
		}
	}
	reps = append(reps, s.edits()...)
	for _, cut := range s.doc.MetadataSpans {
		reps = append(reps, formats.Replacement{Start: cut.Start, End: cut.End})
	}
	slices.SortStableFunc(reps, func(a, b formats.Replacement) int { return a.Start - b.Start })
	text := formats.Splice(s.doc.Source, outermost(reps))
	if !startsBlank(s.doc.Source) { // the comments at the top are gone
		text = bytes.TrimLeft(text, "\r\n")
	}
	text = withCRLF(s.doc, text)
	return text, s.verify(text)
}

// withCRLF gives a text the line endings that the document's file has.
func withCRLF(doc *formats.Document, text []byte) []byte {
	if doc.CRLF {
		return bytes.ReplaceAll(text, []byte("\n"), []byte("\r\n"))
	}
	return text
}

func startsBlank(text []byte) bool { return len(text) > 0 && (text[0] == '\n' || text[0] == '\r') }

// holder is a placeholder.
type holder struct {
	typ   formats.Type
	value string       // canonical
	of    formats.Type // of the value that it stands for
}

// holder finds the placeholder of a secret.
func (o *Options) holder(at *formats.Place, t formats.Type) holder {
	if o.Text != nil {
		if text, ok := o.Text(at); ok {
			h := typed(text, t)
			h.of = t
			return h
		}
	}
	switch t {
	case formats.Int, formats.Float:
		return holder{t, "0", t}
	case formats.Bool:
		return holder{t, "False", t}
	}
	return holder{formats.Str, o.Placeholder, t}
}

// edits blanks the secrets that stand in the place of an edit: values that an
// encrypted file spells differently. An alias stays, as it only names what has
// been blanked.
func (s *Source) edits() []formats.Replacement {
	var reps []formats.Replacement
	for i := range s.doc.Edits {
		e := &s.doc.Edits[i]
		source := string(s.doc.Source[e.Start:e.End])
		if e.Metadata || len(e.Leaves) == 0 || isAlias(source) {
			continue
		}
		text, hit := e.Text[0], false
		for n, leaf := range e.Leaves {
			l := &s.doc.Leaves[leaf]
			if s.roles[leaf].drop {
				text, hit = strings.TrimRight(strings.TrimSuffix(text, "#"), " \t")+e.Text[n+1], true
				continue
			}
			typ, value := l.Type, l.Value
			if h, ok := s.holders[placeOf(l)]; ok {
				typ, value, hit = h.typ, h.value, true
			}
			text += s.format.Spell(l, typ, value) + e.Text[n+1]
		}
		if hit {
			reps = append(reps, formats.Replacement{Start: e.Start, End: e.End, Text: text})
		}
	}
	return reps
}

// isAlias tells of the source of an edit that it only names another value.
func isAlias(source string) bool {
	return strings.HasPrefix(source, "*") || strings.HasPrefix(source, "<<")
}

// outermost drops replacements inside of others. They are sorted by start.
func outermost(reps []formats.Replacement) []formats.Replacement {
	out := reps[:0:0]
	end := 0
	for _, r := range reps {
		if r.Start < end || r.Start == r.End && r.Text == "" {
			continue
		}
		out = append(out, r)
		end = max(end, r.End)
	}
	return out
}

// verify reads a template again and looks at every value.
func (s *Source) verify(text []byte) error {
	doc, err := s.format.Parse(text)
	if err != nil {
		return &formats.Error{Msg: "the template could not be read again (nothing was written): " + err.Error(), Hint: hintDefect}
	}
	if bytes.Contains(text, []byte("ENC[AES256_GCM,")) {
		return &formats.Error{Msg: "the template has an encrypted value left (nothing was written)", Hint: hintDefect}
	}
	for i := range doc.Leaves {
		l := &doc.Leaves[i]
		if h, ok := s.holders[placeOf(l)]; ok && l.Type != formats.Comment && l.Value != "" && l.Value != h.value {
			return formats.ErrorAt(doc.Source, l.Start, l.At.String()+": the value is not the placeholder (nothing was written)", hintDefect)
		}
	}
	return nil
}

const hintDefect = "this is a defect of encfg: please report it"

func (s *Source) errorAt(l *formats.Leaf, msg, hint string) error {
	return formats.ErrorAt(s.doc.Source, l.Start, l.At.String()+": "+msg, hint)
}

// place tells the values of a file apart.
type place struct {
	doc  int32 // of YAML documents
	path string
}

func placeOf(l *formats.Leaf) place { return place{l.Doc, l.At.String()} }
