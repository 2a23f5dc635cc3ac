package formats

import (
	"strings"

	"gopkg.in/yaml.v3"
)

// Limits on what all aliases of a file stand for together.
const (
	maxExpandedLeaves = 100_000
	maxExpandedBytes  = 8 << 20
)

// expansion is how much of the limits has been used.
type expansion struct{ leaves, bytes int }

// alias makes an edit of the alias at pos: what it stands for, in flow style,
// since each value needs a token of its own, made for its place.
func (r *yamlReader) alias(n *yaml.Node, at *Place, c yamlContext) {
	start := r.pos
	if r.encrypted { // unless there turns out to be no sops block
		if r.aliased < 0 {
			r.aliased = start
		}
		r.skipAlias(n)
		return
	}
	r.skipAlias(n)
	w := aliasWriter{r: r, start: start, context: c}
	w.node(n.Alias, at, false)
	w.text = append(w.text, w.out.String())
	r.edit(Edit{Start: start, End: r.pos, Text: w.text, Leaves: w.leaves})
}

// skipAlias reads the alias at pos.
func (r *yamlReader) skipAlias(n *yaml.Node) {
	if !strings.HasPrefix(r.text[r.pos:], "*"+n.Value) {
		r.unplaced(r.pos)
	}
	r.pos += 1 + len(n.Value)
	r.sig = r.pos
}

// aliasWriter writes a node in flow style, in pieces between the leaves.
type aliasWriter struct {
	r       *yamlReader
	start   int // of the alias, for errors
	context yamlContext
	out     strings.Builder
	text    []string
	leaves  []int
}

func (w *aliasWriter) node(n *yaml.Node, at *Place, inner bool) {
	r := w.r
	if r.open[n] {
		r.fail(w.start, "an alias to something that contains it", "write out what is meant, or encrypt the file as a blob with --type binary")
	}
	r.budget.bytes += len(n.Value) + 8
	if r.budget.leaves > maxExpandedLeaves || r.budget.bytes > maxExpandedBytes {
		r.fail(w.start, "the aliases stand for too much text", "write out fewer copies, or encrypt the file as a blob with --type binary")
	}
	if r.depth++; r.depth > yamlMaxDepth {
		r.fail(w.start, "the aliases nest too deeply", hintBinary)
	}
	switch n.Kind {
	case yaml.AliasNode:
		w.node(n.Alias, at, inner)
	case yaml.ScalarNode:
		w.leaf(n, at, inner)
	case yaml.SequenceNode:
		w.out.WriteByte('[')
		for i, item := range n.Content {
			w.comma(i)
			w.node(item, r.places.index(at, i), true)
		}
		w.out.WriteByte(']')
	case yaml.MappingNode:
		w.out.WriteByte('{')
		for i := 0; i+1 < len(n.Content); i += 2 {
			w.comma(i)
			key := w.key(n.Content[i])
			w.node(n.Content[i+1], r.places.key(at, key), true)
		}
		w.out.WriteByte('}')
	}
	r.depth--
}

func (w *aliasWriter) comma(i int) {
	if i > 0 {
		w.out.WriteString(", ")
	}
}

func (w *aliasWriter) key(k *yaml.Node) string {
	target := k
	if k.Kind == yaml.AliasNode {
		target = k.Alias
	}
	if target.Kind != yaml.ScalarNode {
		w.r.fail(w.start, "a key that is a list or a mapping", hintBinary)
	}
	name, _ := w.r.keyName(target)
	if k.Kind == yaml.ScalarNode && k.Tag == "!!merge" {
		w.out.WriteString("<<: ")
		return name
	}
	w.r.budget.bytes += len(name)
	w.out.WriteString(quoteUnlessPlain(name, true))
	w.out.WriteString(": ")
	return name
}

func (w *aliasWriter) leaf(n *yaml.Node, at *Place, inner bool) {
	r := w.r
	r.budget.leaves++
	typ, value, _ := r.canonical(n)
	l := Leaf{Start: w.start, End: r.pos, At: at, Doc: r.doc, Type: typ, Value: value, Virtual: true}
	l.Style, l.Indent = r.plainStyle(w.context, r.pos)
	if inner || w.context.flow {
		l.Style, l.Indent = yamlFlow, 0
		if typ == Str {
			l.Style = yamlDouble
		}
	}
	r.leaves = append(r.leaves, l)
	w.leaves = append(w.leaves, len(r.leaves)-1)
	w.text = append(w.text, w.out.String())
	w.out.Reset()
}
