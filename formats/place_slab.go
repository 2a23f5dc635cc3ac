package formats

// placeSlab makes places, many per allocation.
type placeSlab struct {
	free []Place
	next int // size of the next block
}

func (s *placeSlab) make() *Place {
	if len(s.free) == 0 {
		s.next = min(max(2*s.next, 16), 2048)
		s.free = make([]Place, s.next)
	}
	p := &s.free[0]
	s.free = s.free[1:]
	return p
}

func (s *placeSlab) key(parent *Place, key string) *Place {
	p := s.make()
	p.Parent, p.Key = parent, key
	return p
}

func (s *placeSlab) index(parent *Place, i int) *Place {
	p := s.make()
	p.Parent, p.Index, p.List = parent, int32(i), true
	return p
}
