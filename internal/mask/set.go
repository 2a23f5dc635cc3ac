package mask

import (
	"slices"
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
	window   int                // length of the shortest pattern, at most maxWindow
	shift    []uint8            // by hash of three bytes: how far the window may move
	starts   map[uint64][]int32 // by the first bytes: the patterns, longest first
	keys     []bool             // by hash of the first bytes: whether starts has them
	key      int                // how many first bytes
	patterns []pattern          // sorted by text
	heads    [256]bool          // first bytes of patterns
}

type pattern struct {
	text   string
	marker string
}

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
		s.patterns = append(s.patterns, pattern{text, marker})
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
	s.starts = make(map[uint64][]int32, len(s.patterns))
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
		s.starts[k] = append(s.starts[k], int32(i))
	}
	for _, list := range s.starts {
		slices.SortFunc(list, func(a, b int32) int {
			return len(s.patterns[b].text) - len(s.patterns[a].text)
		})
	}
}

func (s *Set) keyOf(text string) uint64 {
	var k uint64
	for i := range s.key {
		k = k<<8 | uint64(text[i])
	}
	return k
}
