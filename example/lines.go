package example

import (
	"slices"
	"strings"

	"github.com/encfg/encfg/formats"
)

// line is one line of a template. A value over several lines is one line, too.
type line struct {
	number   int    // from 1
	text     string // with its line ending
	id       string // what it is about; "" for a blank line or a comment
	comment  bool   // there is nothing but a comment
	trailing string // the comment behind something else, with the white space before
	values   int    // how many begin here
}

// readLines finds out what each line of a template is about: a value's line
// has the value's place for an id, any other one (the key of a map, a bracket)
// its text and the place of the next value.
func readLines(doc *formats.Document) []line {
	src := doc.Source
	leaves := standing(doc)
	var out []line
	seen := map[string]int{}
	for at, number := 0, 1; at < len(src); {
		n := line{number: number}
		var value *formats.Leaf
		end := nextLine(src, at)
		for len(leaves) > 0 && (leaves[0].Start < end || end == len(src)) {
			leaf := leaves[0]
			leaves = leaves[1:]
			switch {
			case leaf.Type == formats.Comment:
				n.note(src, leaf)
			default:
				if n.values++; value == nil {
					value = leaf
				}
			}
			for leaf.End > end {
				end = nextLine(src, end)
			}
		}
		n.text = string(src[at:end])
		n.identify(value, leaves)
		id := n.id
		if again := seen[id]; again > 0 && id != "" {
			n.id += "\n" + itoa(again) // a key that is there twice
		}
		seen[id]++
		out = append(out, n)
		at, number = end, number+strings.Count(n.text, "\n")
	}
	return out
}

// standing lists the leaves that stand in the text, by position: not those that
// an alias repeats.
func standing(doc *formats.Document) []*formats.Leaf {
	var out []*formats.Leaf
	for i := range doc.Leaves {
		if l := &doc.Leaves[i]; !l.Virtual {
			out = append(out, l)
		}
	}
	for i := range doc.Edits {
		e := &doc.Edits[i]
		if isAlias(string(doc.Source[e.Start:e.End])) {
			continue
		}
		for _, n := range e.Leaves {
			if l := &doc.Leaves[n]; l.Virtual && l.Start >= e.Start && l.End <= e.End {
				out = append(out, l)
			}
		}
	}
	slices.SortStableFunc(out, func(a, b *formats.Leaf) int { return a.Start - b.Start })
	return out
}

// note takes a comment of the line.
func (n *line) note(src []byte, l *formats.Leaf) {
	start, code := codeBefore(src, l.Start)
	if n.comment = code == 0; !n.comment {
		n.trailing = string(src[start+code : l.End])
	}
}

func (n *line) identify(value *formats.Leaf, next []*formats.Leaf) {
	code := strings.TrimSpace(n.text)
	if n.comment || code == "" {
		return
	}
	if value != nil {
		n.id = valueID(placeOf(value))
		return
	}
	n.id = strings.TrimSpace(strings.TrimSuffix(code, strings.TrimSpace(n.trailing)))
	for _, l := range next {
		if l.Type != formats.Comment {
			n.id += "\n" + valueID(placeOf(l))
			break
		}
	}
}

func valueID(p place) string { return "\x00" + itoa(int(p.doc)) + "\x00" + p.path }

// run is a stretch of comments and blank lines.
type run []line

func (r run) comments() int {
	n := 0
	for i := range r {
		if r[i].comment {
			n++
		}
	}
	return n
}

func (r run) has(text string) bool {
	return slices.ContainsFunc(r, func(l line) bool { return l.comment && strings.TrimSpace(l.text) == strings.TrimSpace(text) })
}

// The ids of the places before the first and after the last line.
const (
	atTop    = "\x01top"
	atBottom = "\x01bottom"
)

// gaps gives the runs by the id of the line that they stand above. Comments at
// the top with a blank line below stand by themselves.
func gaps(lines []line) map[string]run {
	out := map[string]run{}
	var current run
	for i := range lines {
		if lines[i].id == "" {
			current = append(current, lines[i])
			continue
		}
		if len(out) == 0 {
			n := 0
			for j := range current {
				if !current[j].comment {
					n = j + 1
				}
			}
			out[atTop], current = current[:n], current[n:]
		}
		out[lines[i].id] = current
		current = nil
	}
	out[atBottom] = append(out[atBottom], current...)
	return out
}
