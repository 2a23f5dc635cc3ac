package formats

import "strings"

// literalBlock writes a string of several lines as a new | block. ok is false
// where such a block would not hold the value.
func literalBlock(value string, indent int) (text string, ok bool) {
	head := "|-\n"
	if strings.HasSuffix(value, "\n\n") || value == "\n" {
		return "", false // how many empty lines follow is not the block's own
	}
	if strings.HasSuffix(value, "\n") {
		head = "|\n"
	}
	body, ok := blockLines(strings.TrimSuffix(value, "\n"), indent, "\n", false)
	return head + body, ok
}

// spellBlock writes the content of a block scalar whose header is given. The
// line break at the end is not part of it.
func spellBlock(l *Leaf, value string) (body string, ok bool) {
	h := parseBlockHeader(l.Head, 0)
	line := "\n"
	if strings.HasSuffix(l.Head, "\r\n") {
		line = "\r\n"
	}
	ends := strings.HasSuffix(value, "\n")
	switch {
	case strings.Trim(value, "\n") == "" || ends == (h.chomp == '-'):
		return "", false
	case h.chomp != '+' && (strings.HasSuffix(value, "\n\n")):
		return "", false
	}
	value = strings.TrimSuffix(value, "\n")
	if h.folded {
		if value, ok = unfold(value); !ok {
			return "", false
		}
	}
	return blockLines(value, l.Indent, line, h.digit > 0)
}

// blockLines indents lines. explicit says that the header tells the
// indentation, so that the first line may start with a blank.
func blockLines(value string, indent int, line string, explicit bool) (body string, ok bool) {
	var b strings.Builder
	pad := strings.Repeat(" ", indent)
	first := true
	for i, text := range strings.Split(value, "\n") {
		if i > 0 {
			b.WriteString(line)
		}
		if text == "" {
			continue
		}
		if !explicit && first && isBlank(text[0]) || !printableLine(strings.ReplaceAll(text, "\t", " ")) {
			return "", false
		}
		first = false
		b.WriteString(pad)
		b.WriteString(text)
	}
	return b.String(), true
}

// unfold writes the lines of a folded block such that they come back: a line
// break between two lines of text needs an empty line.
func unfold(value string) (lines string, ok bool) {
	var b strings.Builder
	all := strings.Split(value, "\n")
	text := false // a line of text has been written
	for i, line := range all {
		if line != "" && isBlank(line[0]) {
			return "", false
		}
		if i > 0 {
			b.WriteByte('\n')
		}
		if line != "" && text {
			b.WriteByte('\n')
		}
		text = text || line != ""
		b.WriteString(line)
	}
	return b.String(), true
}
