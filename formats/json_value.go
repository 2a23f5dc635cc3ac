package formats

import (
	"encoding/binary"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
	"unsafe"
)

// str reads the string at pos and gives what it denotes.
func (s *jsonScanner) str() (string, bool) {
	start := s.pos + 1
	var odd bool // has escapes
	var all byte // bit 7 says that there are bytes beyond ASCII
	n, ascii := plainRun(s.text[start:])
	if !ascii {
		all = utf8.RuneSelf
	}
	for i := start + n; i < len(s.text); i++ {
		c := s.text[i]
		all |= c
		switch {
		case c == '"':
			s.pos = i + 1
			raw := s.text[start:i]
			if odd || (all >= utf8.RuneSelf && !utf8.ValidString(raw)) {
				return unescapeJSON(raw), true
			}
			return raw, true
		case c == '\\':
			odd = true
			n := escapeLength(s.text[i:])
			if n == 0 {
				return "", s.fail(i, msgJSONEscape)
			}
			i += n - 1
		case c < ' ':
			return "", s.fail(i, "invalid JSON: a string holds a control character (is a quote missing?)")
		}
	}
	return "", s.fail(len(s.text), "invalid JSON: the file ends within a string")
}

// plainRun counts bytes at the start of a text that a string in quotes may hold
// as they are; it may stop early. It looks at eight bytes at a time: a byte is
// below n or equal to it where taking n from it, or from what differs between
// the two, borrows from the highest bit.
func plainRun(text string) (n int, ascii bool) {
	const ones, high = 0x0101010101010101, 0x8080808080808080
	b := unsafe.Slice(unsafe.StringData(text), len(text))
	var all uint64
	for ; n+8 <= len(b); n += 8 {
		x := binary.LittleEndian.Uint64(b[n:])
		quote, slash := x^ones*'"', x^ones*'\\'
		if ((x-ones*' ')&^x|(quote-ones)&^quote|(slash-ones)&^slash)&high != 0 {
			break
		}
		all |= x
	}
	return n, all&high == 0
}

// escapeLength is the length of the escape that s starts with, 0 if invalid.
func escapeLength(s string) int {
	if len(s) < 2 {
		return 0
	}
	if strings.IndexByte(`"\/bfnrt`, s[1]) >= 0 {
		return 2
	}
	if hex4(s) < 0 {
		return 0
	}
	return 6
}

// hex4 reads the \uXXXX that s starts with; -1 if there is none.
func hex4(s string) rune {
	if len(s) < 6 || s[0] != '\\' || s[1] != 'u' {
		return -1
	}
	var r rune
	for i := 2; i < 6; i++ {
		c := s[i]
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c >= 'a' && c <= 'f':
			c -= 'a' - 10
		case c >= 'A' && c <= 'F':
			c -= 'A' - 10
		default:
			return -1
		}
		r = r<<4 | rune(c)
	}
	return r
}

// unescapeJSON decodes the inside of a string as Go's encoding/json does: lone
// surrogates and invalid UTF-8 become U+FFFD. The escapes are valid.
func unescapeJSON(raw string) string {
	out := make([]byte, 0, len(raw))
	for i := 0; i < len(raw); {
		c := raw[i]
		switch {
		case c == '\\' && raw[i+1] == 'u':
			r := hex4(raw[i:])
			i += 6
			if utf16.IsSurrogate(r) {
				pair := utf16.DecodeRune(r, hex4(raw[i:]))
				if pair != utf8.RuneError {
					i += 6
				}
				r = pair
			}
			out = utf8.AppendRune(out, r)
		case c == '\\':
			out = append(out, unescapeByte(raw[i+1]))
			i += 2
		case c < utf8.RuneSelf:
			out = append(out, c)
			i++
		default:
			r, n := utf8.DecodeRuneInString(raw[i:])
			out = utf8.AppendRune(out, r)
			i += n
		}
	}
	return string(out)
}

func unescapeByte(c byte) byte {
	switch c {
	case 'b':
		return '\b'
	case 'f':
		return '\f'
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	}
	return c
}

// number reads a number: an Int where int64 can hold it, else a Float; a Str
// where float64 cannot hold it either. sops refuses that last kind.
func (s *jsonScanner) number(at *Place) bool {
	start := s.pos
	integer, ok := s.skipNumber()
	if !ok {
		return false
	}
	raw := s.text[start:s.pos]
	if integer {
		if n, err := strconv.ParseInt(raw, 10, 64); err == nil {
			if n == 0 {
				raw = "0" // -0
			}
			return s.leaf(start, at, Int, raw)
		}
	}
	f, err := strconv.ParseFloat(raw, 64)
	if err != nil {
		s.leaf(start, at, Str, raw)
		s.leaves[len(s.leaves)-1].Style = styleHuge
		return true
	}
	return s.leaf(start, at, Float, strconv.FormatFloat(f, 'f', -1, 64))
}

// skipNumber steps over a number; integer tells that it has neither a fraction
// nor an exponent.
func (s *jsonScanner) skipNumber() (integer, ok bool) {
	i, t := s.pos, s.text
	if t[i] == '-' {
		i++
	}
	if i < len(t) && t[i] == '0' {
		i++
	} else if i, ok = digits(t, i); !ok {
		return false, s.badNumber(i)
	}
	integer = true
	if i < len(t) && t[i] == '.' {
		integer = false
		if i, ok = digits(t, i+1); !ok {
			return false, s.badNumber(i)
		}
	}
	if i < len(t) && (t[i] == 'e' || t[i] == 'E') {
		integer = false
		i++
		if i < len(t) && (t[i] == '+' || t[i] == '-') {
			i++
		}
		if i, ok = digits(t, i); !ok {
			return false, s.badNumber(i)
		}
	}
	s.pos = i
	return integer, true
}

// digits steps over one or more digits; ok is false if there is none.
func digits(t string, i int) (end int, ok bool) {
	start := i
	for i < len(t) && t[i] >= '0' && t[i] <= '9' {
		i++
	}
	return i, i > start
}

func (s *jsonScanner) badNumber(at int) bool {
	if at == len(s.text) {
		return s.fail(at, msgJSONEnd)
	}
	return s.fail(at, "invalid JSON: a number has no digit here")
}
