package formats

import (
	"strings"

	"github.com/encfg/encfg/internal/suggest"
)

// Target is what a path is looked up in.
type Target struct {
	Path     Path
	Document int // from 1; 0: the one that has the path
}

// found is where a lookup ended.
type found struct {
	doc  int
	node *Node // the deepest node on the way
	rest Path  // what is not there; empty if all is
}

// Find looks a value up. Errors are *PathError, *Error.
func Find(f Format, src []byte, at Target) (*Node, error) {
	e, err := editorOf(f)
	if err != nil {
		return nil, err
	}
	t, err := e.Tree(src)
	if err != nil {
		return nil, err
	}
	return t.get(at)
}

func editorOf(f Format) (Editor, error) {
	if e, ok := f.(Editor); ok {
		return e, nil
	}
	return nil, &Error{Msg: "a file of the format " + f.Name() + " is one value: there are no paths in it", Hint: "use encfg decrypt, encfg edit"}
}

// get finds the one node with a path.
func (t *Tree) get(at Target) (*Node, error) {
	f, err := t.find(at)
	if err != nil {
		return nil, err
	}
	if len(f.rest) > 0 {
		return nil, t.absent(at.Path, f)
	}
	return f.node, nil
}

// find looks in the document that is meant. A path that is in none of several
// documents is not there in any.
func (t *Tree) find(at Target) (found, error) {
	if at.Document > len(t.Roots) {
		return found{}, &PathError{Path: at.Path.String(), Msg: "there is no document " + itoa(at.Document) + ": the file has " + itoa(len(t.Roots)), Absent: true}
	}
	if at.Document > 0 {
		return t.findIn(at.Document-1, at.Path)
	}
	var best found
	var have []string
	for i := range t.Roots {
		f, err := t.findIn(i, at.Path)
		if err != nil {
			return found{}, err
		}
		if len(f.rest) == 0 {
			have = append(have, itoa(i+1))
		}
		if i == 0 || len(f.rest) < len(best.rest) {
			best = f
		}
	}
	if len(have) > 1 {
		return found{}, &PathError{Path: at.Path.String(), Msg: "the path names several things: documents " + strings.Join(have, ", ") + " have it", Try: "--document " + have[0] + " picks one"}
	}
	return best, nil
}

// findIn looks in one document. Keys without quotes may be parts of keys with
// dots in them.
func (t *Tree) findIn(doc int, p Path) (found, error) {
	root := t.Roots[doc]
	if root != nil && root.Kind == List && len(p) > 1 && p[0].Key == keyData && p[1].List {
		p = p[1:] // the encrypted file has the list below this key
	}
	var all []*Node
	matches(root, p, &all)
	if len(all) > 1 {
		e := &PathError{Path: p.String(), Msg: "the path names several things", Line: t.line(all[0])}
		var lines, names []string
		for _, n := range all {
			lines = append(lines, itoa(t.line(n)))
			names = append(names, n.Path().String())
		}
		e.Msg += " (lines " + strings.Join(lines, ", ") + ")"
		e.Line = 0
		if names[0] != names[1] {
			e.Try = "write " + strings.Join(names, " or ")
		} else {
			e.Try = "keep one of them: encfg edit"
		}
		return found{}, e
	}
	if len(all) == 1 {
		return found{doc: doc, node: all[0]}, nil
	}
	f := found{doc: doc, node: root, rest: p}
	for len(f.rest) > 0 {
		next := f.node.step(f.rest[0])
		if next == nil {
			break
		}
		f.node, f.rest = next, f.rest[1:]
	}
	return f, nil
}

// matches collects the nodes below n that a path can mean.
func matches(n *Node, p Path, all *[]*Node) {
	if n == nil {
		return
	}
	if len(p) == 0 {
		*all = append(*all, n)
		return
	}
	if p[0].List || n.Kind == List {
		if next := n.step(p[0]); next != nil {
			matches(next, p[1:], all)
		}
		return
	}
	key := p[0].Key
	for i := 1; ; i++ {
		for _, c := range n.Children {
			if c.Key == key {
				matches(c, p[i:], all)
			}
		}
		if i == len(p) || !p[i-1].Loose || !p[i].Loose {
			return
		}
		key += "." + p[i].Key
	}
}

// step gives the child that a step names; nil if there is none.
func (n *Node) step(s Step) *Node {
	switch {
	case n == nil:
	case n.Kind == List && s.List && s.Index != Append && s.Index < len(n.Children):
		return n.Children[s.Index]
	case n.Kind == Mapping && !s.List:
		for _, c := range n.Children {
			if c.Key == s.Key {
				return c
			}
		}
	}
	return nil
}

// Path gives the path from the root.
func (n *Node) Path() Path {
	if n == nil || n.Parent == nil {
		return nil
	}
	s := Step{Key: n.Key}
	if n.Parent.Kind == List {
		s = Step{List: true, Index: n.Index()}
	}
	return append(n.Parent.Path(), s)
}

func (t *Tree) line(n *Node) int {
	line, _ := Position(t.Source, n.Entry)
	return line
}

// absent says what is not there, and what is near.
func (t *Tree) absent(p Path, f found) error {
	e := &PathError{Path: p.String(), Absent: true, Msg: "there is no such value"}
	step := f.rest[0]
	parent := f.node.Path()
	name := parent.String()
	switch {
	case f.node == nil || f.node.Kind == Scalar:
		if f.node != nil && f.node.Type != Null && name != "" {
			e.Msg, e.Line = name+" is a single value: there is nothing below it", t.line(f.node)
		}
	case f.node.Kind == List && !step.List:
		e.Msg = e.list(name) + " is a list of " + itoa(len(f.node.Children)) + ", not a mapping"
		e.Try = "write " + name + "[0]"
	case f.node.Kind == List && step.Index == Append:
		e.Msg = "[+] names an item that is not there yet"
	case f.node.Kind == List:
		e.Msg = "the index " + itoa(step.Index) + " is out of range: " + e.list(name) + " has " + itoa(len(f.node.Children)) + " items"
	case step.List:
		e.Msg = e.list(name) + " is a mapping, not a list"
		e.Try = "name a key of it"
	default:
		e.Try = nearest(p, f)
	}
	return e
}

// list names a node in a message.
func (*PathError) list(name string) string {
	if name == "" {
		return "the root"
	}
	return name
}

// nearest suggests a path like one that is not there.
func nearest(p Path, f found) string {
	var keys []string
	for _, c := range f.node.Children {
		keys = append(keys, c.Key)
	}
	at := len(p) - len(f.rest)
	if near := suggest.Nearest(f.rest[0].Key, keys); near != "" {
		fixed := append(append(append(Path{}, p[:at]...), Step{Key: near}), f.rest[1:]...)
		return "did you mean " + fixed.String()
	}
	// The last key may stand somewhere else.
	last := p[len(p)-1]
	if last.List {
		return ""
	}
	root := f.node
	for root.Parent != nil {
		root = root.Parent
	}
	var places []string
	root.walk(func(n *Node) {
		if n.Parent != nil && n.Parent.Kind == Mapping && n.Key == last.Key {
			places = append(places, n.Path().String())
		}
	})
	if len(places) == 0 {
		return ""
	}
	return "did you mean " + places[0]
}

// walk calls visit for all nodes below n, and n.
func (n *Node) walk(visit func(*Node)) {
	visit(n)
	for _, c := range n.Children {
		c.walk(visit)
	}
}
