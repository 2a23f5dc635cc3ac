package crypt

import (
	"bytes"
	"runtime"
	"slices"
	"time"

	"github.com/encfg/encfg/formats"
)

// sealer turns a plaintext file into an encrypted one.
type sealer struct {
	format formats.Format
	key    *DataKey
	md     Metadata // recipients and rules; the rest is filled in
	old    *reuse   // may be nil
	now    time.Time

	dated  func(*formats.Leaf) bool // values whose last change is recorded; may be nil
	before *reuse                   // the old version, even if its tokens cannot be used; may be nil
}

// Counts says how many values a file has.
type Counts struct {
	Encrypted int // values that are tokens
	Plain     int // values that are not: by rule, or because they are null or empty
	Comments  int // comments that are tokens
}

// plan is a parsed file in which it is decided what is encrypted.
type plan struct {
	src    []byte
	doc    *formats.Document
	marks  []uint8 // one for each leaf
	counts Counts
	sel    *selector
}

// sealed reports that a leaf gets a token.
func (p *plan) sealed(leaf int) bool { return p.marks[leaf]&sealIt != 0 }

func (s *sealer) plan(src []byte) (*plan, error) {
	if _, ok := s.format.(formats.Opaque); ok {
		s.md.Rules, _ = Rules{}.Normalize() // the default is valid
		s.md.MACOnlyEncrypted = false
	}
	doc, err := s.format.Parse(src)
	if err != nil {
		return nil, fromFormat(err)
	}
	p := &plan{src: src, doc: doc}
	if p.sel, err = newSelector(s.md.Rules); err != nil {
		return nil, err
	}
	p.marks, p.counts, err = s.choose(doc, p.sel)
	return p, err
}

// seal encrypts and verifies.
func (s *sealer) seal(p *plan) (*Sealed, error) {
	w := &writer{sealer: s, plan: p, dates: s.newDater(p), mac: newMAC(s.md.MACOnlyEncrypted, len(p.src)),
		give: s.old.supply(p.doc, p.sealed)}
	s.md.Own = s.md.newOwn()
	text := w.assemble()
	if w.err != nil {
		return nil, w.err
	}
	s.md.Own.Changed = w.dates.records()
	out, err := s.finish(p.doc, text, w)
	if err != nil {
		return nil, err
	}
	kept := w.kept()
	if p.doc, p.marks, w = nil, nil, nil; len(out) > collectAbove {
		runtime.GC() // the source's leaves go before those of the result come
	}
	if err := s.verify(p.src, out); err != nil {
		return nil, err
	}
	return &Sealed{Text: out, Counts: p.counts, Metadata: &s.md, Kept: kept}, nil
}

// collectAbove is the size of an encrypted file from which memory matters.
const collectAbove = 8 << 20

// newOwn is our part of the block, with what stays of the old one.
func (md *Metadata) newOwn() *Own {
	own := &Own{Version: ownVersion, Residue: map[string]string{}}
	if md.Own != nil {
		own.Recipients = md.Own.Recipients
		own.Extra = slices.DeleteFunc(slices.Clone(md.Own.Extra), func(f formats.Field) bool { return f.Key == keyComments })
	}
	if md.Rules.CommentsPlain {
		own.Extra = append(own.Extra, formats.Field{Key: keyComments, Value: commentsPlain})
	}
	return own
}

// marks of a leaf
const (
	selected = 1 << iota // a rule wants it encrypted
	sealIt               // and it gets a token: it is not null or empty
)

// choose applies the rules. Comments come second, since their places depend on
// which values become tokens.
func (s *sealer) choose(doc *formats.Document, sel *selector) (marks []uint8, c Counts, err error) {
	marks = make([]uint8, len(doc.Leaves))
	comments := false
	for i := range doc.Leaves {
		l := &doc.Leaves[i]
		switch {
		case l.Type == formats.Comment:
			comments = true
		case l.Type == formats.Null:
		case !sel.selects(l):
			c.Plain++
		case l.Value == "":
			marks[i] = selected
		default:
			marks[i] = selected | sealIt
			c.Encrypted++
		}
	}
	if !comments {
		return marks, c, s.nothing(c)
	}
	if settler, ok := s.format.(formats.Settler); ok {
		if err := settler.Settle(doc, func(i int) bool { return marks[i]&sealIt != 0 }); err != nil {
			return nil, c, fromFormat(err)
		}
	}
	for i := range doc.Leaves {
		l := &doc.Leaves[i]
		if l.Type == formats.Comment && l.Value != "" && sel.selects(l) {
			marks[i] = selected | sealIt
			c.Comments++
		}
	}
	return marks, c, s.nothing(c)
}

// nothing refuses a file in which there are values and none is selected.
func (s *sealer) nothing(c Counts) error {
	if c.Encrypted == 0 && c.Plain > 0 {
		return &Error{Kind: KindNothingToDo, Msg: "no value would be encrypted: the rule leaves all of them as they are (" + s.md.Rules.String() + ")",
			Hint: "mend the rule; encfg status --explain FILE says which one matched"}
	}
	return nil
}

// finish adds the sops block to the assembled text.
func (s *sealer) finish(doc *formats.Document, a formats.Assembled, w *writer) ([]byte, error) {
	// Where things stand in the skeleton does not depend on the block.
	l := newLayout(doc, &a, s.md.Own)
	l.Types = checksum(w.types)
	lay, err := l.marshal()
	if err != nil {
		return nil, err
	}
	if s.old != nil && s.old.layout.plain == lay {
		s.md.Own.Layout = s.old.layout.token
	} else if s.md.Own.Layout, err = s.key.sealText(lay, layoutAAD); err != nil {
		return nil, err
	}
	s.md.LastModified = s.now.UTC().Format(time.RFC3339)
	s.md.Version = SOPSVersion
	if s.md.MAC, err = s.key.sealText(w.mac.sum(), s.md.LastModified); err != nil {
		return nil, err
	}
	block := s.format.Block(doc, s.md.Map())
	return slices.Insert(a.Text, a.Metadata.Start, []byte(block)...), nil
}

// verify decrypts the result and compares it with the source.
func (s *sealer) verify(src, out []byte) error {
	o := opener{format: s.format, key: s.key}
	got, err := o.open(out)
	if err != nil {
		return &Error{Kind: KindSelfCheck, Msg: "the encrypted text did not decrypt again (nothing was written): " + err.Error(),
			Hint: "this is a defect of encfg: please report it; --type binary encrypts any file", Err: err}
	}
	if bytes.Equal(got.plain, src) && got.exact {
		return nil
	}
	line := 1
	for i := 0; i < len(src) && i < len(got.plain) && src[i] == got.plain[i]; i++ {
		if src[i] == '\n' {
			line++
		}
	}
	return &Error{Kind: KindSelfCheck, Line: line, Msg: "the encrypted text did not decrypt to the same bytes (nothing was written)",
		Hint: "this is a defect of encfg: please report it; --type binary encrypts any file"}
}
