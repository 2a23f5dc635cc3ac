package crypt

import (
	"encoding/base64"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/encfg/encfg/formats"
)

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
	if o.lists != nil && t.typ == formats.Comment && l.Type != formats.Comment {
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
