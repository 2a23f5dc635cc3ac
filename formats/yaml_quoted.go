package formats

import "strings"

// quoted finds the end of a quoted scalar, behind the closing quote.
func (r *yamlReader) quoted(quote byte, value string) int {
	if r.pos >= len(r.text) || r.text[r.pos] != quote {
		r.unplaced(r.pos)
	}
	start, end := r.pos+1, r.pos+1+len(value)
	if end < len(r.text) && r.text[end] == quote && r.text[start:end] == value && !strings.ContainsAny(value, "'\"\\\n") {
		return end + 1
	}
	end, got, ok := decodeQuoted(r.text, r.pos)
	if !ok || got != value {
		r.unplaced(r.pos)
	}
	return end
}

// decodeQuoted reads the quoted scalar at s[i:] as yaml.v3 does.
func decodeQuoted(s string, i int) (end int, value string, ok bool) {
	quote := s[i]
	var out strings.Builder
	for i++; i < len(s); {
		switch c := s[i]; {
		case c == quote && quote == '\'' && i+1 < len(s) && s[i+1] == '\'':
			out.WriteByte('\'')
			i += 2
		case c == quote:
			return i + 1, out.String(), true
		case c == '\\' && quote == '"':
			n, text := yamlEscape(s, i)
			if n == 0 {
				return 0, "", false
			}
			out.WriteString(text)
			i += n
			if text == "" {
				i = skipFolded(s, i, &out)
			}
		case blankOrEnd(s, i):
			fold, after := foldAt(s, i)
			if fold == "" {
				fold = s[i:after]
			}
			out.WriteString(fold)
			i = after
		default:
			out.WriteByte(c)
			i++
		}
	}
	return 0, "", false
}

// skipFolded reads the white space behind an escaped line break: only further
// line breaks count.
func skipFolded(s string, i int, out *strings.Builder) int {
	for i < len(s) {
		n := breakLength(s, i)
		if n == 0 && !isBlank(s[i]) {
			break
		}
		if n > 0 {
			out.WriteString(normalBreak(s, i, n))
		}
		i += max(n, 1)
	}
	return i
}

// yamlEscape reads the escape at s[i:]; text is "" for a line break.
func yamlEscape(s string, i int) (n int, text string) {
	if i+1 >= len(s) {
		return 0, ""
	}
	if b := breakLength(s, i+1); b > 0 {
		return 1 + b, ""
	}
	digits := 0
	switch s[i+1] {
	case 'x':
		digits = 2
	case 'u':
		digits = 4
	case 'U':
		digits = 8
	default:
		text, ok := yamlEscapes[s[i+1]]
		if !ok {
			return 0, ""
		}
		return 2, text
	}
	if i+2+digits > len(s) {
		return 0, ""
	}
	value := rune(0)
	for _, c := range []byte(s[i+2 : i+2+digits]) {
		h := strings.IndexByte("0123456789abcdef", c|0x20)
		if h < 0 || c < '0' {
			return 0, ""
		}
		value = value<<4 | rune(h)
	}
	return 2 + digits, string(value)
}

// yamlEscapes are the escapes in double quotes (scannerc.go in yaml.v3).
var yamlEscapes = map[byte]string{
	'0': "\x00", 'a': "\a", 'b': "\b", 't': "\t", '\t': "\t", 'n': "\n", 'v': "\v", 'f': "\f", 'r': "\r",
	'e': "\x1b", ' ': " ", '"': "\"", '\'': "'", '\\': "\\", 'N': "\u0085", '_': "\u00a0", 'L': "\u2028", 'P': "\u2029",
}
