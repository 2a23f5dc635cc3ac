package crypt

import (
	"github.com/encfg/encfg/formats"
)

// reuse remembers the tokens of an older version of a file, so that what did
// not change keeps its ciphertext. A nonce is used again only for the same
// type, plaintext and additional data under the same data key: then the token
// is the same to the last byte.
type reuse struct {
	tokens   []oldToken            // in the order of the file
	residues map[string]sealedText // by residueID
	layout   sealedText
}

// oldToken is a token and what it was made of.
type oldToken struct {
	reuseKey
	token string
}

type reuseKey struct {
	typ        formats.Type
	plain, aad string
}

type sealedText struct{ plain, token string }

func newReuse() *reuse { return &reuse{residues: map[string]sealedText{}} }

// keep records the next token of the old version.
func (r *reuse) keep(typ formats.Type, plain, aad, token string) {
	r.tokens = append(r.tokens, oldToken{reuseKey{typ, plain, aad}, token})
}

// supply hands the old tokens out, each once. Equal values at one path, such as
// those of a list, have different tokens: to keep each where it was, the values
// before the first change and those behind the last one are told by their
// number, and only those in between by what they are.
type supply struct {
	tokens      []oldToken
	leaves      []int32 // by leaf: its number among those that get a token, from 1
	count       int     // of those
	front, tail int     // how many stay at the beginning and at the end
	between     map[reuseKey][]string
}

// supply compares the old values with those that are to be sealed; a nil reuse
// has none to give.
func (r *reuse) supply(doc *formats.Document, sealed func(leaf int) bool) *supply {
	if r == nil {
		return nil
	}
	s := &supply{tokens: r.tokens, leaves: make([]int32, len(doc.Leaves)), between: map[reuseKey][]string{}}
	var order []int // the leaves that get a token
	for i := range doc.Leaves {
		if sealed(i) {
			order = append(order, i)
			s.leaves[i] = int32(len(order))
		}
	}
	s.count = len(order)
	var aad []byte
	same := func(leaf int, old *oldToken) bool {
		l := &doc.Leaves[leaf]
		if l.Type != old.typ || l.Value != old.plain {
			return false
		}
		aad = l.At.AppendAAD(aad[:0])
		return string(aad) == old.aad
	}
	n, all := min(s.count, len(s.tokens)), len(s.tokens)
	for s.front < n && same(order[s.front], &s.tokens[s.front]) {
		s.front++
	}
	for s.tail < n-s.front && same(order[s.count-1-s.tail], &s.tokens[all-1-s.tail]) {
		s.tail++
	}
	for _, t := range s.tokens[s.front : all-s.tail] {
		s.between[t.reuseKey] = append(s.between[t.reuseKey], t.token)
	}
	return s
}

// take gives the old token of a leaf, or "". It is to be called once for each.
func (s *supply) take(i int, l *formats.Leaf, aad string) string {
	if s == nil || s.leaves[i] == 0 {
		return ""
	}
	switch number := int(s.leaves[i]) - 1; {
	case number < s.front:
		return s.tokens[number].token
	case number >= s.count-s.tail:
		return s.tokens[len(s.tokens)-s.count+number].token
	}
	k := reuseKey{l.Type, l.Value, aad}
	tokens := s.between[k]
	if len(tokens) == 0 {
		return ""
	}
	s.between[k] = tokens[1:]
	return tokens[0]
}
