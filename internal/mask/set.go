package mask

import (
	"sort"
	"strings"
)

// Set is what a Writer looks for. It is built once and never changes, so any
// number of writers may share it.
//
// The search is Wu and Manber's: a window as long as the shortest pattern
// slides over the text, and a table tells from the window's last three bytes
// how far it may move. Only where a pattern can begin, its first bytes are
// looked up. The published Aho-Corasick packages for Go need the whole text at
// once, and tables too large for the cache.
type Set struct {
	window   int             // length of the shortest pattern, at most maxWindow
	shift    []uint8         // by hash of three bytes: how far the window may move
	starts   map[uint64]span // by the first bytes: the patterns
	keys     []bool          // by hash of the first bytes: whether starts has them
	key      int             // how many first bytes
	patterns []pattern       // sorted by text
	heads    [256]bool       // first bytes of patterns
}

type pattern struct {
	text    string
	marker  string
	shorter int32 // the longest other pattern that this one begins with, or -1
}

// span is a part of the sorted patterns.
type span struct{ from, to int32 }

const (
	block     = 3  // bytes hashed
	hashBits  = 16 // 64 KiB, fits the second-level cache
	keyBits   = 16
	maxWindow = 32
	maxKey    = 8
)

func hash(a, b, c byte) uint32 {
	return (uint32(a) | uint32(b)<<8 | uint32(c)<<16) * 0x9E3779B1 >> (32 - hashBits)
}

func keyHash(k uint64) uint64 { return k * 0x9E3779B97F4A7C15 >> (64 - keyBits) }

// New builds the set for secrets whose values have at least least characters
// (DefaultMin for 0); see Maskable. Of equal values the first one's path is
// shown. A nil Set masks nothing.
func New(secrets []Secret, least int) *Set {
	seen := map[string]bool{}
	s := &Set{}
	add := func(text, marker string) {
		if text == "" || seen[text] {
			return
		}
		seen[text] = true
		s.patterns = append(s.patterns, pattern{text, marker, -1})
	}
	// Whole values come before the lines of others, and any value as it is
	// before encoded ones.
	for _, encoded := range []bool{false, true} {
		for _, secret := range secrets {
			for _, part := range parts(secret.Value) {
				if !Maskable(part, least) {
					continue
				}
				all := []string{part}
				if encoded {
					all = forms(part)
				}
				for _, text := range all {
					if len(text) < min(len(part), DefaultMin) {
						continue // an encoding's share in the value's own bytes
					}
					add(text, "[MASKED:"+secret.Path+"]")
				}
			}
		}
	}
	if len(s.patterns) == 0 {
		return nil
	}
	s.index()
	return s
}

// parts gives the value, and each of its lines.
func parts(value string) []string {
	all := []string{value, strings.TrimSpace(value)}
	if !strings.ContainsAny(value, "\r\n") {
		return all
	}
	for line := range strings.FieldsFuncSeq(value, func(c rune) bool { return c == '\r' || c == '\n' }) {
		all = append(all, strings.TrimSpace(line))
	}
	return all
}

func (s *Set) index() {
	sort.Slice(s.patterns, func(i, j int) bool { return s.patterns[i].text < s.patterns[j].text })
	s.window = maxWindow
	for _, p := range s.patterns {
		s.window = min(s.window, len(p.text))
		s.heads[p.text[0]] = true
	}
	s.key = min(s.window, maxKey)
	s.starts = make(map[uint64]span, len(s.patterns))
	s.keys = make([]bool, 1<<keyBits)
	if s.window >= block {
		s.shift = make([]uint8, 1<<hashBits)
		for i := range s.shift {
			s.shift[i] = uint8(s.window - block + 1)
		}
	}
	for i, p := range s.patterns {
		for end := block; end <= s.window; end++ {
			h := hash(p.text[end-3], p.text[end-2], p.text[end-1])
			s.shift[h] = min(s.shift[h], uint8(s.window-end))
		}
		k := s.keyOf(p.text)
		s.keys[keyHash(k)] = true
		r, ok := s.starts[k]
		if !ok {
			r.from = int32(i)
		}
		r.to = int32(i + 1)
		s.starts[k] = r
	}
	s.link()
}

// link finds the shorter patterns: in sorted order they stand before the ones
// that begin with them.
func (s *Set) link() {
	var open []int32
	for i := range s.patterns {
		p := &s.patterns[i]
		for len(open) > 0 && !strings.HasPrefix(p.text, s.patterns[open[len(open)-1]].text) {
			open = open[:len(open)-1]
		}
		if len(open) > 0 {
			p.shorter = open[len(open)-1]
		}
		open = append(open, int32(i))
	}
}

func (s *Set) keyOf(text string) uint64 {
	var k uint64
	for i := range s.key {
		k = k<<8 | uint64(text[i])
	}
	return k
}
