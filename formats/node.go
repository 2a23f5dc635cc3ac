package formats

import "slices"

// Kind says what a Value is.
type Kind uint8

// The kinds of values.
const (
	Scalar Kind = iota
	Mapping
	List
)

// Value is a value without a place: a scalar, or a tree.
type Value struct {
	Kind Kind
	Type Type   // of a scalar
	Text string // of a scalar, canonical as Leaf.Value
	// Written is how a number is spelled, if that is to be kept in YAML and JSON
	// texts made of the value; Text may be an approximation.
	Written string
	Keys    []string // of a mapping, one for each item
	Items   []*Value
}

// Equal compares two values; the order of keys counts.
func (v *Value) Equal(o *Value) bool {
	if v == nil || o == nil {
		return v == o
	}
	return v.Kind == o.Kind && (v.Kind != Scalar || v.Type == o.Type && v.Text == o.Text) &&
		slices.Equal(v.Keys, o.Keys) && slices.EqualFunc(v.Items, o.Items, (*Value).Equal)
}

// Node is one value of a plaintext file and where it stands.
type Node struct {
	Kind     Kind
	Type     Type
	Text     string // of a scalar, canonical
	Key      string // below a mapping
	Parent   *Node
	Children []*Node

	Start, End int // the value; an Editor replaces this span
	Entry      int // where the key or the item begins

	frozen string // why nothing below it can be changed; "" if it can
	bare   bool   // a pair without braces in a flow list

	// The editor's own business.
	style  uint8
	indent int // of a collection's items
	head   string
	flow   bool // within brackets or braces, itself included
	mark   *yamlMark
}

// Value is the value of the node, and of all below it.
func (n *Node) Value() *Value { return n.value(false) }

// value gives the value; in outline, what stands behind an alias is only named.
func (n *Node) value(outline bool) *Value {
	if n == nil {
		return nil
	}
	if outline && n.frozen != "" {
		return &Value{Type: Null, Text: n.frozen}
	}
	v := &Value{Kind: n.Kind, Type: n.Type, Text: n.Text}
	for _, c := range n.Children {
		if n.Kind == Mapping {
			v.Keys = append(v.Keys, c.Key)
		}
		v.Items = append(v.Items, c.value(outline))
	}
	return v
}

// Index is the position among the parent's children; -1 for a root.
func (n *Node) Index() int {
	if n.Parent == nil {
		return -1
	}
	return slices.Index(n.Parent.Children, n)
}

// Tree is the structure of a plaintext file.
type Tree struct {
	Source   []byte
	Roots    []*Node  // one for each document; nil for an empty one
	Comments []string // their texts, in order
	CRLF     bool     // as in Document
}

// Editor is a Format in which single values can be changed, so that everything
// else stays as it is to the byte. Set, Unset and Find use it.
//
// Replace, Add and Remove give replacements in t.Source. They need not be
// right in every odd case: what comes out is parsed again and compared with
// what was asked for, and an error if it differs.
type Editor interface {
	Format
	// Accept gives a value as it will be read again; it is an error if the
	// format cannot hold it.
	Accept(v *Value) (*Value, error)
	// Tree reads a text that Parse accepts.
	Tree(src []byte) (*Tree, error)
	// Replace writes another value in place of n.
	Replace(t *Tree, n *Node, v *Value) ([]Replacement, error)
	// Add puts an item at the end of a mapping or a list; parent nil is an
	// empty document. key is "" for a list.
	Add(t *Tree, parent *Node, key string, v *Value) ([]Replacement, error)
	// Remove takes n away, with its key.
	Remove(t *Tree, n *Node) ([]Replacement, error)
}

// child adds a node below n.
func (n *Node) child(c *Node) {
	c.Parent = n
	n.Children = append(n.Children, c)
}

// TypeName is the name of the type: "str", "int", … or "map", "list".
func (v *Value) TypeName() string {
	switch v.Kind {
	case Mapping:
		return "map"
	case List:
		return "list"
	}
	return v.Type.String()
}
