package formats

var _ Editor = JSON{}

// Tree implements Editor.
func (f JSON) Tree(src []byte) (*Tree, error) {
	if _, err := f.Parse(src); err != nil {
		return nil, err
	}
	s, err := openJSON(src, false)
	if err != nil {
		return nil, err
	}
	return &Tree{Source: src, Roots: []*Node{s.node()}}, nil
}

// node reads the value at pos of a valid text.
func (s *jsonScanner) node() *Node {
	c := s.space()
	n := &Node{Start: s.pos, Entry: s.pos}
	switch c {
	case '{', '[':
		n.Kind = List
		if c == '{' {
			n.Kind = Mapping
		}
		s.pos++
		s.children(n)
	default:
		s.value(nil)
		l := &s.leaves[len(s.leaves)-1]
		n.Type, n.Text = l.Type, l.Value
	}
	n.End = s.pos
	return n
}

// children reads what stands in the brackets of n, and the closing one.
func (s *jsonScanner) children(n *Node) {
	for {
		switch s.space() {
		case '}', ']':
			s.pos++
			return
		case ',':
			s.pos++
			s.space()
		}
		entry, key := s.pos, ""
		if n.Kind == Mapping {
			key, _ = s.str()
			s.colon()
		}
		c := s.node()
		c.Key, c.Entry = key, entry
		n.child(c)
	}
}
