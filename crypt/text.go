package crypt

import (
	"bytes"
	"errors"
	"slices"

	"github.com/encfg/encfg/formats"
	"github.com/encfg/encfg/internal/hugepage"
)

// splicer writes a source with replacements: those of the leaves, which come
// one by one and in order, and larger ones, which win where they cover a leaf.
type splicer struct {
	src, out []byte
	larger   []formats.Replacement
	at       int // what of src has been written or replaced
}

func newSplicer(src []byte, larger []formats.Replacement, size int) *splicer {
	slices.SortStableFunc(larger, func(a, b formats.Replacement) int { return a.Start - b.Start })
	return &splicer{src: src, larger: larger, out: hugepage.Make[byte](size + size/8)}
}

// replace takes the replacement of the next leaf.
func (s *splicer) replace(r formats.Replacement) {
	for len(s.larger) > 0 && s.larger[0].Start <= r.Start {
		s.put(s.larger[0])
		s.larger = s.larger[1:]
	}
	if r.Start >= s.at {
		s.put(r)
	}
}

func (s *splicer) put(r formats.Replacement) {
	s.out = append(append(s.out, s.src[s.at:r.Start]...), r.Text...)
	s.at = r.End
}

// finish writes the rest.
func (s *splicer) finish() []byte {
	for _, r := range s.larger {
		s.put(r)
	}
	s.larger = nil
	return append(s.out, s.src[s.at:]...)
}

// toCRLF gives a text with LF line endings CRLF ones.
func toCRLF(text []byte) []byte {
	return bytes.ReplaceAll(text, []byte("\n"), []byte("\r\n"))
}

// fromFormat turns what a format says into an Error.
func fromFormat(err error) error {
	var fe *formats.Error
	switch {
	case errors.As(err, &fe):
		return &Error{Line: fe.Line, Column: fe.Column, Msg: fe.Msg, Hint: fe.Hint, Err: err}
	case errors.Is(err, formats.ErrEncrypted):
		return &Error{Kind: KindReserved, Msg: "the file is already encrypted, or uses the key sops, which is reserved",
			Hint: "encfg status FILE says which; encfg edit FILE changes an encrypted file", Err: err}
	case errors.Is(err, formats.ErrNotEncrypted):
		return &Error{Kind: KindNotEncrypted, Msg: err.Error(), Hint: "encfg encrypt FILE encrypts it", Err: err}
	}
	return err
}
