package crypt

import (
	"bytes"
	"errors"
	"slices"

	"github.com/encfg/encfg/formats"
)

// merge joins the replacements of leaves with larger ones, which win where
// they cover a leaf.
func merge(leaves, larger []formats.Replacement) []formats.Replacement {
	if len(larger) == 0 {
		return leaves
	}
	slices.SortStableFunc(larger, func(a, b formats.Replacement) int { return a.Start - b.Start })
	out := make([]formats.Replacement, 0, len(leaves)+len(larger))
	covered := 0
	take := func(r formats.Replacement) {
		out = append(out, r)
		covered = max(covered, r.End)
	}
	for _, l := range leaves {
		for len(larger) > 0 && larger[0].Start <= l.Start {
			take(larger[0])
			larger = larger[1:]
		}
		if l.Start >= covered {
			out = append(out, l)
		}
	}
	return append(out, larger...)
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
		return &Error{Line: fe.Line, Msg: columnMessage(fe), Hint: fe.Hint, Err: err}
	case errors.Is(err, formats.ErrEncrypted):
		return &Error{Kind: KindReserved, Msg: "the file is already encrypted, or uses the key sops, which is reserved",
			Hint: "encfg status FILE says which; encfg edit FILE changes an encrypted file", Err: err}
	case errors.Is(err, formats.ErrNotEncrypted):
		return &Error{Kind: KindNotEncrypted, Msg: err.Error(), Hint: "encfg encrypt FILE encrypts it", Err: err}
	}
	return err
}

func columnMessage(e *formats.Error) string {
	if e.Column > 0 {
		return "column " + itoa(e.Column) + ": " + e.Msg
	}
	return e.Msg
}
