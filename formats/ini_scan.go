package formats

import (
	"strconv"
	"strings"
	"unicode"
)

// iniScanner reads an INI text line by line.
type iniScanner struct {
	doc       *Document
	text      string
	pos       int // the start of the next line
	encrypted bool

	section *Place
	places  placeSlab
	keys    map[string]bool // of the section
	group   iniGroup
	remarks *Remark // in force: sops has the comment of a key behind it
	meta    []flatField
	sops    bool // in the section "sops" of an encrypted file
}

// iniGroup is the comment lines since the last key or section.
type iniGroup struct {
	start, end int    // from the first comment sign to the end of the last text
	raw        []byte // what the library collects
}

const (
	iniSection = "DEFAULT" // of the keys above the first section
	hintINI    = hintBinary
)

func readINI(src []byte, encrypted bool) (*iniScanner, error) {
	if err := checkEncoding(src); err != nil {
		return nil, err
	}
	s := &iniScanner{doc: &Document{Source: src}, text: string(src), pos: bomLength(src), encrypted: encrypted}
	s.enter(iniSection)
	for s.pos < len(s.text) {
		if err := s.line(); err != nil {
			return nil, err
		}
	}
	if len(s.group.raw) > 0 { // sops drops comments at the end
		s.section = nil
		s.comment(s.group, "", -1)
	}
	s.leaveSops(len(s.text))
	return s, nil
}

func (s *iniScanner) fail(offset int, msg string) error {
	return ErrorAt(s.doc.Source, offset, "invalid INI: "+msg, hintINI)
}

// next steps over a line and gives its end, with the line feed.
func (s *iniScanner) next() (start, end int) {
	start = s.pos
	if i := strings.IndexByte(s.text[start:], '\n'); i >= 0 {
		s.pos = start + i + 1
	} else {
		s.pos = len(s.text)
	}
	return start, s.pos
}

func (s *iniScanner) line() error {
	start, end := s.next()
	line := strings.TrimLeftFunc(s.text[start:end], unicode.IsSpace)
	at := end - len(line)
	switch {
	case line == "":
		return nil
	case line[0] == '#' || line[0] == ';':
		if len(s.group.raw) == 0 {
			s.group.start = at
		}
		s.group.raw = append(s.group.raw, line...)
		s.group.end = at + len(trimRight(line))
		return nil
	case line[0] == '[':
		return s.header(start, at, line)
	}
	return s.assignment(at, line)
}

// header reads a section's line.
func (s *iniScanner) header(start, at int, line string) error {
	end := strings.LastIndexByte(line, ']')
	if end < 0 {
		return s.fail(at, "the section has no closing bracket")
	}
	name := line[1:end]
	if name == "" {
		return s.fail(at, "the section has no name")
	}
	rest := trimLeft(line[end+1:])
	if rest != "" && rest[0] != '#' && rest[0] != ';' {
		return s.fail(at+end+1, "there is text behind the section")
	}
	s.leaveSops(start)
	inline := trimRight(rest)
	inlineAt := at + len(line) - len(rest)
	if name == "sops" {
		if !s.encrypted {
			return ErrEncrypted
		}
		if s.doc.MetadataSpans != nil {
			return s.fail(at, "there are two sops sections")
		}
		s.section = nil
		s.comment(s.group, "", -1)
		s.enterSops(start)
		return nil
	}
	s.enter(name)
	alone := len(s.group.raw) == 0
	s.comments(inline, inlineAt)
	if alone && inline != "" {
		l := &s.doc.Leaves[len(s.doc.Leaves)-1]
		l.Style, l.Indent = iniBehind, inlineAt
	}
	return nil
}

func (s *iniScanner) enter(name string) {
	s.section = &Place{Key: name}
	s.keys = map[string]bool{}
	s.remarks = nil
}

