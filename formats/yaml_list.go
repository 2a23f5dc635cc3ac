package formats

import (
	"strings"

	"gopkg.in/yaml.v3"
)

// onlyComments is the Head of the first item of a list that has no other items
// than comments of sops.
const onlyComments = "[]"

// markComments finds a list of comments only, read from leaf first on.
func (r *yamlReader) markComments(n *yaml.Node, first int) {
	for _, item := range n.Content {
		if item.Kind != yaml.ScalarNode || !strings.HasPrefix(item.Value, "ENC[") || !strings.HasSuffix(item.Value, ",type:comment]") {
			return
		}
	}
	for i := first; i < len(r.leaves); i++ {
		if r.leaves[i].Type != Comment {
			r.leaves[i].Head = onlyComments
			return
		}
	}
}

// RestoreComment implements ListCommenter. The first comment of a list that has
// no other items leaves an empty list behind.
func (YAML) RestoreComment(d *Document, i int, text string) Replacement {
	l := &d.Leaves[i]
	dash := l.Start
	for dash > 0 && isBlank(d.Source[dash-1]) {
		dash--
	}
	if dash == 0 || d.Source[dash-1] != '-' {
		return Replacement{l.Start, l.End, quoteYAML(text)}
	}
	dash--
	line := dash
	for line > 0 && d.Source[line-1] == ' ' {
		line--
	}
	sign := "\n" + strings.Repeat(" ", dash-line) + "#"
	out := "#" + strings.ReplaceAll(text, "\n", sign)
	if l.Head == onlyComments {
		out = " [] " + out
	}
	return Replacement{dash, l.End, out}
}
