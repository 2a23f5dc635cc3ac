package crypt

import (
	"errors"

	"github.com/encfg/encfg/formats"
)

// Selection says which leaves of a plaintext document rules encrypt: those that
// get a token, so not null and empty ones.
func Selection(f formats.Format, doc *formats.Document, r Rules) ([]bool, error) {
	sel, err := newSelector(r)
	if err != nil {
		return nil, err
	}
	s := sealer{format: f, md: Metadata{Rules: r}}
	marks, _, err := s.choose(doc, sel)
	var e *Error
	if err != nil && !(errors.As(err, &e) && e.Kind == KindNothingToDo) {
		return nil, err
	}
	out := make([]bool, len(doc.Leaves))
	for i := range marks {
		out[i] = marks[i]&sealIt != 0
	}
	return out, nil
}

// TokenType is the type that a token names; ok is false for a text that is no
// whole token.
func TokenType(text string) (t formats.Type, ok bool) {
	tok, err := parseToken(text)
	return tok.typ, err == nil
}
