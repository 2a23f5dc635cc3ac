package crypt

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

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

	appends formats.SpellAppender // the format, if it is one; to ask each time is slow

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

// leaf decrypts leaf i.
func (o *opener) leaf(i int) (value, error) {
	l := &o.doc.Leaves[i]
	o.text = o.text[:0]
	if f := o.ahead.get(i); f != nil && f.ok {
		return o.spell(l, f, nil)
	}
	if l.Type == formats.Comment {
		return o.comment(l)
	}
	if l.Type != formats.Str || !IsToken(l.Value) {
		return value{}, o.fail(l, "the value is not encrypted, and the rules of the file say that it is",
			"somebody changed the file by hand; encrypt the value with encfg set, or restore the file")
	}
	o.aad = l.At.AppendAAD(o.aad[:0])
	f, err := o.unseal(l, o.aad, &o.space, &o.text)
	if err != nil {
		return value{}, o.fail(l, err.Error(), hintRestore)
	}
	return o.spell(l, &f, o.aad)
}

// found is a token that was opened.
type found struct {
	typ   formats.Type
	plain string // may stand in the space given to unseal
	text  string // as Spell has it
	iv    []byte
	ok    bool
}

var errValue = errors.New("the value does not authenticate: it, its key or its place was changed")

// unseal opens the token of a leaf. The result stands in space, what is there
// before is lost, and behind what is in text; both grow as needed. Nothing else
// is changed, so this is for several goroutines at once.
func (o *opener) unseal(l *formats.Leaf, aad []byte, space, text *[]byte) (f found, err error) {
	var t token
	if t, *space, err = decodeToken(*space, l.Value); err != nil {
		return f, err
	}
	raw, err := o.key.openInPlace(&t, aad)
	if err != nil {
		return f, errValue
	}
	f = found{typ: t.typ, iv: t.iv, ok: true}
	if f.plain, err = canonical(t.typ, textView(raw)); err != nil {
		return f, err
	}
	if t.typ == formats.Comment && l.Type != formats.Comment {
		return f, nil // RestoreComment spells it
	}
	if o.appends != nil {
		n := len(*text)
		*text = o.appends.AppendSpell(*text, l, t.typ, f.plain)
		f.text = textView((*text)[n:])
	} else {
		f.text = o.format.Spell(l, t.typ, f.plain)
	}
	return f, nil
}

// some opens the tokens of some leaves; leaf sees to those in which something
// is wrong. It is for several goroutines at once.
func (o *opener) some(b *batch[found], from, to int) {
	size := 0
	for i := from; i < to; i++ {
		size += base64.StdEncoding.DecodedLen(len(o.doc.Leaves[i].Value))
	}
	b.space = slices.Grow(b.space[:0], size)
	free := b.space
	for i := range b.list {
		l := &o.doc.Leaves[from+i]
		if !o.marks[from+i] || l.Type != formats.Str && l.Type != formats.Comment || !IsToken(l.Value) {
			continue
		}
		b.aad = l.At.AppendAAD(b.aad[:0])
		f, err := o.unseal(l, b.aad, &free, &b.text)
		f.ok = err == nil && (l.Type != formats.Comment || f.typ == formats.Comment)
		b.list[i], free = f, free[len(free):]
	}
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
// aad is what the value was sealed with, nil for that of its place.
func (o *opener) spell(l *formats.Leaf, f *found, aad []byte) (value, error) {
	v := value{typ: f.typ, plain: f.plain, text: f.text}
	if o.keep == nil && (o.md.Own == nil || len(o.md.Own.Residue) == 0) {
		return v, nil
	}
	if aad == nil {
		o.aad = l.At.AppendAAD(o.aad[:0])
		aad = o.aad
	}
	if o.keep != nil {
		o.keep.keep(f.typ, strings.Clone(f.plain), string(aad), l.Value)
	}
	if o.md.Own == nil {
		return v, nil
	}
	id := residueID(f.iv)
	sealed, ok := o.md.Own.Residue[id]
	if !ok {
		return v, nil
	}
	packed, err := o.key.openText(sealed, residueAAD(string(aad), f.iv))
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
	o.aad = l.At.AppendAAD(o.aad[:0])
	f, err := o.unseal(l, o.aad, &o.space, &o.text)
	if err == nil && f.typ == formats.Comment {
		return o.spell(l, &f, o.aad)
	}
	if o.md.Own != nil {
		return value{}, o.fail(l, "the comment "+errAuth.Error()+": it or its place was changed", hintRestore)
	}
	if errors.Is(err, errValue) {
		// sops prints some comments at another place than it read them.
		for _, aad := range o.allAADs(l.Doc) {
			if f, err := o.unseal(l, []byte(aad), &o.space, &o.text); err == nil && f.typ == formats.Comment {
				return o.spell(l, &f, []byte(aad))
			}
		}
	}
	return value{stay: true}, nil
}

// allAADs lists the AADs of all branches of a YAML document.
func (o *opener) allAADs(doc int32) []string {
	if o.places == nil {
		o.places = map[int32][]string{}
		seen := map[string]bool{}
		for i := range o.doc.Leaves {
			l := &o.doc.Leaves[i]
			for p := l.At; ; p = p.Parent {
				key := itoa(int(l.Doc)) + "\x00" + p.AAD()
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
