package mask

import "strings"

// found is the leftmost place where a pattern stands or may begin.
type found struct {
	start   int
	whole   *pattern // the longest that stands there, or nil
	partial *pattern // a longer one that may stand there: the text ends too early
}

// find searches b from an offset. Without a result start is len(b). With
// final, no more text will come, and what is not whole does not count.
func (s *Set) find(b []byte, from int, final bool) found {
	pos := from
	last := len(b) - s.window
	for pos <= last {
		if s.shift != nil {
			end := pos + s.window
			if n := s.shift[hash(b[end-3], b[end-2], b[end-1])]; n > 0 {
				pos += int(n)
				continue
			}
		}
		if f := s.at(b, pos, final); f.whole != nil || f.partial != nil {
			return f
		}
		pos++
	}
	for ; pos < len(b); pos++ {
		if final || !s.heads[b[pos]] {
			continue
		}
		if p := s.begins(b[pos:]); p != nil {
			return found{start: pos, partial: p}
		}
	}
	return found{start: len(b)}
}

// at compares the patterns with the text at a place, which has at least the
// window's length left.
func (s *Set) at(b []byte, pos int, final bool) found {
	f := found{start: pos}
	if !s.heads[b[pos]] {
		return f
	}
	var k uint64
	for _, c := range b[pos : pos+s.key] {
		k = k<<8 | uint64(c)
	}
	if !s.keys[keyHash(k)] {
		return f
	}
	r := s.starts[k]
	text := b[pos:]
	// All that the text begins with, and all that begins with the text, stand
	// around the place where the text itself would stand.
	i := s.after(r, text)
	if !final && i < r.to {
		f.partial = s.patterns[i].beginsWith(text)
	}
	for i--; i >= r.from; i = s.patterns[i].shorter {
		if p := &s.patterns[i]; len(p.text) <= len(text) && p.text == string(text[:len(p.text)]) {
			f.whole = p
			break
		}
	}
	return f
}

// after is the place of the first pattern of a span that is greater than the
// text. No byte is copied.
func (s *Set) after(r span, text []byte) int32 {
	from, to := r.from, r.to
	for from < to {
		mid := from + (to-from)/2
		if s.patterns[mid].text > string(text) {
			to = mid
		} else {
			from = mid + 1
		}
	}
	return from
}

// begins gives a longer pattern that begins with the text, or nil.
func (s *Set) begins(text []byte) *pattern {
	i := s.after(span{0, int32(len(s.patterns))}, text)
	if int(i) == len(s.patterns) {
		return nil
	}
	return s.patterns[i].beginsWith(text)
}

// beginsWith gives the pattern itself, or nil.
func (p *pattern) beginsWith(text []byte) *pattern {
	if len(p.text) >= len(text) && p.text[:len(text)] == string(text) {
		return p
	}
	return nil
}

// Find gives the first place from an offset where a value of the set, in any
// of its forms, stands in a whole text, and the value's path. ok is false if
// there is none; a nil Set finds nothing.
func (s *Set) Find(text []byte, from int) (path string, span [2]int, ok bool) {
	if s == nil {
		return "", span, false
	}
	f := s.find(text, from, true)
	if f.whole == nil {
		return "", span, false
	}
	path = strings.TrimSuffix(strings.TrimPrefix(f.whole.marker, "[MASKED:"), "]")
	return path, [2]int{f.start, f.start + len(f.whole.text)}, true
}
