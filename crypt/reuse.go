package crypt

import (
	"maps"

	"github.com/encfg/encfg/formats"
)

// reuse remembers the tokens of an older version of a file, so that what did
// not change keeps its ciphertext. A nonce is used again only for the same
// type, plaintext and additional data under the same data key: then the token
// is the same to the last byte.
type reuse struct {
	tokens   map[reuseKey][]string
	residues map[string]sealedText // by residueID
	layout   sealedText
}

type reuseKey struct {
	typ        formats.Type
	plain, aad string
}

type sealedText struct{ plain, token string }

func newReuse() *reuse {
	return &reuse{tokens: map[reuseKey][]string{}, residues: map[string]sealedText{}}
}

// keep records a token of the old version.
func (r *reuse) keep(typ formats.Type, plain, aad, token string) {
	k := reuseKey{typ, plain, aad}
	r.tokens[k] = append(r.tokens[k], token)
}

// take gives an old token for the same value; each is given once, in order.
func (r *reuse) take(typ formats.Type, plain, aad string) string {
	if r == nil {
		return ""
	}
	k := reuseKey{typ, plain, aad}
	tokens := r.tokens[k]
	if len(tokens) == 0 {
		return ""
	}
	r.tokens[k] = tokens[1:]
	return tokens[0]
}

// clone makes a copy that take can use up; nil stays nil.
func (r *reuse) clone() *reuse {
	if r == nil {
		return nil
	}
	c := *r
	c.tokens = maps.Clone(r.tokens)
	return &c
}
