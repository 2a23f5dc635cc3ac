package formats

import (
	"strings"
	"unicode/utf8"
)

// checkYAMLText refuses what no YAML reader takes: other encodings, invalid
// UTF-8 and control characters (YAML 1.1, 5.1; readerc.go in yaml.v3).
func checkYAMLText(src []byte) error {
	if err := checkEncoding(src); err != nil {
		return err
	}
	for i := 0; i < len(src); {
		c := src[i]
		if c >= ' ' && c < 0x7f || c == '\n' || c == '\t' || c == '\r' {
			i++
			continue
		}
		r, size := utf8.DecodeRune(src[i:])
		if r == utf8.RuneError && size == 1 {
			return ErrorAt(src, i, "the file is not valid UTF-8", "convert it to UTF-8, or encrypt it as a blob with --type binary")
		}
		if r < 0xa0 && r != 0x85 || r == 0xfffe || r == 0xffff {
			return ErrorAt(src, i, "invalid YAML: a control character", "write it as an escape in double quotes, or encrypt the file as a blob with --type binary")
		}
		i += size
	}
	return nil
}

// breakLength is the length of the line break at s[i:], 0 if there is none.
// YAML 1.1 knows five of them.
func breakLength(s string, i int) int {
	if i >= len(s) {
		return 0
	}
	switch s[i] {
	case '\n':
		return 1
	case '\r':
		if i+1 < len(s) && s[i+1] == '\n' {
			return 2
		}
		return 1
	case 0xc2: // NEL
		if i+1 < len(s) && s[i+1] == 0x85 {
			return 2
		}
	case 0xe2: // LS, PS
		if i+2 < len(s) && s[i+1] == 0x80 && (s[i+2] == 0xa8 || s[i+2] == 0xa9) {
			return 3
		}
	}
	return 0
}

// normalBreak is what a scalar's value gets for the break of length n at s[i:].
func normalBreak(s string, i, n int) string {
	if n == 3 {
		return s[i : i+3]
	}
	return "\n"
}

// lineEnd gives the offset of the next line break, or the end of s.
func lineEnd(s string, i int) int {
	for ; i < len(s); i++ {
		if c := s[i]; (c == '\n' || c == '\r' || c >= 0xc2) && breakLength(s, i) > 0 {
			return i
		}
	}
	return i
}

// lineStarted reports that only a line break, or nothing, stands before s[i].
func lineStarted(s string, i int) bool {
	if i == 0 || s[i-1] == '\n' || s[i-1] == '\r' {
		return true
	}
	return i == len(utf8BOM) && s[:i] == utf8BOM ||
		i >= 2 && breakLength(s, i-2) == 2 || i >= 3 && breakLength(s, i-3) == 3
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' }

// blankOrEnd reports that s[i] is white space, a line break or the end.
func blankOrEnd(s string, i int) bool {
	return i >= len(s) || isBlank(s[i]) || breakLength(s, i) > 0
}

// linePositions turns yaml.v3's lines and columns, which count characters, into
// offsets. It is fast when asked in ascending order.
type linePositions struct {
	text      string
	starts    []int
	ascii     bool
	line, col int // where the last answer was
	off       int
}

func newLinePositions(text string) *linePositions {
	p := &linePositions{text: text, starts: make([]int, 1, strings.Count(text, "\n")+2), ascii: true}
	if strings.HasPrefix(text, utf8BOM) {
		p.starts[0] = len(utf8BOM)
	}
	for i := 0; i < len(text); i++ {
		c := text[i]
		if c >= utf8.RuneSelf {
			p.ascii = false
		}
		if c == '\n' || c == '\r' || c >= 0xc2 {
			if n := breakLength(text, i); n > 0 {
				p.starts = append(p.starts, i+n)
				i += n - 1
			}
		}
	}
	return p
}

// offset gives the offset of a line and column, both from 1; -1 if outside.
func (p *linePositions) offset(line, col int) int {
	if line < 1 || line > len(p.starts) {
		if line == len(p.starts)+1 && col == 1 {
			return len(p.text)
		}
		return -1
	}
	start := p.starts[line-1]
	if p.ascii {
		p.line = line
		return min(start+col-1, len(p.text))
	}
	if p.line != line || p.col > col {
		p.line, p.col, p.off = line, 1, start
	}
	for p.col < col && p.off < len(p.text) {
		_, size := utf8.DecodeRuneInString(p.text[p.off:])
		p.off += size
		p.col++
	}
	return p.off
}
