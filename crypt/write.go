package crypt

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"slices"

	"github.com/encfg/encfg/formats"
)

// writer makes the tokens of a file, while the document assembles the text. It
// keeps its buffers from one value to the next.
type writer struct {
	*sealer
	*plan
	mac   *mac
	dates *dater
	give  *supply          // the old tokens
	given map[[8]byte]bool // the beginnings of the IVs of those that were used
	types []byte           // of the values that are tokens, in order
	err   error            // the first one

	appends formats.SpellAppender // the format, if it is one

	ahead *ahead[made] // tokens that other cores make; nil if some may be old ones

	nonces           []byte // drawn and not yet used
	text, space, aad []byte

	all, same tally // of the values that got a token, and of those an old one
}

// nonceBatch is how many nonces are drawn at a time, at most.
const nonceBatch = 1024

// tokenOverhead is the length of a token for nothing.
const tokenOverhead = len("ENC[AES256_GCM,data:,iv:,tag:,type:float]") + 44 + 24 // with IV and tag

// assemble writes the encrypted text, without a sops block.
func (w *writer) assemble() formats.Assembled {
	w.appends, _ = w.format.(formats.SpellAppender)
	if w.give == nil {
		w.ahead = newAhead(len(w.doc.Leaves), w.some)
		defer w.ahead.stop()
	}
	defer func() { wipe(w.space) }()
	return w.doc.AssembleFunc(w.format, w.token, "", w.size())
}

// size is about how much longer the encrypted text is than the source.
func (w *writer) size() int {
	n := 8 << 10 // the sops block
	for i := range w.doc.Leaves {
		if w.marks[i]&sealIt != 0 {
			n += tokenOverhead + base64.StdEncoding.EncodedLen(len(w.doc.Leaves[i].Value)) - len(w.doc.Leaves[i].Value) + 2
		}
	}
	return n
}

// token gives the token of leaf i, or none, and adds its value to the MAC.
func (w *writer) token(i int) []byte {
	l := &w.doc.Leaves[i]
	if l.Type != formats.Comment && l.Type != formats.Null {
		w.mac.add(l.Value, w.marks[i]&selected != 0)
	}
	if w.marks[i]&sealIt == 0 || w.err != nil {
		return nil
	}
	w.all.note(l)
	t := w.ahead.get(i)
	if t == nil {
		w.aad = l.At.AppendAAD(w.aad[:0])
		t = &made{iv: w.seal(i, l), odd: w.odd(l, &w.space)}
		t.text = w.text
	}
	if t.odd && w.err == nil {
		w.err = w.residue(l, t.iv)
	}
	switch {
	case w.err != nil:
	case l.Type == formats.Comment:
		w.err = w.sel.check(l, string(t.text))
	default:
		w.types = append(w.types, byte(l.Type))
		w.err = w.dates.value(i, l)
	}
	return t.text
}

// made is a new token.
type made struct {
	text, iv []byte
	odd      bool // the value is not spelled in the source as Spell does
}

// odd reports that the source spells a leaf in another way than Spell. The
// space grows as needed.
func (w *writer) odd(l *formats.Leaf, space *[]byte) bool {
	if l.Virtual {
		return false
	}
	source := w.doc.Source[l.Start:l.End]
	if w.appends != nil {
		*space = w.appends.AppendSpell((*space)[:0], l, l.Type, l.Value)
		return !bytes.Equal(*space, source)
	}
	return w.format.Spell(l, l.Type, l.Value) != string(source)
}

// some makes the tokens of some leaves. It is for several goroutines at once.
func (w *writer) some(b *batch[made], from, to int) {
	b.nonces = slices.Grow(b.nonces[:0], len(b.list)*nonceSize)[:len(b.list)*nonceSize]
	if _, err := rand.Read(b.nonces); err != nil {
		b.list = nil // token meets it, too
		return
	}
	for i := range b.list {
		l := &w.doc.Leaves[from+i]
		if !w.sealed(from + i) {
			continue
		}
		t, start := &b.list[i], len(b.text)
		t.iv, t.odd = b.nonces[i*nonceSize:(i+1)*nonceSize], w.odd(l, &b.space)
		b.aad = l.At.AppendAAD(b.aad[:0])
		b.text, b.space = w.key.appendSeal(b.text, b.space, t.iv, l.Type, l.Value, b.aad)
		t.text = b.text[start:]
	}
}

// seal writes the token of a leaf to w.text: the old one, if the value has not
// changed. It gives the IV.
func (w *writer) seal(i int, l *formats.Leaf) (iv []byte) {
	if w.give != nil {
		if text := w.give.take(i, l, string(w.aad)); text != "" {
			t, err := parseToken(text)
			if w.err = err; err != nil {
				return nil
			}
			if w.first(t.iv) {
				w.same.note(l)
				w.text = append(w.text[:0], text...)
				return t.iv
			}
		}
	}
	if len(w.nonces) == 0 {
		w.nonces = make([]byte, min(nonceBatch, len(w.doc.Leaves))*nonceSize)
		if _, w.err = rand.Read(w.nonces); w.err != nil {
			return nil
		}
	}
	iv, w.nonces = w.nonces[:nonceSize], w.nonces[nonceSize:]
	w.text, w.space = w.key.appendSeal(w.text[:0], w.space, iv, l.Type, l.Value, w.aad)
	return iv
}

// tally counts values and their bytes.
type tally struct{ values, bytes int }

func (t *tally) note(l *formats.Leaf) {
	if l.Type != formats.Comment {
		t.values++
		t.bytes += len(l.Value)
	}
}

// kept is Sealed.Kept.
func (w *writer) kept() float64 {
	if w.all.values == 0 {
		return 0
	}
	return min(float64(w.same.values)/float64(w.all.values), float64(w.same.bytes)/float64(w.all.bytes))
}

// first reports that no token with this IV was given before. Somebody may have
// copied a token within the file: of two with one IV each residue is that of
// both.
func (w *writer) first(iv []byte) bool {
	if w.given == nil {
		w.given = map[[8]byte]bool{}
	}
	var id [8]byte
	copy(id[:], iv)
	again := w.given[id]
	w.given[id] = true
	return !again
}

// residue keeps the source spelling of a value.
func (w *writer) residue(l *formats.Leaf, iv []byte) error {
	own := w.md.Own
	source, spelled := string(w.doc.Source[l.Start:l.End]), w.format.Spell(l, l.Type, l.Value)
	id := residueID(iv)
	packed := pack(source, spelled)
	if w.old != nil {
		if old := w.old.residues[id]; old.plain == packed {
			own.Residue[id] = old.token
			return nil
		}
	}
	if _, ok := own.Residue[id]; ok {
		return errors.New("two random nonces begin alike; try again")
	}
	token, err := w.key.sealText(packed, residueAAD(l.At.AAD(), iv))
	own.Residue[id] = token
	return err
}
