package formats

import (
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// remarks sets the remarks of values, and the places of comments as far as
// their texts tell them apart. Settle finds the exact ones of comments.
func (r *yamlReader) remarks(d *Document) {
	if r.comments == 0 {
		return
	}
	byText := make(map[string][]int)
	texts := 0
	for i := range d.Leaves {
		if l := &d.Leaves[i]; l.Type == Comment && l.Value != "" {
			byText[l.Value] = append(byText[l.Value], i)
			texts++
		}
	}
	d.placed = len(byText) == texts
	skip := ""
	if r.encrypted {
		skip = keySops
	}
	walkComments(d, r.docs, skip, r.full, func(text string, at *branch, remarks *Remark) {
		if text == "" && at.items {
			d.placed = false
		}
		if known := byText[text]; len(known) > 0 {
			l := &d.Leaves[known[0]]
			l.At, l.Remarks = at.at(), remarks
			if len(known) > 1 {
				byText[text] = known[1:]
			}
		}
	})
}

// walkComments walks the documents and gives the values of d their remarks.
func walkComments(d *Document, docs []*yaml.Node, skip string, full func(string) string, comment func(text string, at *branch, remarks *Remark)) {
	next := 0
	w := commentWalk{skipKey: skip, full: full, comment: comment}
	w.value = func(remarks *Remark) {
		for next < len(d.Leaves) && d.Leaves[next].Type == Comment {
			next++
		}
		if next == len(d.Leaves) {
			panic(yamlFailure{errYAMLSettle})
		}
		d.Leaves[next].Remarks = remarks
		next++
	}
	for _, doc := range docs {
		w.document(doc)
	}
}

var errYAMLSettle = &Error{Msg: "the comments cannot be placed", Hint: hintBinary}

// Settle implements Settler: it writes the encrypted text with dummies in place
// of tokens and comments, reads it as sops will, and looks where the comments
// are. A comment that yaml.v3 drops has the root as its place.
func (f YAML) Settle(d *Document, encrypted func(leaf int) bool) (err error) {
	defer recoverYAML(&err)
	if d.placed && keepsShape(d, encrypted) {
		return nil
	}
	tokens := make([]string, len(d.Leaves))
	comments := 0
	for i := range d.Leaves {
		switch l := &d.Leaves[i]; {
		case l.Type == Comment:
			l.At, l.Remarks = nil, nil
			tokens[i] = dummyComment + strconv.Itoa(i)
			comments++
		case encrypted(i):
			tokens[i] = "ENC[x,type:" + l.Type.String() + "]"
		}
	}
	if comments == 0 {
		return nil
	}
	a := d.Assemble(f, tokens, f.Block(d, Map{{Key: "mac", Value: "x"}}))
	plain := func(text string) (leaf int, ok bool) {
		number, ok := strings.CutPrefix(text, dummyComment)
		if !ok {
			return 0, false
		}
		leaf, err := strconv.Atoi(number)
		return leaf, err == nil && leaf < len(d.Leaves)
	}
	same := func(text string) string { return text }
	walkComments(d, yamlDocuments(string(a.Text)), keySops, same, func(text string, at *branch, remarks *Remark) {
		if i, ok := plain(text); ok {
			l := &d.Leaves[i]
			if l.Value == "" && at.items {
				l.Value = " " // an empty comment in a list becomes an empty string of sops
			}
			remarks.Text = l.Value
			l.At, l.Remarks = at.at(), remarks
		}
	})
	return nil
}

const dummyComment = "encfg-comment-"
