package formats

import "strings"

// dotenvScanner reads a .env text line by line.
type dotenvScanner struct {
	doc     *Document
	text    string // the source; values are slices of it where they can be
	pos     int    // the start of the next line
	places  placeSlab
	remarks *Remark     // the comments since the last value
	armored bool        // the line before is base64 text, or begins a PEM block
	meta    []flatField // the sops block
}

// line gives the end of the line at pos, without and with the line ending. A CR
// is part of the line.
func (s *dotenvScanner) line() (end, next int) {
	if i := strings.IndexByte(s.text[s.pos:], '\n'); i >= 0 {
		return s.pos + i, s.pos + i + 1
	}
	return len(s.text), len(s.text)
}

// plainLine reads one line of a plaintext file, or a value of several lines.
func (s *dotenvScanner) plainLine() error {
	start := s.pos
	end, next := s.line()
	s.pos = next
	if start == end {
		return nil
	}
	cr := next > end && s.text[end-1] == '\r' // some line endings are CRLF
	if cr {
		end--
	}
	line := s.text[start:end]
	eq := strings.IndexByte(line, '=')
	armored := false
	switch {
	case line == "":
	case line[0] == '#':
		s.comment(start+1, end, stylePlain)
	case eq < 0 || s.raw(line, eq):
		s.comment(start, end, styleRaw)
		armored = eq < 0 && (s.armored && !strings.Contains(line, "-----END ") || isBase64(line))
	case strings.HasPrefix(line, sopsPrefix):
		return ErrEncrypted
	default:
		if close := s.quoteEnd(start + eq + 1); close > next {
			s.pos = close
			if end = close; s.text[close-1] == '\n' {
				end--
			}
			if cr = end < close && s.text[end-1] == '\r'; cr {
				end--
			}
			s.value(start, start+eq, end, styleLines)
			break
		}
		s.value(start, start+eq, end, stylePlain)
		armored = strings.Contains(line, "-----BEGIN ") && !strings.Contains(line, "-----END ")
	}
	s.armored = armored
	if cr {
		s.dropCR(end)
	}
	return nil
}

// dropCR has sops read an LF where a CRLF begins at an offset.
func (s *dotenvScanner) dropCR(at int) {
	s.doc.Edits = append(s.doc.Edits, Edit{Start: at, End: at + 1, Text: []string{""}})
}

func indentedComment(line string) bool {
	return strings.HasPrefix(trimBlanks(line), "#")
}

// raw tells of a line with = in it that it is no assignment, so that what
// stands before the = must not be left readable as a key: an indented comment,
// a line of the form "key: value", and the last line of base64 text.
func (s *dotenvScanner) raw(line string, eq int) bool {
	if indentedComment(line) {
		return true
	}
	if end := strings.TrimPrefix(line[eq:], "="); s.armored && (end == "" || end == "=") {
		return true
	}
	colon := strings.IndexByte(line[:eq], ':')
	if colon < 0 || (line[colon+1] != ' ' && line[colon+1] != '\t') {
		return false
	}
	name := strings.TrimPrefix(trimBlanks(line[:colon]), "export ")
	return name != "" && strings.Trim(name, nameBytes) == ""
}

const nameBytes = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-"

// isBase64 tells of a line without = that it is base64 text of some length.
func isBase64(line string) bool {
	return len(line) >= 32 && len(line)%4 == 0 && strings.Trim(line, nameBytes+"+/") == ""
}

// trimBlanks takes the white space off the left of a line.
func trimBlanks(s string) string {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c != ' ' && c != '\t' && c != '\v' && c != '\f' {
			return s[i:]
		}
	}
	return ""
}

// comment adds a comment leaf and puts it in force for what follows.
func (s *dotenvScanner) comment(start, end int, style uint8) {
	text := s.text[start:end]
	s.remarks = &Remark{Text: text, Prev: s.remarks}
	s.doc.Leaves = append(s.doc.Leaves, Leaf{
		Start: start, End: end, Type: Comment, Value: text, Remarks: s.remarks, Style: style,
	})
}

// value adds the leaf of an assignment.
func (s *dotenvScanner) value(start, eq, end int, style uint8) {
	text := s.text[eq+1 : end]
	if strings.Contains(text, `\n`) {
		text = strings.ReplaceAll(text, `\n`, "\n")
	}
	s.doc.Leaves = append(s.doc.Leaves, Leaf{
		Start: eq + 1, End: end, At: s.places.key(nil, s.text[start:eq]),
		Type: Str, Value: text, Remarks: s.remarks, Style: style,
	})
	s.remarks = nil
}

// quoteEnd finds the end of a value that begins at an offset with a quote and
// is closed on a later line: the start of the line after it. It is 0 where the
// value ends on its own line. A backslash hides the quote behind it, and
// nothing but a comment may follow the closing quote (python-dotenv's rules; the
// backtick is Node's).
func (s *dotenvScanner) quoteEnd(at int) int {
	text := trimBlanks(s.text[at:])
	if text == "" || (strings.IndexByte("\"'`", text[0]) < 0) {
		return 0
	}
	quote := text[0]
	for i := 1; i < len(text); i++ {
		switch text[i] {
		case '\\':
			if i+1 < len(text) && text[i+1] == quote {
				i++
			}
		case quote:
			rest, _, found := strings.Cut(text[i+1:], "\n")
			after := trimBlanks(strings.TrimSuffix(rest, "\r"))
			if strings.IndexByte(text[:i], '\n') < 0 || (after != "" && after[0] != '#') {
				return 0
			}
			end := len(s.text) - len(text) + i + 1 + len(rest)
			if found {
				end++
			}
			return end
		}
	}
	return 0
}

// encryptedLine reads one line of an encrypted file.
func (s *dotenvScanner) encryptedLine() error {
	start := s.pos
	end, next := s.line()
	s.pos = next
	if start == end {
		return nil
	}
	line := s.text[start:end]
	eq := strings.IndexByte(line, '=')
	switch {
	case line[0] == '#':
		s.comment(start+1, end, stylePlain)
		if strings.HasPrefix(line, "#ENC[") && strings.HasSuffix(line, "]"+rawMark) {
			l := &s.doc.Leaves[len(s.doc.Leaves)-1]
			l.Start, l.Style = start, styleRaw
			l.Value = strings.TrimSuffix(l.Value, rawMark)
		}
	case eq < 0:
		return ErrorAt(s.doc.Source, start, "the line has no =", "an encrypted .env file has comments and key=value lines only; remove the line or restore the file")
	case strings.HasPrefix(line, sopsPrefix):
		s.metadata(line, eq, start, next)
	default:
		s.value(start, start+eq, end, stylePlain)
	}
	return nil
}

// metadata reads one line of the sops block.
func (s *dotenvScanner) metadata(line string, eq, start, next int) {
	s.meta = append(s.meta, flatField{
		Path:  line[len(sopsPrefix):eq],
		Value: strings.ReplaceAll(line[eq+1:], `\n`, "\n"),
	})
	spans := s.doc.MetadataSpans
	if n := len(spans); n > 0 && spans[n-1].End == start {
		spans[n-1].End = next
		return
	}
	s.doc.MetadataSpans = append(spans, Span{start, next})
}
