package formats

import (
	"strconv"
	"strings"
)

// Path names a place as a person types it. ParsePath reads it.
type Path []Step

// Step is one part of a Path: a key, or an index of a list.
type Step struct {
	Key   string
	List  bool
	Index int  // Append: behind the last item
	Loose bool // the key had no quotes: it may be a part of a key with dots in it
}

// Append is the index of an item that is to be added: hosts[+].
const Append = -1

// ParsePath reads a path: db.password, hosts[0].name, "odd.key".name,
// db['odd key'], hosts[+] for a new item, and the form of sops,
// ["db"]["password"][0]. Errors are *PathError.
func ParsePath(text string) (Path, error) {
	p := pathParser{text: text}
	for p.at < len(text) {
		if msg := p.step(); msg != "" {
			return nil, &PathError{Path: text, Msg: msg, Try: `write keys as db.password, items as hosts[0], odd keys in quotes: "odd.key".name`}
		}
	}
	if len(p.steps) == 0 {
		return nil, &PathError{Path: text, Msg: "the path is empty", Try: "write it as db.password or hosts[0].name"}
	}
	return p.steps, nil
}

type pathParser struct {
	text  string
	at    int
	steps Path
}

// step reads one part; the result says what is wrong.
func (p *pathParser) step() string {
	if p.text[p.at] == '[' {
		return p.bracket()
	}
	if p.text[p.at] == '.' {
		if p.at++; p.at == len(p.text) {
			return "the path ends with a dot"
		}
	} else if len(p.steps) > 0 {
		return "a dot is missing before column " + strconv.Itoa(p.at+1)
	}
	if c := p.text[p.at]; c == '"' || c == '\'' {
		key, msg := p.quoted()
		p.steps = append(p.steps, Step{Key: key})
		return msg
	}
	n := strings.IndexAny(p.text[p.at:], ".[")
	if n < 0 {
		n = len(p.text) - p.at
	}
	key := p.text[p.at : p.at+n]
	if key == "" {
		return "a key is missing at column " + strconv.Itoa(p.at+1)
	}
	p.at += n
	p.steps = append(p.steps, Step{Key: key, Loose: true})
	return ""
}

// bracket reads [0], [+], [] or ["key"].
func (p *pathParser) bracket() string {
	p.at++
	if rest := p.text[p.at:]; rest != "" && (rest[0] == '"' || rest[0] == '\'') {
		key, msg := p.quoted()
		if msg != "" {
			return msg
		}
		if !strings.HasPrefix(p.text[p.at:], "]") {
			return "a ] is missing at column " + strconv.Itoa(p.at+1)
		}
		p.at++
		p.steps = append(p.steps, Step{Key: key})
		return ""
	}
	inner, _, found := strings.Cut(p.text[p.at:], "]")
	if !found {
		return "a ] is missing at the end"
	}
	s := Step{List: true, Index: Append}
	if inner != "" && inner != "+" {
		i, err := strconv.ParseUint(inner, 10, 31)
		if err != nil {
			return "in brackets stands an index from 0, a + or a key in quotes (column " + strconv.Itoa(p.at+1) + ")"
		}
		s.Index = int(i)
	}
	p.at += len(inner) + 1
	p.steps = append(p.steps, s)
	return ""
}

// quoted reads a key in quotes: in double quotes with escapes, as Place.String
// writes them, in single quotes as it stands.
func (p *pathParser) quoted() (key, msg string) {
	start := p.at
	const open = "a quote is not closed"
	if p.text[start] == '\'' {
		n := strings.IndexByte(p.text[start+1:], '\'')
		if n < 0 {
			return "", open
		}
		p.at = start + n + 2
		return p.text[start+1 : p.at-1], ""
	}
	prefix, err := strconv.QuotedPrefix(p.text[start:])
	if err != nil {
		return "", open + ", or an escape in it is unknown"
	}
	p.at = start + len(prefix)
	key, err = strconv.Unquote(prefix)
	if err != nil {
		return "", "an escape in quotes is unknown"
	}
	return key, ""
}

// String writes the path such that ParsePath reads it.
func (p Path) String() string {
	var b strings.Builder
	for _, s := range p {
		if s.List && s.Index == Append {
			b.WriteString("[+]")
			continue
		}
		(&Place{Key: s.Key, Index: int32(s.Index), List: s.List}).write(&b)
	}
	return b.String()
}

// PathError says why a path does not name what is needed. It holds keys, never
// values.
type PathError struct {
	Path   string
	Line   int // of what is in the way; 0 where unknown
	Msg    string
	Try    string // what to try
	Absent bool   // nothing has this path
}

func (e *PathError) Error() string {
	s := e.Path + ": " + e.Msg
	if e.Line > 0 {
		s = "line " + itoa(e.Line) + ": " + s
	}
	return s
}

// Hint says what to try.
func (e *PathError) Hint() string { return e.Try }
