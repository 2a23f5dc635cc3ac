// Package merge3 merges two texts that were made from the same one, line by
// line, as version control systems do.
package merge3

import (
	"strings"

	"github.com/pmezard/go-difflib/difflib"
)

// Labels name the two texts in the marks of a conflict.
type Labels struct{ Ours, Theirs string }

// Merge applies what changed from base to ours, and from base to theirs. Where
// both changed the same lines in different ways, there is a conflict: both
// versions stand in the result, between marks.
func Merge(base, ours, theirs []byte, labels Labels) (merged []byte, conflicts int) {
	m := merger{base: split(base), ours: split(ours), theirs: split(theirs), labels: labels}
	m.merge()
	return []byte(m.out.String()), m.conflicts
}

// HasMarks reports that a text still has marks of a conflict.
func HasMarks(text []byte) bool {
	open, middle, end := false, false, false
	for line := range strings.Lines(string(text)) {
		open = open || strings.HasPrefix(line, markOurs)
		middle = middle || open && strings.TrimRight(line, "\r\n") == markBetween
		end = end || middle && strings.HasPrefix(line, markTheirs)
	}
	return end
}

// The marks are those of git.
const (
	markOurs    = "<<<<<<< "
	markBetween = "======="
	markTheirs  = ">>>>>>> "
)

func split(text []byte) []string {
	lines := strings.SplitAfter(string(text), "\n")
	if lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	return lines
}

type merger struct {
	base, ours, theirs []string
	labels             Labels
	out                strings.Builder
	conflicts          int
}

// merge walks from one line that all three have to the next.
func (m *merger) merge() {
	inOurs, inTheirs := partners(m.base, m.ours), partners(m.base, m.theirs)
	o, a, b := 0, 0, 0
	for o < len(m.base) {
		if inOurs[o] == a && inTheirs[o] == b {
			m.out.WriteString(m.base[o])
			o, a, b = o+1, a+1, b+1
			continue
		}
		next := o
		for next < len(m.base) && (inOurs[next] < 0 || inTheirs[next] < 0) {
			next++
		}
		if next == len(m.base) {
			break
		}
		m.chunk(m.base[o:next], m.ours[a:inOurs[next]], m.theirs[b:inTheirs[next]])
		o, a, b = next, inOurs[next], inTheirs[next]
	}
	m.chunk(m.base[o:], m.ours[a:], m.theirs[b:])
}

// partners gives, for each line of base, its place in other, or -1.
func partners(base, other []string) []int {
	at := make([]int, len(base))
	for i := range at {
		at[i] = -1
	}
	for _, block := range difflib.NewMatcherWithJunk(base, other, false, nil).GetMatchingBlocks() {
		for i := range block.Size {
			at[block.A+i] = block.B + i
		}
	}
	return at
}

// chunk writes lines that not all three have.
func (m *merger) chunk(base, ours, theirs []string) {
	o, a, b := strings.Join(base, ""), strings.Join(ours, ""), strings.Join(theirs, "")
	switch {
	case a == b || b == o:
		m.out.WriteString(a)
	case a == o:
		m.out.WriteString(b)
	default:
		m.conflicts++
		m.out.WriteString(markOurs + m.labels.Ours + "\n" + ended(a) + markBetween + "\n" + ended(b) + markTheirs + m.labels.Theirs + "\n")
	}
}

// ended makes sure that a mark starts on a line of its own.
func ended(text string) string {
	if text != "" && !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	return text
}
