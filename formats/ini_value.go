package formats

import "strings"

// iniKey reads the key at the start of a line, and the length up to the value.
// msg says what is wrong, or is "".
func iniKey(line string) (key string, length int, msg string) {
	quote := ""
	switch {
	case len(line) > 6 && strings.HasPrefix(line, `"""`):
		quote = `"""`
	case line[0] == '"' || line[0] == '`':
		quote = line[:1]
	}
	if quote == "" {
		switch end := strings.IndexAny(line, "=:"); {
		case end < 0:
			return "", 0, "the line has no = or :"
		case end == 0:
			return "", 0, "the key has no name"
		default:
			return strings.TrimSpace(line[:end]), end + 1, ""
		}
	}
	n := len(quote)
	end := strings.Index(line[n:], quote)
	if end < 0 {
		return "", 0, "the quote of the key is not closed"
	}
	end += n
	after := min(end+n, len(line))
	i := strings.IndexAny(line[after:], "=:")
	if i < 0 {
		return "", 0, "the line has no = or :"
	}
	return strings.TrimSpace(line[n:end]), after + i + 1, ""
}

// iniValue is a value and where it stands, its quotes included.
type iniValue struct {
	start, end int
	text       string
	style      uint8
	comment    string // behind the value, with its sign
	commentAt  int
	lost       string // the same where sops does not see it
	lostAt     int    // 0 if there is none
}

// value reads the value that begins in the rest of a line.
func (s *iniScanner) value(at int, rest string) (iniValue, error) {
	line := trimLeft(rest)
	start := at + len(rest) - len(line)
	if line == "" {
		return iniValue{start: at, end: at}, nil
	}
	switch {
	case strings.HasPrefix(line, `"""`):
		return s.quoted(start, line, iniTriple)
	case line[0] == '`':
		return s.quoted(start, line, iniBacktick)
	}
	line = trimRight(line)
	if strings.HasSuffix(line, `\`) {
		return s.continued(start, line), nil
	}
	v := iniValue{start: start}
	if i := strings.IndexAny(line, "#;"); i >= 0 {
		v.comment, v.commentAt = line[i:], start+i
		line = trimRight(line[:i])
	}
	v.end, v.text = start+len(line), line
	for _, style := range [...]uint8{iniSingle, iniDouble} {
		if surrounded(line, iniQuotes[style][0]) {
			v.text, v.style = line[1:len(line)-1], style
		}
	}
	return v, nil
}

// quoted reads a value in backticks or triple quotes, on one line or more.
func (s *iniScanner) quoted(start int, line string, style uint8) (iniValue, error) {
	quote := iniQuotes[style]
	n := len(quote)
	v := iniValue{start: start, style: style}
	inner := line[n:]
	if i := strings.LastIndex(inner, quote); i >= 0 {
		v.text, v.end = inner[:i], start+n+i+n
		if tail := trimRight(trimLeft(inner[i+n:])); tail != "" {
			v.lost, v.lostAt = tail, v.end+strings.Index(inner[i+n:], tail)
			if tail[0] != '#' && tail[0] != ';' {
				return v, s.fail(v.end, "there is text behind the closing quote")
			}
		}
		return v, nil
	}
	v.text = inner
	for {
		from, to := s.next()
		next := s.text[from:to]
		i := strings.LastIndex(next, quote)
		if i < 0 {
			if v.text += next; to == len(s.text) && !strings.HasSuffix(next, "\n") {
				return v, s.fail(start, "the quote of the value is not closed")
			}
			continue
		}
		tail := next[i+n:]
		if strings.HasSuffix(strings.TrimSpace(tail), `\`) {
			v.text += next
			continue
		}
		v.text += next[:i]
		v.end = from + i + n
		if c := strings.TrimSpace(tail); c != "" {
			if c[0] != '#' && c[0] != ';' {
				return v, s.fail(v.end, "there is text behind the closing quote")
			}
			v.comment, v.commentAt = c, v.end+strings.Index(tail, c)
		}
		return v, nil
	}
}

// continued reads a value whose lines end with a backslash.
func (s *iniScanner) continued(start int, line string) iniValue {
	v := iniValue{start: start, end: start + len(line), text: line[:len(line)-1]}
	for {
		from, to := s.next()
		next := trimRight(s.text[from:to])
		if next == "" {
			return v
		}
		v.end = from + len(next)
		v.text += trimLeft(next)
		if !strings.HasSuffix(v.text, `\`) {
			return v
		}
		v.text = v.text[:len(v.text)-1]
	}
}
