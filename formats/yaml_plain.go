package formats

import (
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

// plainYAML reads the plain beginning of a text: block mappings, and lists of
// scalars, with scalars on one line and comments behind them or right above
// keys. It gives the nodes that yaml.v3 gives, for a fraction of the time; what
// it does not know is left to yaml.v3, from the start of an entry of the root on.
type plainYAML struct {
	text  string
	pos   int // start of the next line
	line  int // its number, from 1
	slab  []yaml.Node
	root  *yaml.Node
	open  []plainLevel // the mappings around the line
	wants bool         // the line before is a key without a value
	head  string       // the comment lines right before
	above int          // their column, from 1

	split plainSplit
}

const (
	plainDepth = 1000     // the most mappings within each other
	plainHead  = 64 << 10 // the most bytes of comment lines above a key
)

// plainLevel is an open mapping or list and the column of its keys or dashes,
// from 1.
type plainLevel struct {
	node   *yaml.Node
	column int
}

func (l plainLevel) list() bool { return l.node.Kind == yaml.SequenceNode }

// plainSplit is the start of an entry of the root that no comment belongs to:
// what comes before is complete.
type plainSplit struct {
	pos, line int
	content   int // length of root.Content
}

// plainDocuments is yamlDocuments for a text with a plain beginning; nil if
// there is none.
func plainDocuments(text string) []*yaml.Node {
	p := &plainYAML{text: text, line: 1}
	doc := p.node(yaml.DocumentNode, 0)
	if p.read() {
		if p.root == nil {
			return nil
		}
		doc.Line, doc.Column, doc.Content = p.root.Line, p.root.Column, []*yaml.Node{p.root}
		return []*yaml.Node{doc}
	}
	if p.split.content == 0 {
		return nil
	}
	// An entry in front, since yaml.v3 hands out the comments behind the first
	// entry of a document in another way.
	rest, err := decodeYAML("k: v\n" + text[p.split.pos:])
	if err != nil || len(rest) == 0 || rest[0].HeadComment != "" || rest[0].LineComment != "" || rest[0].FootComment != "" {
		return nil
	}
	tail := rest[0].Content[0]
	if tail.Kind != yaml.MappingNode || tail.Style != 0 || tail.Tag != "!!map" || tail.Anchor != "" ||
		tail.HeadComment != "" || tail.LineComment != "" || tail.FootComment != "" {
		return nil
	}
	for _, d := range rest {
		lower(d, p.split.line-2)
	}
	p.root.Content = append(p.root.Content[:p.split.content:p.split.content], tail.Content[2:]...)
	doc.Line, doc.Column, doc.Content = p.root.Line, p.root.Column, []*yaml.Node{p.root}
	rest[0] = doc
	return rest
}

// lower moves the nodes of a part of a text to where they stand in the whole.
func lower(n *yaml.Node, lines int) {
	n.Line += lines
	for _, c := range n.Content {
		lower(c, lines)
	}
}

// read reads to the end; it is false where something is not plain.
func (p *plainYAML) read() bool {
	for p.pos < len(p.text) {
		end := strings.IndexByte(p.text[p.pos:], '\n')
		if end < 0 {
			end = len(p.text) - p.pos
		}
		line := p.text[p.pos : p.pos+end]
		if !p.one(line) {
			return false
		}
		p.pos = min(p.pos+end+1, len(p.text))
		p.line++
	}
	return !p.wants && p.head == ""
}

// one reads a line.
func (p *plainYAML) one(line string) bool {
	if line == "" {
		return p.head == ""
	}
	if line[len(line)-1] == ' ' {
		return false
	}
	at := 0
	for line[at] == ' ' {
		at++
	}
	if !plainRunes(line[at:]) {
		return false
	}
	if line[at] == '#' {
		return p.comment(line[at:], at+1)
	}
	if strings.HasPrefix(line[at:], "- ") {
		return p.item(line, at)
	}
	return p.entry(line, at)
}

// plainRunes reports that a line has only what YAML prints, and neither tabs nor
// one of the line breaks beyond ASCII nor a byte order mark.
func plainRunes(line string) bool {
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case c >= utf8.RuneSelf:
			for _, r := range line[i:] {
				if r < ' ' || r > '~' && r < 0xa0 || r == 0x2028 || r == 0x2029 || r == 0xfeff || r >= 0xfffd && r <= 0xffff {
					return false
				}
			}
			return true
		case c < ' ' || c > '~':
			return false
		}
	}
	return true
}

func (p *plainYAML) comment(text string, column int) bool {
	if p.head == "" {
		p.head, p.above = text, column
		return true
	}
	p.head += "\n" + text
	return p.above == column && len(p.head) < plainHead
}

// entry reads a key and its value, if that stands on the line.
func (p *plainYAML) entry(line string, at int) bool {
	end := at
	for end < len(line) && isPlainKey[line[end]] {
		end++
	}
	key := line[at:end]
	if key == "" || len(key) > 128 || end == len(line) || line[end] != ':' || plainTag(key) != strTag {
		return false
	}
	value := end + 1
	for value < len(line) && line[value] == ' ' {
		value++
	}
	if value == end+1 && value < len(line) {
		return false // the colon belongs to a scalar
	}
	if !p.level(at + 1) {
		return false
	}
	top := p.open[len(p.open)-1].node
	k := p.scalar(key, strTag, 0, at+1)
	k.HeadComment, p.head = p.head, ""
	top.Content = append(top.Content, k)
	text, note := cutNote(line[value:])
	if p.wants = text == ""; p.wants {
		k.LineComment = note
		return true
	}
	v := p.value(text, value+1)
	if v == nil {
		return false
	}
	v.LineComment = note
	top.Content = append(top.Content, v)
	return true
}

