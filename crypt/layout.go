package crypt

import (
	"bufio"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"sort"

	"github.com/encfg/encfg/formats"
)

// layout is what the encrypted text does not tell about the source text, apart
// from the spelling of single values. It is sealed with the data key.
//
// Positions count bytes of the skeleton: the encrypted text without the sops
// block and with one byte in place of each token. So they hold when values
// change, and nothing is restored in a file that something else has printed
// anew.
type layout struct {
	CRLF     bool      `json:"crlf,omitempty"`
	Restores []restore `json:"restores,omitempty"`
	Residues int       `json:"residues,omitempty"` // number of values with residue
	Skeleton []byte    `json:"skeleton"`           // SHA-256 of the skeleton
	// Recipients are those that somebody with the data key decided on. Another
	// one in the sops block was put there by somebody without it.
	Recipients []string `json:"recipients,omitempty"`
	// Types is the checksum of the types of all encrypted values, one byte each
	// (formats.Type) in the order of the MAC. sops authenticates no types:
	// without the key, the text "123" could be made a number.
	Types []byte `json:"types,omitempty"`
}

// restore says that Text stood in the source where the encrypted file has the
// bytes [Start, End) of the skeleton, if their sum is still Sum.
type restore struct {
	Start int    `json:"s"`
	End   int    `json:"e"`
	Sum   []byte `json:"h"` // the first 16 bytes of SHA-256 of the encrypted text
	Text  []byte `json:"t"`
}

// layoutAAD cannot be the path of a value: those end with a colon.
const layoutAAD = "encfg layout 1"

func checksum(text []byte) []byte {
	sum := sha256.Sum256(text)
	return sum[:16]
}

// skeleton is an encrypted text in which each token counts as one byte, and the
// sops block as none. Tokens and blocks are in order of position.
type skeleton struct {
	text           []byte
	tokens, blocks []formats.Span

	cuts []cut // made when positions are asked for
}

// cut is a span that is not in the skeleton, or only as keep bytes.
type cut struct {
	formats.Span
	keep int
	at   int // position of the cut in the skeleton
}

// each visits tokens and blocks in order; keep is what the skeleton has of one.
func (s *skeleton) each(visit func(span formats.Span, keep int)) {
	blocks := s.blocks
	for _, t := range s.tokens {
		for len(blocks) > 0 && blocks[0].Start <= t.Start {
			visit(blocks[0], 0)
			blocks = blocks[1:]
		}
		visit(t, 1)
	}
	for _, b := range blocks {
		visit(b, 0)
	}
}

// locate makes the cuts.
func (s *skeleton) locate() {
	if s.cuts != nil {
		return
	}
	removed := 0
	s.cuts = make([]cut, 0, len(s.tokens)+len(s.blocks))
	s.each(func(span formats.Span, keep int) {
		s.cuts = append(s.cuts, cut{span, keep, span.Start - removed})
		removed += span.End - span.Start - keep
	})
}

// sum hashes the skeleton.
func (s *skeleton) sum() []byte {
	h := sha256.New()
	w := bufio.NewWriterSize(h, min(len(s.text), 1<<14)) // a hash never fails
	at := 0
	s.each(func(span formats.Span, keep int) {
		w.Write(s.text[at:span.Start])
		if keep > 0 {
			w.WriteByte(0)
		}
		at = span.End
	})
	w.Write(s.text[at:])
	w.Flush()
	return h.Sum(nil)
}

// to maps a position in the text, which is not inside a cut, to the skeleton.
func (s *skeleton) to(pos int) int {
	s.locate()
	i := sort.Search(len(s.cuts), func(i int) bool { return s.cuts[i].End > pos })
	if i == 0 {
		return pos
	}
	c := &s.cuts[i-1]
	return c.at + c.keep + pos - c.End
}

// from maps a range of the skeleton to the text. A sops block at its edge stays
// outside. ok is false if there is no such range.
func (s *skeleton) from(start, end int) (span formats.Span, ok bool) {
	s.locate()
	i := sort.Search(len(s.cuts), func(i int) bool { return s.cuts[i].at+s.cuts[i].keep > start })
	span.Start = s.after(i, start)
	if end == start {
		span.End = span.Start
	} else {
		j := sort.Search(len(s.cuts), func(j int) bool { return s.cuts[j].at+s.cuts[j].keep >= end })
		if j < len(s.cuts) && s.cuts[j].keep > 0 && s.cuts[j].at+1 == end {
			j++ // the range ends with this token
		}
		span.End = s.after(j, end)
	}
	return span, start <= end && 0 <= span.Start && span.Start <= span.End && span.End <= len(s.text)
}

// after maps a skeleton position that comes after the first i cuts.
func (s *skeleton) after(i, pos int) int {
	if i == 0 {
		return pos
	}
	c := &s.cuts[i-1]
	return c.End + pos - c.at - c.keep
}

// newLayout describes an assembled text.
func newLayout(d *formats.Document, a *formats.Assembled, own *Own) *layout {
	s := &skeleton{text: a.Text, tokens: a.Tokens, blocks: []formats.Span{a.Metadata}}
	l := &layout{CRLF: d.CRLF, Residues: len(own.Residue), Skeleton: s.sum(), Recipients: own.Recipients}
	for _, r := range a.Restores {
		l.Restores = append(l.Restores, restore{
			Start: s.to(r.Start), End: s.to(r.End),
			Sum:  checksum(a.Text[r.Start:r.End]),
			Text: []byte(r.Text),
		})
	}
	return l
}

// marshal gives the layout as it is sealed.
func (l *layout) marshal() (string, error) {
	b, err := json.Marshal(l)
	if err != nil {
		return "", err
	}
	return pack(string(b), ""), nil
}

func parseLayout(sealed string) (*layout, error) {
	text, err := unpack(sealed, "")
	if err != nil {
		return nil, err
	}
	l := new(layout)
	return l, json.Unmarshal([]byte(text), l)
}

// replacements says what to put back into an encrypted text, and whether the
// text is, apart from its values, the one that encfg wrote.
func (l *layout) replacements(s *skeleton) (reps []formats.Replacement, same bool) {
	same = subtle.ConstantTimeCompare(l.Skeleton, s.sum()) == 1
	at := 0
	for _, r := range l.Restores {
		span, ok := s.from(r.Start, r.End)
		if !ok || span.Start < at || subtle.ConstantTimeCompare(checksum(s.text[span.Start:span.End]), r.Sum) != 1 {
			same = false
			continue
		}
		reps = append(reps, formats.Replacement{Start: span.Start, End: span.End, Text: string(r.Text)})
		at = span.End
	}
	return reps, same
}
