package crypt

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unsafe"

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
	places map[int][]string // AADs by YAML document, for stray comments

	space, aad []byte // buffers for one value
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
	mac := newMAC(o.md.MACOnlyEncrypted)
	marks := make([]bool, len(o.doc.Leaves))
	for i := range marks {
		l := &o.doc.Leaves[i]
		marks[i] = l.Type != formats.Null && l.Value != "" && sel.selects(l)
	}
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
		v, err := o.leaf(l)
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
			if lc, ok := o.format.(formats.ListCommenter); ok && l.Type != formats.Comment {
				text.replace(lc.RestoreComment(o.doc, i, v.plain))
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

// value is a decrypted leaf.
type value struct {
	typ     formats.Type
	plain   string
	text    string // as it stands in the plaintext file
	residue bool   // text is the kept source spelling
	stay    bool   // a comment that was never encrypted
}

func (o *opener) leaf(l *formats.Leaf) (value, error) {
	if l.Type == formats.Comment {
		return o.comment(l)
	}
	if l.Type != formats.Str || !IsToken(l.Value) {
		return value{}, o.fail(l, "the value is not encrypted, and the rules of the file say that it is",
			"somebody changed the file by hand; encrypt the value with encfg set, or restore the file")
	}
	var t token
	var err error
	if t, o.space, err = decodeToken(o.space, l.Value); err != nil {
		return value{}, o.fail(l, err.Error(), hintRestore)
	}
	o.aad = l.At.AppendAAD(o.aad[:0])
	raw, err := o.key.openInPlace(&t, o.aad)
	if err != nil {
		return value{}, o.fail(l, "the value "+err.Error()+": it, its key or its place was changed", hintRestore)
	}
	// The text is written before the buffer is used again; only what is kept
	// for a later version needs a copy.
	plain := unsafe.String(unsafe.SliceData(raw), len(raw))
	if o.keep != nil {
		plain = string(raw)
	}
	if plain, err = canonical(t.typ, plain); err != nil {
		return value{}, o.fail(l, err.Error(), hintRestore)
	}
	return o.spell(l, &t, plain, o.aad)
}

const hintRestore = "restore the file from version control"

// canonical gives the bytes that sops hashes for a decrypted value: it reads
// the plaintext and writes it anew (sops.go, ToBytes).
func canonical(typ formats.Type, plain string) (string, error) {
	var err error
	switch typ {
	case formats.Int:
		var n int64
		n, err = strconv.ParseInt(plain, 10, 64)
		plain = strconv.FormatInt(n, 10)
	case formats.Float:
		var f float64
		f, err = strconv.ParseFloat(plain, 64)
		plain = strconv.FormatFloat(f, 'f', -1, 64)
	case formats.Bool:
		var b bool
		if b, err = strconv.ParseBool(plain); b {
			plain = "True"
		} else {
			plain = "False"
		}
	case formats.Time:
		var t time.Time
		if err = t.UnmarshalText([]byte(plain)); err == nil {
			var b []byte
			b, err = t.MarshalText()
			plain = string(b)
		}
	}
	if err != nil {
		return "", errors.New("the decrypted value is no " + typ.String())
	}
	return plain, nil
}

// spell finds the text of a value: the kept source spelling, or the canonical.
func (o *opener) spell(l *formats.Leaf, t *token, plain string, aad []byte) (value, error) {
	v := value{typ: t.typ, plain: plain}
	if t.typ != formats.Comment || l.Type == formats.Comment {
		v.text = o.format.Spell(l, t.typ, plain)
	}
	if o.keep != nil {
		o.keep.keep(t.typ, plain, string(aad), l.Value)
	}
	if o.md.Own == nil || len(o.md.Own.Residue) == 0 {
		return v, nil
	}
	id := residueID(t.iv)
	sealed, ok := o.md.Own.Residue[id]
	if !ok {
		return v, nil
	}
	packed, err := o.key.openText(sealed, residueAAD(string(aad), t.iv))
	if err != nil {
		return v, o.fail(l, "the kept spelling of the value "+errAuth.Error(), hintRestore)
	}
	source, err := unpack(packed, v.text)
	if err != nil {
		return v, o.fail(l, "the kept spelling of the value is damaged", hintRestore)
	}
	if o.keep != nil {
		o.keep.residues[id] = sealedText{packed, sealed}
	}
	v.text, v.residue = source, true
	return v, nil
}

// comment decrypts a comment. sops takes any comment that does not decrypt for
// a plain one; in a file of ours a token that does not decrypt is an error.
func (o *opener) comment(l *formats.Leaf) (value, error) {
	if !IsToken(l.Value) {
		return value{stay: true}, nil
	}
	t, err := parseToken(l.Value)
	if err == nil && t.typ == formats.Comment {
		aad := l.At.AppendAAD(nil)
		if plain, err := o.key.open(&t, aad); err == nil {
			return o.spell(l, &t, plain, aad)
		}
		if o.md.Own == nil {
			// sops prints some comments at another place than it read them.
			for _, aad := range o.allAADs(l.Doc) {
				t, _ := parseToken(l.Value) // open has destroyed the first
				if plain, err := o.key.open(&t, []byte(aad)); err == nil {
					return o.spell(l, &t, plain, []byte(aad))
				}
			}
		}
	}
	if o.md.Own != nil {
		return value{}, o.fail(l, "the comment "+errAuth.Error()+": it or its place was changed", hintRestore)
	}
	return value{stay: true}, nil
}

// allAADs lists the AADs of all branches of a YAML document.
func (o *opener) allAADs(doc int) []string {
	if o.places == nil {
		o.places = map[int][]string{}
		seen := map[string]bool{}
		for i := range o.doc.Leaves {
			l := &o.doc.Leaves[i]
			for p := l.At; ; p = p.Parent {
				key := itoa(l.Doc) + "\x00" + p.AAD()
				if seen[key] {
					break
				}
				seen[key] = true
				o.places[l.Doc] = append(o.places[l.Doc], p.AAD())
				if p == nil {
					break
				}
			}
		}
	}
	return o.places[doc]
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

const hintMAC = "restore the file from version control; encfg decrypt --ignore-mac shows it all the same, and then nothing tells what was changed"

func (o *opener) where(l *formats.Leaf) string {
	line, _ := formats.Position(o.doc.Source, l.Start)
	return fmt.Sprintf("line %d", line)
}

func (o *opener) fail(l *formats.Leaf, msg, hint string) error {
	line, _ := formats.Position(o.doc.Source, l.Start)
	return &Error{Kind: KindTree, Line: line, Path: l.At.String(), Msg: msg, Hint: hint}
}