// cutNote takes the comment off the end of a line.
func cutNote(text string) (value, note string) {
	at := strings.Index(text, " #")
	switch {
	case text == "":
		return "", ""
	case text[0] == '#':
		return "", text
	case text[0] == '"' || text[0] == '\'':
		end := strings.IndexByte(text[1:], text[0]) + 2
		if end < 2 || end == len(text) || !strings.HasPrefix(strings.TrimLeft(text[end:], " "), "#") || text[end] != ' ' {
			return text, ""
		}
		return text[:end], strings.TrimLeft(text[end:], " ")
	case at < 0:
		return text, ""
	}
	return strings.TrimRight(text[:at], " "), text[at+1:]
}

// level finds the mapping that a key in this column belongs to, or begins one.
func (p *plainYAML) level(column int) bool {
	if p.head != "" && p.above != column {
		return false
	}
	if p.root == nil {
		p.root = p.node(yaml.MappingNode, column)
		p.root.Tag = mapTag
		p.open = append(p.open, plainLevel{p.root, column})
		return column == 1
	}
	top := p.open[len(p.open)-1]
	if p.wants {
		if column <= top.column || len(p.open) == plainDepth {
			return false
		}
		n := p.node(yaml.MappingNode, column)
		n.Tag = mapTag
		top.node.Content = append(top.node.Content, n)
		p.open = append(p.open, plainLevel{n, column})
		return true
	}
	for top.column > column || top.list() && top.column == column {
		p.open = p.open[:len(p.open)-1]
		top = p.open[len(p.open)-1]
	}
	if column == 1 && p.head == "" {
		p.split = plainSplit{p.pos, p.line, len(p.root.Content)}
	}
	return top.column == column
}

// item reads an item of a list, which is a scalar.
func (p *plainYAML) item(line string, at int) bool {
	value := at + 1
	for line[value] == ' ' {
		value++
	}
	if p.head != "" || p.root == nil {
		return false
	}
	top := p.open[len(p.open)-1]
	if p.wants {
		if at+1 < top.column || len(p.open) == plainDepth {
			return false
		}
		n := p.node(yaml.SequenceNode, at+1)
		n.Tag = "!!seq"
		top.node.Content = append(top.node.Content, n)
		top = plainLevel{n, at + 1}
		p.open = append(p.open, top)
		p.wants = false
	}
	for top.column > at+1 {
		p.open = p.open[:len(p.open)-1]
		top = p.open[len(p.open)-1]
	}
	text, note := cutNote(line[value:])
	if !top.list() || top.column != at+1 || text == "" {
		return false
	}
	v := p.value(text, value+1)
	if v == nil {
		return false
	}
	v.LineComment = note
	top.node.Content = append(top.node.Content, v)
	return true
}

// value reads a scalar that ends with the line; nil if it may not.
func (p *plainYAML) value(text string, column int) *yaml.Node {
	switch c := text[0]; {
	case c == '"' || c == '\'':
		inner, ok := strings.CutSuffix(text[1:], text[:1])
		if !ok || strings.IndexByte(inner, c) >= 0 || c == '"' && strings.IndexByte(inner, '\\') >= 0 {
			return nil
		}
		style := yaml.DoubleQuotedStyle
		if c == '\'' {
			style = yaml.SingleQuotedStyle
		}
		return p.scalar(inner, strTag, style, column)
	case !isPlainStart[c] || text[len(text)-1] == ':' || strings.Contains(text, ": ") || strings.Contains(text, " #"):
		return nil
	}
	return p.scalar(text, plainTag(text), 0, column)
}

const (
	strTag = "!!str"
	mapTag = "!!map"
)

// plainTag is the tag that yaml.v3 gives to a plain scalar.
func plainTag(text string) string {
	if c := text[0] | 0x20; c >= 'a' && c <= 'z' && c != 't' && c != 'f' && c != 'n' {
		return strTag // only true, false and null begin with a letter
	}
	return (&yaml.Node{Kind: yaml.ScalarNode, Value: text}).ShortTag()
}

func (p *plainYAML) scalar(value, tag string, style yaml.Style, column int) *yaml.Node {
	n := p.node(yaml.ScalarNode, column)
	n.Value, n.Tag, n.Style = value, tag, style
	return n
}

// node makes a node on the present line, many per allocation.
func (p *plainYAML) node(kind yaml.Kind, column int) *yaml.Node {
	if len(p.slab) == 0 {
		p.slab = make([]yaml.Node, min(max(16, len(p.text)/64), 512))
	}
	n := &p.slab[0]
	p.slab = p.slab[1:]
	n.Kind, n.Line, n.Column = kind, p.line, column
	return n
}

// isPlainKey has what the keys may hold, isPlainStart what plain values may
// begin with.
var isPlainKey, isPlainStart = func() (key, start [256]bool) {
	for _, c := range []byte("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_") {
		key[c], start[c] = true, true
	}
	for _, c := range []byte("-./") {
		key[c] = true
	}
	for _, c := range []byte("+./~$") {
		start[c] = true
	}
	for c := utf8.RuneSelf; c < 256; c++ {
		start[c] = true
	}
	return key, start
}()
