package crypt

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/encfg/encfg/formats"
)

// opener turns an encrypted file into the plaintext one.
type opener struct {
	format    formats.Format
	key       *DataKey
	ignoreMAC bool
	keep      *reuse // filled with the tokens found, if not nil

	doc    *formats.Document
	md     *Metadata
	places map[int32][]string // AADs by YAML document, for stray comments
	marks  []bool             // by leaf: it is to be decrypted

	// The format, if it is one: to ask for each value is slow.
	appends formats.SpellAppender
	lists   formats.ListCommenter

	ahead            *ahead[found] // tokens that other cores open
	space, text, aad []byte        // buffers for one value
}

// opened is a decrypted file.
type opened struct {
	plain    []byte
	md       *Metadata
	counts   Counts
	exact    bool // the bytes are those that were encrypted
	warnings []string
}

func (o *opener) open(enc []byte) (*opened, error) {
	var err error
	if o.doc, err = o.format.ParseEncrypted(enc); err != nil {
		return nil, fromFormat(err)
	}
	if o.md, err = ReadMetadata(o.doc.Metadata); err != nil {
		return nil, err
	}
	return o.values()
}

// values decrypts all leaves, checks the MAC and puts the text together.
func (o *opener) values() (*opened, error) {
	sel, err := newSelector(o.md.Rules)
	if err != nil {
		return nil, err
	}
	out := &opened{md: o.md}
	mac := newMAC(o.md.MACOnlyEncrypted, len(o.doc.Source))
	o.appends, _ = o.format.(formats.SpellAppender)
	o.lists, _ = o.format.(formats.ListCommenter)
	marks := make([]bool, len(o.doc.Leaves))
	o.marks = marks
	for i := range marks {
		l := &o.doc.Leaves[i]
		marks[i] = l.Type != formats.Null && l.Value != "" && sel.selects(l)
	}
	o.ahead = newAhead(len(o.doc.Leaves), o.some)
	defer func() {
		o.ahead.stop()
		wipe(o.space)
		wipe(o.text)
	}()
	lay, larger, err := o.layout(marks)
	if err != nil {
		return nil, err
	}
	text := newSplicer(o.doc.Source, larger, plainSize(o.doc, marks))
	residues := 0
	var types []byte
	for i := range o.doc.Leaves {
		l := &o.doc.Leaves[i]
		if !marks[i] {
			if l.Type != formats.Null && l.Type != formats.Comment {
				mac.add(l.Value, sel.selects(l))
				out.counts.Plain++
			}
			continue
		}
		v, err := o.leaf(i)
		if err != nil {
			return nil, err
		}
		if v.stay {
			if !o.md.Rules.CommentsPlain {
				out.warnings = append(out.warnings, o.where(l)+": a comment is not encrypted")
			}
			continue
		}
		if v.residue {
			residues++
		}
		if v.typ == formats.Comment {
			out.counts.Comments++
			if o.lists != nil && l.Type != formats.Comment {
				text.replace(o.lists.RestoreComment(o.doc, i, v.plain))
				continue
			}
		} else {
			out.counts.Encrypted++
			types = append(types, byte(v.typ))
			mac.add(v.plain, true)
		}
		text.replace(formats.Replacement{Start: l.Start, End: l.End, Text: v.text})
	}
	if err := o.checkMAC(mac); err != nil {
		return nil, err
	}
	if lay.Types != nil && !o.ignoreMAC && !bytes.Equal(lay.Types, checksum(types)) {
		return nil, &Error{Kind: KindMACMismatch, Msg: "the type of a value was changed without the key", Hint: hintMAC}
	}
	o.checkChanged(out)
	out.plain = text.finish()
	out.exact = lay.same && residues == lay.Residues
	if lay.CRLF || o.doc.CRLF {
		out.plain = toCRLF(out.plain)
	}
	return out, nil
}

// plainSize is about how long the decrypted text is.
func plainSize(d *formats.Document, marks []bool) int {
	n := len(d.Source)
	for i, m := range marks {
		if m {
			n -= max(0, len(d.Leaves[i].Value)-len(d.Leaves[i].Value)*3/4+tokenOverhead*3/4)
		}
	}
	for _, s := range d.MetadataSpans {
		n -= s.End - s.Start
	}
	return max(n, 0)
}

// openedLayout is the layout of the file, empty in one that sops wrote, and
// whether the text still is the one that encfg wrote.
type openedLayout struct {
	layout
	same bool
}

// layout opens the layout, and says what to replace besides the leaves: the
// sops block, and where something else stood in the source.
func (o *opener) layout(marks []bool) (out openedLayout, larger []formats.Replacement, err error) {
	d := o.doc
	if o.md.Own != nil && o.md.Own.Layout != "" {
		text, err := o.key.openText(o.md.Own.Layout, layoutAAD)
		if err != nil {
			return out, nil, &Error{Kind: KindTree, Msg: "the layout in the sops block " + errAuth.Error(), Hint: hintRestore}
		}
		lay, err := parseLayout(text)
		if err != nil {
			return out, nil, damaged("the layout cannot be read")
		}
		if o.keep != nil {
			o.keep.layout = sealedText{text, o.md.Own.Layout}
		}
		o.md.Own.Recipients = lay.Recipients
		n := 0
		for i, m := range marks {
			if m && IsToken(d.Leaves[i].Value) {
				n++
			}
		}
		tokens := make([]formats.Span, 0, n)
		for i, m := range marks {
			if l := &d.Leaves[i]; m && IsToken(l.Value) {
				tokens = append(tokens, formats.Span{Start: l.Start, End: l.End})
			}
		}
		out.layout = *lay
		larger, out.same = lay.replacements(&skeleton{text: d.Source, tokens: tokens, blocks: d.MetadataSpans})
	}
	for _, s := range d.MetadataSpans {
		larger = append(larger, formats.Replacement{Start: s.Start, End: s.End})
	}
	return out, larger, nil
}

func (o *opener) checkMAC(m *mac) error {
	if o.ignoreMAC {
		return nil
	}
	if o.md.MAC == "" {
		return &Error{Kind: KindMACMissing, Msg: "the file has no MAC, so that nobody can tell whether it is whole",
			Hint: "restore it from version control; --ignore-mac decrypts it all the same"}
	}
	want, err := o.key.openText(o.md.MAC, o.md.LastModified)
	if err != nil {
		return &Error{Kind: KindMACMismatch, Msg: "the MAC of the file does not authenticate: it or lastmodified was changed",
			Hint: hintMAC}
	}
	if got := m.sum(); !strings.EqualFold(got, want) {
		return &Error{Kind: KindMACMismatch, Msg: "the MAC does not match: values were added, removed, moved or changed without the key",
			Hint: hintMAC}
	}
	return nil
}

const hintRestore = "restore the file from version control"

const hintMAC = "restore the file from version control; encfg decrypt --ignore-mac shows it all the same, and then nothing tells what was changed"

func (o *opener) where(l *formats.Leaf) string {
	line, _ := formats.Position(o.doc.Source, l.Start)
	return fmt.Sprintf("line %d", line)
}

func (o *opener) fail(l *formats.Leaf, msg, hint string) error {
	line, _ := formats.Position(o.doc.Source, l.Start)
	return &Error{Kind: KindTree, Line: line, Path: l.At.String(), Msg: msg, Hint: hint}
}
