package formats

import (
	"strings"

	"gopkg.in/yaml.v3"
)

// commentWalk visits values and comments in the order in which sops puts them
// into its tree (stores/yaml/store.go): yaml.v3 hands comments out as head,
// line or foot of a node, and sops files each line of them in the branch of
// that node.
type commentWalk struct {
	value   func(remarks *Remark)
	comment func(text string, at *branch, remarks *Remark)
	skipKey string // a top-level key that is passed by; "" for none
	full    func(text string) string
}

// branch is a mapping or list on the way from the root.
type branch struct {
	parent *branch
	key    string
	index  int
	list   bool // it stands in a list
	items  bool // it is a list
	place  *Place
}

// at gives the place of the branch, nil for the root.
func (b *branch) at() *Place {
	if b.parent == nil {
		return nil
	}
	if b.place == nil {
		b.place = &Place{Parent: b.parent.at(), Key: b.key, Index: int32(b.index), List: b.list}
	}
	return b.place
}

// document visits one document.
func (w *commentWalk) document(doc *yaml.Node) {
	root := &branch{}
	var head *Remark
	w.lines(doc.HeadComment, root, &head)
	w.lines(doc.LineComment, root, &head)
	for _, n := range doc.Content {
		switch n.Kind {
		case yaml.MappingNode:
			w.members(n, root, &head, false, w.skipKey)
		case yaml.ScalarNode:
			w.lines(n.HeadComment, root, &head)
			w.lines(n.LineComment, root, &head)
			if !isNullRoot(n) {
				w.value(head)
			}
			w.lines(n.FootComment, root, &head)
		default:
			w.node(n, root, head, false)
		}
	}
	w.lines(doc.FootComment, root, &head)
}

// lines files the lines of one of yaml.v3's comments.
func (w *commentWalk) lines(text string, at *branch, head **Remark) {
	for text != "" {
		line, rest, _ := strings.Cut(text, "\n")
		text = rest
		if line == "" {
			continue
		}
		*head = &Remark{Text: w.full(line[1:]), Prev: *head}
		w.comment(line[1:], at, *head)
	}
}

// node visits a value. handled says that its own comments have been filed.
func (w *commentWalk) node(n *yaml.Node, at *branch, head *Remark, handled bool) {
	switch n.Kind {
	case yaml.MappingNode:
		w.members(n, at, &head, handled, "")
	case yaml.SequenceNode:
		w.items(n, at, head, handled)
	case yaml.ScalarNode:
		w.value(head)
	case yaml.AliasNode:
		w.alias(n.Alias, head)
	}
}

// alias visits the values that the flow expansion of an alias will have.
func (w *commentWalk) alias(n *yaml.Node, head *Remark) {
	switch n.Kind {
	case yaml.ScalarNode:
		w.value(head)
	case yaml.AliasNode:
		w.alias(n.Alias, head)
	case yaml.MappingNode:
		for i := 1; i < len(n.Content); i += 2 {
			w.alias(n.Content[i], head)
		}
	case yaml.SequenceNode:
		for _, item := range n.Content {
			w.alias(item, head)
		}
	}
}

func (w *commentWalk) items(n *yaml.Node, at *branch, entry *Remark, handled bool) {
	head := entry
	at.items = true
	if !handled {
		w.lines(n.HeadComment, at, &head)
		w.lines(n.LineComment, at, &head)
	}
	for i, item := range n.Content {
		w.lines(item.HeadComment, at, &head)
		w.lines(item.LineComment, at, &head)
		if item.Kind == yaml.ScalarNode {
			w.value(head)
		} else {
			w.node(item, &branch{parent: at, index: i, list: true}, head, true)
		}
		head = entry
		w.lines(item.FootComment, at, &head)
	}
	if !handled {
		w.lines(n.FootComment, at, &head)
	}
}

func (w *commentWalk) members(n *yaml.Node, at *branch, headAt **Remark, handled bool, skip string) {
	head := *headAt
	entry := head
	if at.parent == nil {
		entry = nil // the comments of the document are on the same level
	}
	if !handled {
		w.lines(n.HeadComment, at, &head)
		w.lines(n.LineComment, at, &head)
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		w.lines(k.HeadComment, at, &head)
		w.lines(k.LineComment, at, &head)
		flat := v.Kind == yaml.ScalarNode || v.Kind == yaml.AliasNode
		if flat {
			w.lines(v.HeadComment, at, &head)
			w.lines(v.LineComment, at, &head)
		}
		switch {
		case skip != "" && k.Value == skip:
			// sops takes the block out of its tree before it walks.
		case v.Kind == yaml.ScalarNode:
			w.value(head)
			head = entry
		default:
			w.node(v, &branch{parent: at, key: branchKey(k)}, head, flat)
			head = entry
		}
		if flat {
			w.lines(v.FootComment, at, &head)
		}
		w.lines(k.FootComment, at, &head)
	}
	if !handled {
		w.lines(n.FootComment, at, &head)
	}
	*headAt = head
}

// branchKey gives the name of a key as sops sees it.
func branchKey(k *yaml.Node) string {
	if k.Kind == yaml.AliasNode {
		k = k.Alias
	}
	var r yamlReader
	name, _ := r.keyName(k)
	return name
}
