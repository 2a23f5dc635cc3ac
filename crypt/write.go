package crypt

import (
	"crypto/rand"
	"encoding/base64"
	"errors"

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

	nonces           []byte // drawn and not yet used
	text, space, aad []byte

	all, same tally // of the values that got a token, and of those an old one
}

// nonceBatch is how many nonces are drawn at a time.
const nonceBatch = 1024

// tokenOverhead is the length of a token for nothing.
const tokenOverhead = len("ENC[AES256_GCM,data:,iv:,tag:,type:float]") + 44 + 24 // with IV and tag

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
	w.aad = l.At.AppendAAD(w.aad[:0])
	iv := w.seal(i, l)
	if !l.Virtual && w.err == nil {
		source := w.doc.Source[l.Start:l.End]
		if spelled := w.format.Spell(l, l.Type, l.Value); spelled != string(source) {
			w.err = w.residue(iv, string(source), spelled)
		}
	}
	switch {
	case w.err != nil:
	case l.Type == formats.Comment:
		w.err = w.sel.check(l, string(w.text))
	default:
		w.types = append(w.types, byte(l.Type))
		w.err = w.dates.value(i, l)
	}
	return w.text
}

// seal writes the token of a leaf to w.text: the old one, if the value has not
// changed. It gives the IV.
func (w *writer) seal(i int, l *formats.Leaf) (iv []byte) {
	w.all.note(l)
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
		w.nonces = make([]byte, nonceBatch*nonceSize)
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
func (w *writer) residue(iv []byte, source, spelled string) error {
	own := w.md.Own
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
	token, err := w.key.sealText(packed, residueAAD(string(w.aad), iv))
	own.Residue[id] = token
	return err
}
