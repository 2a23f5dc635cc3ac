package formats

import (
	"bytes"
	"slices"
)

// Set gives src with a value at a path: it replaces what is there, or adds what
// is not, parents included. Everything else stays as it is to the byte. The
// result has been parsed and compared with what was asked for.
//
// Errors are *PathError and *Error.
func Set(f Format, src []byte, at Target, v *Value) ([]byte, error) {
	c, err := newChange(f, src, at)
	if err != nil {
		return nil, err
	}
	if v, err = c.editor.Accept(v); err != nil {
		return nil, err
	}
	if len(c.found.rest) == 0 {
		return c.replace(c.found.node, v)
	}
	return c.add(v)
}

// Unset gives src without the value at a path, and without its key.
func Unset(f Format, src []byte, at Target) ([]byte, error) {
	c, err := newChange(f, src, at)
	if err != nil {
		return nil, err
	}
	if len(c.found.rest) > 0 {
		return nil, c.tree.absent(at.Path, c.found)
	}
	n := c.found.node
	if err := c.frozen(n.Parent); err != nil {
		return nil, err
	}
	if n.Parent == nil {
		return nil, c.error("this is the whole document", "remove the file instead")
	}
	reps, err := c.editor.Remove(c.tree, n)
	if err != nil {
		return nil, err
	}
	i := n.Index()
	want := c.want(n.Parent, func(v *Value) {
		v.Items = slices.Delete(v.Items, i, i+1)
		if v.Kind == Mapping {
			v.Keys = slices.Delete(v.Keys, i, i+1)
		}
	})
	return c.finish(reps, want, true)
}

// change is one change of a text.
type change struct {
	editor Editor
	tree   *Tree
	at     Target
	found  found
}

func newChange(f Format, src []byte, at Target) (*change, error) {
	e, err := editorOf(f)
	if err != nil {
		return nil, err
	}
	t, err := e.Tree(src)
	if err != nil {
		return nil, err
	}
	c := &change{editor: e, tree: t, at: at}
	c.found, err = t.find(at)
	return c, err
}

func (c *change) error(msg, try string) error {
	return &PathError{Path: c.at.Path.String(), Msg: msg, Try: try}
}

// frozen refuses to change what stands somewhere else.
func (c *change) frozen(n *Node) error {
	for ; n != nil; n = n.Parent {
		if n.frozen != "" {
			return &PathError{Path: c.at.Path.String(), Line: c.tree.line(n), Msg: n.frozen, Try: "encfg edit changes it"}
		}
	}
	return nil
}

func (c *change) replace(n *Node, v *Value) ([]byte, error) {
	if err := c.frozen(n.Parent); err != nil {
		return nil, err
	}
	want := c.want(n, func(old *Value) { *old = *v })
	if want[c.found.doc].Equal(c.tree.Roots[c.found.doc].value(true)) {
		return c.text(nil), nil // the value keeps its spelling
	}
	reps, err := c.editor.Replace(c.tree, n, v)
	if err != nil {
		return nil, err
	}
	return c.finish(reps, want, n.Kind != Scalar)
}

// add makes what is missing below the deepest node that is there.
func (c *change) add(v *Value) ([]byte, error) {
	n, rest := c.found.node, c.found.rest
	if c.at.Document == 0 && len(c.tree.Roots) > 1 {
		return nil, c.error("no document has this path, and the file has "+itoa(len(c.tree.Roots)), "--document N says which one gets it")
	}
	if err := c.frozen(n); err != nil {
		return nil, err
	}
	for i := len(rest) - 1; i > 0; i-- {
		switch {
		case !rest[i].List:
			v = &Value{Kind: Mapping, Keys: []string{rest[i].Key}, Items: []*Value{v}}
		case rest[i].Index <= 0:
			v = &Value{Kind: List, Items: []*Value{v}}
		default:
			return nil, c.error("the index "+itoa(rest[i].Index)+" is out of range: there is no such list yet", "begin with [0] or [+]")
		}
	}
	step := rest[0]
	parentKind := Mapping
	if step.List {
		parentKind = List
	}
	switch {
	case n == nil || n.Kind == Scalar && n.Type == Null:
		if step.Index > 0 {
			return nil, c.error("the index "+itoa(step.Index)+" is out of range: there is no such list yet", "begin with [0] or [+]")
		}
		whole := &Value{Kind: parentKind, Items: []*Value{v}}
		if !step.List {
			whole.Keys = []string{step.Key}
		}
		if n != nil {
			return c.replace(n, whole)
		}
		if step.List {
			return nil, c.error("an empty file has no list", "begin with a key")
		}
	case n.Kind != parentKind || step.List && step.Index != Append && step.Index != len(n.Children):
		return nil, c.tree.absent(c.at.Path, c.found)
	}
	reps, err := c.editor.Add(c.tree, n, step.Key, v)
	if err != nil {
		return nil, err
	}
	want := c.want(n, func(old *Value) {
		old.Items = append(old.Items, v)
		if !step.List {
			old.Kind = Mapping
			old.Keys = append(old.Keys, step.Key)
		}
	})
	return c.finish(reps, want, false)
}

// want gives the values of all documents, with a change at one node.
func (c *change) want(n *Node, modify func(*Value)) []*Value {
	var all []*Value
	for i, root := range c.tree.Roots {
		v := root.value(true)
		if i == c.found.doc {
			if v == nil {
				v = &Value{}
			}
			modify(v.below(n))
		}
		all = append(all, v)
	}
	return all
}

// below finds the value of a node in the value of its root.
func (v *Value) below(n *Node) *Value {
	if n == nil || n.Parent == nil {
		return v
	}
	return v.below(n.Parent).Items[n.Index()]
}

// text applies replacements.
func (c *change) text(reps []Replacement) []byte {
	out := Splice(c.tree.Source, reps)
	if c.tree.CRLF {
		out = bytes.ReplaceAll(out, []byte("\n"), []byte("\r\n"))
	}
	return out
}

// sound reports that replacements can be applied. An editor that takes a text
// for another than it is may give nonsense.
func (c *change) sound(reps []Replacement) bool {
	at := 0
	for _, r := range reps {
		if r.Start < at || r.End < r.Start || r.End > len(c.tree.Source) {
			return false
		}
		at = r.End
	}
	return true
}

// finish checks that the text means just what was asked for. lossy: comments
// within what was replaced or removed may be gone.
func (c *change) finish(reps []Replacement, want []*Value, lossy bool) ([]byte, error) {
	failed := c.error("this change cannot be made in the file's own style", "encfg edit changes it by hand; nothing was written")
	if !c.sound(reps) {
		return nil, failed
	}
	out := c.text(reps)
	t, err := c.editor.Tree(out)
	if err != nil && c.found.node.anchored() {
		return nil, c.error("an alias elsewhere stands for a value that would go", "change the alias first, or use encfg edit; nothing was written")
	}
	if err != nil || len(t.Roots) != len(want) {
		return nil, failed
	}
	for i, root := range t.Roots {
		if !root.value(true).Equal(want[i]) {
			return nil, failed
		}
	}
	if !lossy && !slices.Equal(t.Comments, c.tree.Comments) {
		return nil, failed
	}
	return out, nil
}

// anchored reports that aliases may stand for the node or something below it.
func (n *Node) anchored() bool {
	found := false
	if n != nil {
		n.walk(func(n *Node) { found = found || n.mark != nil && n.mark.anchor })
	}
	return found
}
