package formats

import (
	"strings"

	"gopkg.in/yaml.v3"
)

// blockHeader is the line that a block scalar starts with.
type blockHeader struct {
	folded bool
	chomp  byte // '-', '+' or 0
	digit  int  // the indentation indicator, 0 if there is none
	end    int  // behind the indicators
}

// parseBlockHeader reads the indicators at s[i:].
func parseBlockHeader(s string, i int) (h blockHeader) {
	h.folded = s[i] == '>'
	for i++; i < len(s); i++ {
		switch c := s[i]; {
		case (c == '-' || c == '+') && h.chomp == 0:
			h.chomp = c
			continue
		case c >= '1' && c <= '9' && h.digit == 0:
			h.digit = int(c - '0')
			continue
		}
		break
	}
	h.end = i
	return h
}

// block finds the block scalar at pos. The span ends before the line break of
// the last line that counts for the value.
func (r *yamlReader) block(n *yaml.Node, c yamlContext, s *yamlSpan) {
	if r.pos >= len(r.text) || r.text[r.pos] != '|' && r.text[r.pos] != '>' {
		r.unplaced(r.pos)
	}
	if lineStart := r.pos - r.column(r.pos); strings.TrimLeft(r.text[lineStart:r.pos], " ") == "" && r.pos-lineStart <= c.indent {
		r.unplaced(r.pos) // a value in another style could not stand here
	}
	h := parseBlockHeader(r.text, r.pos)
	s.style = yamlBlock
	at := h.end
	for at < len(r.text) && isBlank(r.text[at]) {
		at++
	}
	if at < len(r.text) && r.text[at] == '#' {
		s.noted = true
		r.pos = at
		r.comment()
		at = r.pos
	}
	size := breakLength(r.text, at)
	if size == 0 && at < len(r.text) {
		r.unplaced(at)
	}
	b := blockBody{text: r.text, at: at + size, end: h.end, header: &h, parent: c.indent}
	b.read()
	if b.value() != n.Value {
		r.unplaced(s.start)
	}
	s.indent, s.end = b.indent, b.end
	if s.noted {
		s.end = max(s.end, at)
	}
	s.head = r.text[s.start : at+size]
}

// blockBody reads the lines of a block scalar as yaml.v3 does (scannerc.go,
// yaml_parser_scan_block_scalar).
type blockBody struct {
	text   string
	at     int
	header *blockHeader
	parent int // column of the block collection around it

	indent   int
	end      int // end of the span
	out      strings.Builder
	leading  string // the last line break
	trailing strings.Builder
	final    int // where the last line break stands; -1 if there was none
}

func (b *blockBody) read() {
	b.final = -1
	if b.header.digit > 0 {
		b.indent = max(b.parent, 0) + b.header.digit
	}
	column := b.blankLines()
	leadingBlank := false
	for column == b.indent && b.at < len(b.text) {
		blank := isBlank(b.text[b.at])
		if b.header.folded && !leadingBlank && !blank && b.leading == "\n" {
			if b.trailing.Len() == 0 {
				b.out.WriteByte(' ')
			}
		} else {
			b.out.WriteString(b.leading)
		}
		b.out.WriteString(b.trailing.String())
		b.trailing.Reset()
		leadingBlank = blank
		end := lineEnd(b.text, b.at)
		b.out.WriteString(b.text[b.at:end])
		b.end, b.at, b.leading = end, end, ""
		if n := breakLength(b.text, end); n > 0 {
			b.leading = normalBreak(b.text, end, n)
			b.final = end
			b.at += n
		}
		column = b.blankLines()
	}
	if b.header.chomp == '+' && b.final > b.end {
		b.end = b.final
	}
	if b.header.chomp == '+' && b.at == len(b.text) && !lineStarted(b.text, b.at) {
		b.end = b.at // a line break at the end of the file would count
	}
}

// blankLines reads indentation and empty lines and gives the column.
func (b *blockBody) blankLines() (column int) {
	deepest := 0
	for {
		for column = 0; b.at < len(b.text) && (b.indent == 0 || column < b.indent) && b.text[b.at] == ' '; column++ {
			b.at++
		}
		deepest = max(deepest, column)
		n := breakLength(b.text, b.at)
		if n == 0 {
			break
		}
		b.trailing.WriteString(normalBreak(b.text, b.at, n))
		b.final = b.at
		b.at += n
	}
	if b.indent == 0 {
		b.indent = max(deepest, b.parent+1, 1)
	}
	return column
}

func (b *blockBody) value() string {
	if b.header.chomp != '-' {
		b.out.WriteString(b.leading)
	}
	if b.header.chomp == '+' {
		b.out.WriteString(b.trailing.String())
	}
	return b.out.String()
}
