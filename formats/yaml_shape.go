package formats

// keepsShape reports that the encrypted text has the same lines and the same
// kinds of nodes as the source, so that yaml.v3 hands out its comments alike:
// no value over several lines becomes a token, no edit changes a node, and the
// last comment stands before the last value, which the sops block follows.
func keepsShape(d *Document, encrypted func(leaf int) bool) bool {
	if d.layout < 0 {
		return false
	}
	for i := range d.Edits {
		if e := &d.Edits[i]; !e.Metadata && !keepsNodes(e) {
			return false
		}
	}
	text := string(d.Source)
	last := int32(0) // the document of the last comment that no value has followed
	trailing := false
	for i := range d.Leaves {
		l := &d.Leaves[i]
		if l.Doc > last {
			if trailing && last == 0 {
				return false
			}
			last = l.Doc
		}
		trailing = l.Type == Comment || trailing && l.Type == Null
		if l.Type != Comment && encrypted(i) && lineEnd(text[l.Start:l.End], 0) < l.End-l.Start {
			return false
		}
	}
	return !trailing || last > 0
}

// keepsNodes reports that an edit is one of those that change no node: a key
// gets quotes, a byte order mark goes, the last line gets an end.
func keepsNodes(e *Edit) bool {
	switch {
	case len(e.Leaves) > 0:
		return false
	case e.Start == e.End:
		return isLineBreak(e.Text[0])
	case e.Text[0] == "":
		return e.Start == 0 && e.End == len(utf8BOM)
	}
	return e.Text[0][0] == '"'
}

func isLineBreak(s string) bool { return s == "\n" || s == "\r\n" }