// enterSops begins the block; the empty line in front belongs to it.
func (s *iniScanner) enterSops(start int) {
	if first := bomLength(s.doc.Source); start > first && s.text[start-1] == '\n' && (start-1 == first || s.text[start-2] == '\n') {
		start--
	}
	s.enter("sops")
	s.sops = true
	s.doc.MetadataSpans = []Span{{Start: start}}
}

func (s *iniScanner) leaveSops(end int) {
	if s.sops {
		s.sops = false
		s.doc.MetadataSpans[0].End = end
	}
}

// assignment reads a key and its value.
func (s *iniScanner) assignment(at int, line string) error {
	key, n, msg := iniKey(line)
	if msg != "" {
		return s.fail(at, msg)
	}
	if key == "-" { // the library numbers such keys, and sops cannot write them again
		return s.fail(at, "sops loses keys named -")
	}
	if key == "" {
		return s.fail(at, "the key has no name")
	}
	if s.keys[key] {
		return ErrorAt(s.doc.Source, at, "the key "+strconv.Quote(key)+" stands twice in the section "+strconv.Quote(s.section.Key),
			"remove one of them, or encrypt the file as a blob with --type binary")
	}
	s.keys[key] = true
	v, err := s.value(at+n, line[n:])
	if err != nil {
		return err
	}
	if s.sops {
		s.meta = append(s.meta, flatField{key, strings.ReplaceAll(v.text, `\n`, "\n")})
		s.group = iniGroup{}
		return nil
	}
	// The comment above comes first in the text, and belongs to the same key.
	n = len(s.doc.Leaves)
	leaf := Leaf{Start: v.start, End: v.end, At: s.places.key(s.section, key), Type: Str, Value: v.text, Style: v.style, Remarks: s.remarks}
	s.remarks = nil
	s.comments(v.comment, v.commentAt)
	if c := len(s.doc.Leaves) - 1; c >= n && s.doc.Leaves[c].Start > v.start {
		s.doc.Leaves = append(s.doc.Leaves[:c], leaf, s.doc.Leaves[c])
	} else {
		s.doc.Leaves = append(s.doc.Leaves, leaf)
	}
	if inForce := s.remarks; v.lostAt > 0 {
		s.comment(iniGroup{v.lostAt, v.lostAt + len(v.lost), []byte(v.lost)}, "", -1)
		s.remarks = inForce
	}
	return nil
}

// comments adds the leaf of the comment of a section or key: the lines above,
// joined with the one behind, or one of them alone.
func (s *iniScanner) comments(inline string, at int) {
	switch {
	case len(s.group.raw) > 0:
		s.comment(s.group, inline, at)
	case inline != "":
		s.comment(iniGroup{at, at + len(inline), []byte(inline)}, "", -1)
	}
}

// comment adds the leaf of a comment. Its text is what sops makes of it, except
// that empty comment lines at the start go: sops panics on them.
func (s *iniScanner) comment(g iniGroup, inline string, at int) {
	s.group = iniGroup{}
	if len(g.raw) == 0 {
		return
	}
	text := strings.TrimSpace(string(g.raw) + inline)
	signs := "; "
	if text[0] == '#' {
		signs = "# "
	}
	value := strings.TrimLeft(text, signs)
	start := min(g.start+len(text)-len(value), g.end)
	l := Leaf{Start: start, End: g.end, At: s.section, Type: Comment, Value: strings.TrimLeft(value, "\r\n")}
	if len(l.Value) < len(value) {
		l.Style = iniEmpty
	}
	if inline != "" {
		l.Style, l.Indent = l.Style|iniJoined, at
	}
	s.remarks = &Remark{Text: l.Value, Prev: s.remarks}
	l.Remarks = s.remarks
	s.doc.Leaves = append(s.doc.Leaves, l)
}

func trimLeft(s string) string  { return strings.TrimLeftFunc(s, unicode.IsSpace) }
func trimRight(s string) string { return strings.TrimRightFunc(s, unicode.IsSpace) }
