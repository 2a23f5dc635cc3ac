package formats

import "slices"

// plainer is a Format in which some leaves mean something else to sops, or
// nothing, when they stay as they stand in the source. leavePlain turns those
// that get no token into edits. Assemble calls it.
type plainer interface {
	leavePlain(d *Document, plain func(leaf int) bool)
}

// rewrite makes leaf i virtual: instead of its span before and the leaf are
// written.
func (d *Document) rewrite(i int, before string) {
	l := &d.Leaves[i]
	l.Virtual = true
	d.addEdit(Edit{Start: l.Start, End: l.End, Text: []string{before, ""}, Leaves: []int{i}})
}

// addEdit puts an edit that replaces bytes in its place, behind the edits with
// the same start.
func (d *Document) addEdit(e Edit) {
	i, _ := slices.BinarySearchFunc(d.Edits, e.Start, func(have Edit, start int) int {
		if have.Start <= start {
			return -1
		}
		return 1
	})
	d.Edits = slices.Insert(d.Edits, i, e)
}
