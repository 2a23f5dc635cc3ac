package formats

import (
	"gopkg.in/yaml.v3"

	"github.com/encfg/encfg/internal/hugepage"
)

// yamlReader walks the nodes of a stream and, in step with it, the text.
type yamlReader struct {
	src       []byte // the file, for positions in errors
	text      string // what is read: the file, or it with shortened tokens
	encrypted bool
	aliased   int // where the first alias of an encrypted text stands; -1 if there is none
	lines     *linePositions
	docs      []*yaml.Node

	pos          int  // everything before is accounted for
	last         byte // the last indicator in the text, and where it stands
	lastAt       int
	sig          int   // end of the last thing that is neither blank nor comment
	doc          int32 // index of the document at pos
	rooted       bool  // the root of the document at pos has been read
	marker       int   // first document marker since the root was read; -1 if none
	depth        int
	layout       int // of the first root: its indentation, -1 if it is a flow mapping
	atEnd        int // index of the leaf that ends with the text, -1 if none
	atEndContext yamlContext
	newlineAdded bool
	short        *shortened // nil where text is the file
	mapping      yamlMapping

	marks    yamlMarks // where values stand, for Tree; nil otherwise
	places   placeSlab
	leaves   []Leaf
	edits    []Edit
	comments int
	open     map[*yaml.Node]bool // anchored nodes around pos
	budget   expansion

	found    bool // there is a sops block
	blocks   []Span
	metadata Map
}

// yamlContext says where a node stands.
type yamlContext struct {
	indent int  // column of the block collection around it; -1 at the root
	step   int  // what yaml.v3's printer indents a block scalar by, further
	flow   bool // within brackets or braces
}

// yamlMaxDepth limits the nesting, as yaml.v3 does.
const yamlMaxDepth = 10000

func newYAMLReader(src []byte, text string) *yamlReader {
	return &yamlReader{src: src, text: text, aliased: -1, marker: -1, atEnd: -1}
}

func (r *yamlReader) fail(offset int, msg, hint string) {
	line, col := Position([]byte(r.text), offset)
	if r.encrypted {
		col = 0 // the tokens are shortened
	}
	panic(yamlFailure{&Error{Line: line, Column: col, Msg: msg, Hint: hint}})
}

// unplaced is the answer to all that the two readings do not agree on.
func (r *yamlReader) unplaced(offset int) {
	r.fail(offset, "a YAML construct that encfg cannot place", "write it in a simpler way, or encrypt the file as a blob with --type binary")
}

// read fills leaves and edits.
func (r *yamlReader) read() {
	r.docs = yamlDocuments(r.text)
	r.lines = newLinePositions(r.text)
	r.leaves = hugepage.Make[Leaf](len(r.text)/24 + 8)
	if n := bomLength([]byte(r.text)); n > 0 {
		r.pos, r.sig = n, n
		if !r.encrypted {
			r.edit(Edit{Start: 0, End: n, Text: []string{""}})
		}
	}
	for i, doc := range r.docs {
		r.root(i, doc)
	}
	r.advance(len(r.text))
	if len(r.docs) <= 1 {
		r.endOfFirst(len(r.text))
	}
}

// root reads the root node of one document.
func (r *yamlReader) root(i int, doc *yaml.Node) {
	if len(doc.Content) != 1 {
		r.unplaced(r.pos)
	}
	n := doc.Content[0]
	start := r.start(n)
	r.advance(start)
	if i == 1 {
		r.endOfFirst(r.pos)
	}
	r.doc, r.rooted = int32(i), false
	switch {
	case n.Kind == yaml.MappingNode:
		r.rootMapping(i, n)
	case isNullRoot(n):
		r.nullRoot(n)
	case r.encrypted:
		panic(yamlFailure{ErrNotEncrypted})
	default:
		r.wrapRoot(n, start)
	}
	r.rooted, r.marker = true, -1
}

// start gives the offset of a node.
func (r *yamlReader) start(n *yaml.Node) int {
	at := r.lines.offset(n.Line, n.Column)
	if at < r.pos {
		if at < 0 || n.Kind != yaml.ScalarNode || n.Value != "" {
			r.unplaced(r.pos)
		}
		return r.pos // yaml.v3 places some empty values too early
	}
	return at
}

