package formats

import (
	"strconv"
	"strings"
)

const (
	tokenStart = "ENC[AES256_GCM,data:"
	shortStart = "ENC[~"
)

// shortened is a text in which long tokens are replaced by short ones.
type shortened struct {
	full, text string
	cuts       []shortCut
}

// shortCut is a token: where it stands in the text, and in the full one.
type shortCut struct{ at, end, fullAt, fullEnd int }

// shortenTokens replaces the tokens of a text by ENC[~number,type:name]. It
// leaves a text alone that has such short tokens already.
func shortenTokens(full string) *shortened {
	s := &shortened{full: full, text: full}
	if strings.Contains(full, shortStart) {
		return s
	}
	s.cuts = make([]shortCut, 0, strings.Count(full, tokenStart))
	var b strings.Builder
	b.Grow(min(len(full), len(full)/4+cap(s.cuts)*32))
	at := 0
	for {
		i := strings.Index(full[at:], tokenStart)
		if i < 0 {
			break
		}
		start := at + i
		end, typ := tokenLength(full, start+len(tokenStart))
		b.WriteString(full[at:start])
		at = start
		if end < 0 {
			b.WriteString(tokenStart)
			at += len(tokenStart)
			continue
		}
		cut := shortCut{at: b.Len(), fullAt: start, fullEnd: end}
		b.WriteString(shortStart)
		b.WriteString(strconv.Itoa(len(s.cuts)))
		b.WriteString(full[typ:end])
		cut.end = b.Len()
		s.cuts = append(s.cuts, cut)
		at = end
	}
	b.WriteString(full[at:])
	s.text = b.String()
	return s
}

// tokenLength finds the end of the token whose data starts at i, before the
// bracket that closes it, and where its ",type:" is; -1 if it is no token.
func tokenLength(s string, i int) (end, typ int) {
	end = i
	for end < len(s) && isTokenByte[s[end]] {
		end++
	}
	typ = strings.LastIndex(s[i:end], ",type:")
	if typ < 0 || end == len(s) || s[end] != ']' && !strings.HasPrefix(s[end:], tokenWasPlain) {
		return -1, 0
	}
	return end, i + typ
}

// isTokenByte has what stands in a token between its brackets.
var isTokenByte = func() (t [256]bool) {
	for _, c := range []byte("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ+/=,:") {
		t[c] = true
	}
	return t
}()

// expand moves the document to the full text.
func (s *shortened) expand(d *Document) {
	if len(s.cuts) == 0 {
		return
	}
	next := 0
	move := func(at int) int {
		for next < len(s.cuts) && s.cuts[next].end <= at {
			next++
		}
		if next == 0 {
			return at
		}
		return at + s.cuts[next-1].fullEnd - s.cuts[next-1].end
	}
	for i := range d.Leaves {
		l := &d.Leaves[i]
		l.Start = move(l.Start)
		before := next
		l.End = move(l.End)
		if next > before {
			l.Value = s.expandText(l.Value)
		}
	}
	next = 0
	for i := range d.MetadataSpans {
		m := &d.MetadataSpans[i]
		m.Start, m.End = move(m.Start), move(m.End)
	}
}

// expandText puts the tokens back into a decoded text.
func (s *shortened) expandText(text string) string {
	if s == nil || len(s.cuts) == 0 {
		return text
	}
	i := strings.Index(text, shortStart)
	if i < 0 {
		return text
	}
	number, rest, _ := strings.Cut(text[i+len(shortStart):], ",type:")
	n, err := strconv.Atoi(number)
	if err != nil || n < 0 || n >= len(s.cuts) {
		return text[:i+len(shortStart)] + s.expandText(text[i+len(shortStart):])
	}
	token := s.full[s.cuts[n].fullAt:s.cuts[n].fullEnd]
	rest = rest[len(token)-strings.LastIndex(token, ",type:")-len(",type:"):]
	if i == 0 && rest == "]" && s.cuts[n].fullEnd < len(s.full) && s.full[s.cuts[n].fullEnd] == ']' {
		return s.full[s.cuts[n].fullAt : s.cuts[n].fullEnd+1]
	}
	return text[:i] + token + s.expandText(rest)
}
