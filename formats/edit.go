package formats

import "slices"

// plainer is a Format in which some leaves mean something else to sops, or
// nothing, when they stay as they stand in the source. leavePlain turns those
// that get no token into edits. Assemble calls it.
type plainer interface {
	leavePlain(d *Document, plain func(leaf int) bool)
}

// rewrite makes the leaves virtual for which pick gives true: in place of its
// span, before and the leaf are written.
func (d *Document) rewrite(pick func(i int, l *Leaf) (before string, ok bool)) {
	n := len(d.Edits)
	for i := range d.Leaves {
		l := &d.Leaves[i]
		if l.Virtual {
			continue
		}
		if before, ok := pick(i, l); ok {
			l.Virtual = true
			d.Edits = append(d.Edits, Edit{Start: l.Start, End: l.End, Text: []string{before, ""}, Leaves: []int{i}})
		}
	}
	if len(d.Edits) > n {
		slices.SortStableFunc(d.Edits, func(a, b Edit) int { return a.Start - b.Start })
	}
}
