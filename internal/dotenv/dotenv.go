// Package dotenv reads .env text as the programs that load such files do:
// exactly as python-dotenv 1.2 (parser.py there is the specification), which
// agrees with node's dotenv on everything common. Start with Parse; Expand
// replaces ${NAME} where the user asks for it.
//
// Where the two differ python-dotenv wins. Two things are wider than it: a
// byte order mark is skipped, and bytes that are not UTF-8 are kept.
package dotenv

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// Entry is one assignment of a file, in the order of the file.
type Entry struct {
	Name  string
	Value string
	// Set is false for a line without "=": the loaders set no variable then.
	Set  bool
	Line int // of the name, from 1
}

// Parse reads a text. skipped lists the lines that are no assignment and that
// the loaders warn about and skip: an open quote, text after a closing quote.
func Parse(src []byte) (entries []Entry, skipped []int) {
	src = bytes.TrimPrefix(src, []byte("\uFEFF"))
	text := strings.ReplaceAll(string(src), "\r\n", "\n")
	r := reader{text: strings.ReplaceAll(text, "\r", "\n"), line: 1}
	for r.at < len(r.text) {
		r.skip(isSpace)
		if r.at == len(r.text) {
			break
		}
		line := r.line
		e, ok := r.binding()
		if !ok {
			r.skip(notNewline)
			skipped = append(skipped, line)
			continue
		}
		if e.Name != "" {
			e.Line = line
			entries = append(entries, e)
		}
	}
	return entries, skipped
}

// reader is a cursor in the text.
type reader struct {
	text string
	at   int
	line int
}

// binding reads one assignment, name or comment to the end of its line. When
// it fails, the cursor stays where the trouble was seen: the rest of that line
// is what the loaders skip.
func (r *reader) binding() (e Entry, ok bool) {
	r.export()
	if r.peek() != '#' {
		if e.Name, ok = r.name(); !ok {
			return e, false
		}
	}
	r.skip(isBlank)
	if r.peek() == '=' {
		r.advance(1)
		r.skip(isBlank)
		e.Set = true
		if e.Value, ok = r.value(); !ok {
			return e, false
		}
	}
	return e, r.endOfLine()
}

// export skips the word that makes a line valid shell.
func (r *reader) export() {
	const word = "export"
	if !strings.HasPrefix(r.text[r.at:], word) {
		return
	}
	mark := *r
	r.advance(len(word))
	if r.skip(isBlank) == 0 {
		*r = mark
	}
}

func (r *reader) name() (string, bool) {
	if r.peek() == '\'' {
		end := strings.IndexByte(r.text[r.at+1:], '\'')
		if end <= 0 {
			return "", false
		}
		name := r.text[r.at+1:][:end]
		r.advance(end + 2)
		return name, true
	}
	start := r.at
	n := r.skip(func(c rune) bool { return c != '=' && c != '#' && !isSpace(c) })
	return r.text[start:r.at], n > 0
}

func (r *reader) value() (string, bool) {
	switch q := r.peek(); q {
	case '\'', '"':
		body, ok := r.quoted(q)
		if !ok {
			return "", false
		}
		return unescape(body, q), true
	}
	start := r.at
	r.skip(notNewline)
	return trimComment(r.text[start:r.at]), true
}

// quoted reads to the closing quote: the first without a backslash before it,
// or, when there is none, the last of all.
func (r *reader) quoted(q byte) (string, bool) {
	body := r.text[r.at+1:]
	end, last := -1, -1
	for i := 0; i < len(body) && end < 0; i++ {
		switch {
		case body[i] != q:
		case i > 0 && body[i-1] == '\\':
			last = i
		default:
			end = i
		}
	}
	if end < 0 {
		end = last
	}
	if end < 0 {
		return "", false
	}
	r.advance(end + 2)
	return body[:end], true
}

// endOfLine reads a comment and the line ending; false if something else
// stands there.
func (r *reader) endOfLine() bool {
	r.skip(isBlank)
	if r.peek() == '#' {
		r.skip(notNewline)
	}
	if r.at == len(r.text) {
		return true
	}
	if r.text[r.at] != '\n' {
		return false
	}
	r.advance(1)
	return true
}

// peek is the next byte, 0 at the end.
func (r *reader) peek() byte {
	if r.at == len(r.text) {
		return 0
	}
	return r.text[r.at]
}

// skip moves over characters that fit and returns the number of bytes.
func (r *reader) skip(fits func(rune) bool) int {
	n := 0
	for i, c := range r.text[r.at:] {
		if !fits(c) {
			break
		}
		_, size := utf8.DecodeRuneInString(r.text[r.at+i:])
		n = i + size
	}
	r.advance(n)
	return n
}

func (r *reader) advance(n int) {
	r.line += strings.Count(r.text[r.at:r.at+n], "\n")
	r.at += n
}

// trimComment cuts what follows white space and a "#", and trailing space.
func trimComment(s string) string {
	for i, c := range s {
		if c != '#' || i == 0 {
			continue
		}
		if before, _ := utf8.DecodeLastRuneInString(s[:i]); isSpace(before) {
			s = s[:i]
			break
		}
	}
	return strings.TrimRightFunc(s, isSpace)
}

var escaped = strings.NewReplacer(
	`\\`, `\`, `\'`, `'`, `\"`, `"`, `\a`, "\a", `\b`, "\b", `\f`, "\f",
	`\n`, "\n", `\r`, "\r", `\t`, "\t", `\v`, "\v")

var escapedSingle = strings.NewReplacer(`\\`, `\`, `\'`, `'`)

func unescape(s string, quote byte) string {
	if quote == '\'' {
		return escapedSingle.Replace(s)
	}
	return escaped.Replace(s)
}

func notNewline(c rune) bool { return c != '\n' }

func isBlank(c rune) bool { return c != '\n' && isSpace(c) }

// isSpace is Python's \s, which has the four ASCII separators that Go's
// unicode.IsSpace lacks.
func isSpace(c rune) bool {
	switch {
	case c >= '\t' && c <= '\r', c >= 0x1c && c <= ' ', c == 0x85, c == 0xa0:
		return true
	case c < 0x1680:
		return false
	}
	switch {
	case c == 0x1680, c >= 0x2000 && c <= 0x200a, c == 0x2028, c == 0x2029,
		c == 0x202f, c == 0x205f, c == 0x3000:
		return true
	}
	return false
}
