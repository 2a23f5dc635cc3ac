package formats

import (
	"strings"

	"gopkg.in/yaml.v3"
)

const (
	keySops = "sops"
	keyData = "data" // what a root that is no mapping is wrapped in
)

// rootMapping reads a root that is a mapping, as it should be.
func (r *yamlReader) rootMapping(doc int, n *yaml.Node) {
	flow := n.Style&yaml.FlowStyle != 0
	if doc == 0 && flow {
		r.layout = -1
	}
	brace := r.pos
	if flow {
		r.properties(false, 0)
		brace = r.pos
	}
	r.members(n, nil, yamlContext{indent: -1}, func(keyStart, indent int, key string, value *yaml.Node) bool {
		if doc == 0 && !flow {
			r.layout = indent
		}
		if key != keySops {
			return false
		}
		if !r.encrypted {
			panic(yamlFailure{ErrEncrypted})
		}
		r.sopsBlock(keyStart, indent, value, flow)
		return true
	})
	if flow && doc == 0 && !r.encrypted {
		r.closeRoot(brace)
	}
}

// closeRoot reads up to the brace that closes the root and marks the place of
// the sops block: behind the last member, where the line of a comment is not.
func (r *yamlReader) closeRoot(brace int) {
	end := flowEnd(r.text, brace)
	if end <= r.pos {
		r.unplaced(brace)
	}
	r.advance(end - 1)
	at, comma := r.sig, ", "
	if r.lastAt == r.sig-1 {
		switch r.last {
		case '{':
			comma = ""
		case ',':
			comma = " "
		case ':':
			comma = " , "
		}
	}
	if comma != "" {
		r.edit(Edit{Start: at, End: at, Text: []string{comma}})
	}
	r.edit(Edit{Start: at, End: at, Metadata: true})
}

// isNullRoot reports that a document has no value, as sops sees it.
func isNullRoot(n *yaml.Node) bool {
	return n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null"
}

// nullRoot reads a document without a value. A null that is written out must
// go where the sops block comes.
func (r *yamlReader) nullRoot(n *yaml.Node) {
	start := r.pos
	s := r.span(n, yamlContext{indent: -1})
	if r.pos == start || r.doc > 0 || r.encrypted {
		return
	}
	if s.apart {
		r.unplaced(start)
	}
	for r.pos < len(r.text) && isBlank(r.text[r.pos]) {
		r.pos++
	}
	r.edit(Edit{Start: start, End: r.pos, Text: []string{""}})
	if r.pos == len(r.text) {
		r.edit(Edit{Start: r.pos, End: r.pos, Text: []string{"\n"}})
		r.newlineAdded = true
	}
}

// wrapRoot reads a root that is a list or a scalar, which sops refuses: it
// becomes the value of a key.
func (r *yamlReader) wrapRoot(n *yaml.Node, start int) {
	if n.Kind == yaml.AliasNode {
		r.fail(start, "a document that is only an alias", "write out what it stands for, or encrypt the file as a blob with --type binary")
	}
	at := r.places.key(nil, keyData)
	column := r.column(start)
	prefix := r.text[start-column : start]
	head := keyData + ":"
	if strings.TrimLeft(prefix, " ") != "" {
		head, column = r.lineBreak()+head, 0 // behind "---"
	}
	if r.doc == 0 {
		r.layout = column
	}
	c := yamlContext{indent: -1}
	switch {
	case n.Kind == yaml.ScalarNode:
		head += " "
		leaves := len(r.leaves)
		r.node(n, at, c)
		r.wrapScalar(start, column, len(r.leaves)-leaves > 1)
	case r.text[start] == '-':
		head += r.lineBreak() + strings.Repeat(" ", column)
		r.node(n, at, c)
	default:
		head += " "
		if open := strings.IndexByte(r.text[start:], '['); n.Style&yaml.FlowStyle != 0 && strings.ContainsAny(r.text[start:start+open], "\r\n#") {
			r.unplaced(start)
		}
		r.node(n, at, c)
	}
	r.editFirst(Edit{Start: start, End: start, Text: []string{head}})
}

// wrapScalar makes the last leaf virtual, and pulls it up to its tag or anchor:
// as a value it must be indented.
func (r *yamlReader) wrapScalar(start, column int, comments bool) {
	i := len(r.leaves) - 1
	l := &r.leaves[i]
	if l.Virtual && strings.ContainsAny(r.text[start:l.Start], "\r\n") {
		r.unplaced(start)
	}
	if l.Virtual || l.Start == l.End {
		return
	}
	at := start + len(strings.TrimRight(r.text[start:l.Start], " \t\r\n"))
	before := " "
	if at == start {
		before = ""
	}
	rest := strings.TrimLeft(r.text[l.End:], " \t\r\n")
	after := r.text[l.End : len(r.text)-len(rest)]
	if comments || before != "" && lineStarted(r.text, at) || strings.Contains(after, "\n") && strings.Contains(after, "\t") {
		r.unplaced(start)
	}
	behind := blankBehind(l)
	l.Virtual, l.Head = true, ""
	l.Style, l.Indent = r.plainStyle(yamlContext{indent: column, step: 4}, l.End)
	r.edit(Edit{Start: at, End: l.End, Text: []string{before, behind}, Leaves: []int{i}})
	r.atEnd = -1
}

// editFirst adds an edit before those with the same start.
func (r *yamlReader) editFirst(e Edit) {
	i := len(r.edits)
	for i > 0 && r.edits[i-1].Start >= e.Start {
		i--
	}
	r.edits = append(r.edits, Edit{})
	copy(r.edits[i+1:], r.edits[i:])
	r.edits[i] = e
}

// lineBreak gives the line ending that the text uses.
func (r *yamlReader) lineBreak() string { return yamlLineBreak(r.text) }

func yamlLineBreak(text string) string {
	if i := strings.IndexByte(text, '\n'); i > 0 && text[i-1] == '\r' {
		return "\r\n"
	}
	return "\n"
}

// endOfFirst marks the place of the sops block at the end of the first
// document, or at the end of a text without documents.
func (r *yamlReader) endOfFirst(end int) {
	if r.encrypted || r.layout < 0 {
		return
	}
	if r.marker >= 0 {
		end = r.marker
	}
	if !lineStarted(r.text, end) && !r.newlineAdded {
		r.addNewline(end)
	}
	r.edit(Edit{Start: end, End: end, Metadata: true})
}

// addNewline ends the last line. A value that stands at the very end becomes
// part of the edit: the line break could change what it means.
func (r *yamlReader) addNewline(end int) {
	if n := len(r.leaves); n > 0 && r.leaves[n-1].Type == Comment && r.leaves[n-1].Start == end {
		r.leaves[n-1].Virtual = true // an empty comment: the break comes behind it
		r.edit(Edit{Start: end, End: end, Text: []string{"", r.lineBreak()}, Leaves: []int{n - 1}})
		return
	}
	if r.atEnd < 0 {
		r.edit(Edit{Start: end, End: end, Text: []string{r.lineBreak()}})
		return
	}
	l := &r.leaves[r.atEnd]
	l.Virtual, l.Head = true, ""
	if l.Style, l.Indent = r.plainStyle(r.atEndContext, l.End); l.Style == yamlPlain {
		l.Indent = r.atEndContext.blockIndent()
	}
	r.edit(Edit{Start: l.Start, End: l.End, Text: []string{"", r.lineBreak()}, Leaves: []int{r.atEnd}})
}