// node reads one value.
func (r *yamlReader) node(n *yaml.Node, at *Place, c yamlContext) {
	if r.depth++; r.depth > yamlMaxDepth {
		r.fail(r.pos, "invalid YAML: it is nested too deeply", hintBinary)
	}
	r.advance(r.start(n))
	m := r.mark(n, c)
	if n.Anchor != "" {
		if r.open == nil {
			r.open = map[*yaml.Node]bool{}
		}
		r.open[n] = true
	}
	switch n.Kind {
	case yaml.ScalarNode:
		r.scalar(n, at, c)
	case yaml.SequenceNode:
		r.sequence(n, at, c)
	case yaml.MappingNode:
		r.members(n, at, c, nil)
	case yaml.AliasNode:
		r.alias(n, at, c)
	default:
		r.unplaced(r.pos)
	}
	if n.Anchor != "" {
		delete(r.open, n)
	}
	m.end(r)
	r.depth--
}

func (r *yamlReader) sequence(n *yaml.Node, at *Place, c yamlContext) {
	inner := yamlContext{indent: c.indent, step: 2, flow: c.flow || n.Style&yaml.FlowStyle != 0}
	first := len(r.leaves)
	for i, item := range n.Content {
		r.advance(r.start(item))
		if i == 0 && !inner.flow {
			if r.last != '-' {
				r.unplaced(r.pos)
			}
			inner.indent = r.column(r.lastAt)
		}
		r.node(item, r.places.index(at, i), inner)
	}
	if r.encrypted && !inner.flow {
		r.markComments(n, first)
	}
}

// members reads a mapping. each, if not nil, is asked before every value
// whether it has dealt with it.
func (r *yamlReader) members(n *yaml.Node, at *Place, c yamlContext, each func(keyStart, indent int, key string, value *yaml.Node) bool) {
	inner := yamlContext{indent: c.indent, step: 4, flow: c.flow || n.Style&yaml.FlowStyle != 0}
	keys := r.mapping.enter(len(n.Content) / 2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		k := n.Content[i]
		start := r.start(k)
		r.advance(start)
		if i == 0 && !inner.flow {
			inner.indent = r.column(start)
			if r.last == '?' && r.sig == r.lastAt+1 {
				inner.indent = r.column(r.lastAt)
			}
		}
		key := r.full(r.key(k, inner))
		if !keys.add(&r.mapping, key) {
			r.fail(start, "the key "+quoteKey(key)+" stands twice in the same mapping", "keep one of them, or encrypt the file as a blob with --type binary")
		}
		v := n.Content[i+1]
		if k.Tag == "!!merge" && !canMerge(v) {
			r.fail(start, "a merge key << without a mapping", "put the key in quotes, or encrypt the file as a blob with --type binary")
		}
		if each != nil && each(start, inner.indent, key, v) {
			continue
		}
		r.node(v, r.places.key(at, key), inner)
	}
	r.mapping.leave(keys)
}

// canMerge reports that a value can stand behind a merge key.
func canMerge(v *yaml.Node) bool {
	if v.Kind == yaml.SequenceNode {
		for _, item := range v.Content {
			if item.Kind == yaml.SequenceNode || !canMerge(item) {
				return false
			}
		}
		return true
	}
	if v.Kind == yaml.AliasNode {
		v = v.Alias
	}
	return v.Kind == yaml.MappingNode
}

// column gives the column of an offset, from 0. Only indentation and
// indicators stand before what it is asked for.
func (r *yamlReader) column(offset int) int {
	p := r.lines
	line := p.line
	if line < 1 || line > len(p.starts) || p.starts[line-1] > offset {
		line = 1
	}
	lo, hi := line-1, len(p.starts)
	if lo+1 < len(p.starts) && p.starts[lo+1] > offset {
		return offset - p.starts[lo]
	}
	for hi-lo > 1 {
		if mid := (lo + hi) / 2; p.starts[mid] <= offset {
			lo = mid
		} else {
			hi = mid
		}
	}
	return offset - p.starts[lo]
}

// yamlMapping finds duplicate keys, with one stack for all mappings.
type yamlMapping struct{ keys []string }

type yamlKeys struct {
	base int
	seen map[string]struct{} // nil for small mappings
}

func (m *yamlMapping) enter(n int) yamlKeys {
	k := yamlKeys{base: len(m.keys)}
	if n > 16 {
		k.seen = make(map[string]struct{}, n)
	}
	return k
}

// add reports that the key is new.
func (k *yamlKeys) add(m *yamlMapping, key string) bool {
	if k.seen != nil {
		n := len(k.seen)
		k.seen[key] = struct{}{}
		return len(k.seen) > n
	}
	for _, have := range m.keys[k.base:] {
		if have == key {
			return false
		}
	}
	m.keys = append(m.keys, key)
	return true
}

func (m *yamlMapping) leave(k yamlKeys) { m.keys = m.keys[:k.base] }

// full gives a text of the file as it is without shortening.
func (r *yamlReader) full(text string) string { return r.short.expandText(text) }
