package formats

import (
	"bytes"
	"strings"
	"unicode"
)

// INI is the INI format as sops reads it, with gopkg.in/ini.v1: keys above the
// first section belong to the section DEFAULT, : separates like =, a # or ; in a
// value begins a comment, and a backslash at the end of a value continues it.
//
// A token keeps the quotes around it. Comment lines in a row are one comment
// for sops, together with the one behind the value that follows; so they are
// one leaf.
type INI struct{}

var (
	_ Format   = INI{}
	_ reshaper = INI{}
)

// Styles of an INI value; a style is its quote, see iniQuotes.
const (
	iniBare uint8 = iota
	iniSingle
	iniDouble
	iniBacktick
	iniTriple
)

// Styles of an INI comment, a set. Leaf.Indent is where the part behind a value
// or section begins in the source.
const (
	iniJoined uint8 = 1 << iota // a comment above that includes the one behind the value
	iniBehind                   // a comment behind a section
	iniEmpty                    // the first line is empty: as a plain comment, it makes sops panic
)

var iniQuotes = [...]string{"", "'", `"`, "`", `"""`}

// Name implements Format.
func (INI) Name() string { return "ini" }

// Match implements Format.
func (INI) Match(base string) bool { return strings.HasSuffix(base, ".ini") }

// Parse implements Format. What sops would drop is an error: keys that stand
// twice in a section, and text behind a section's bracket or a closing quote.
func (INI) Parse(src []byte) (*Document, error) {
	s, err := readINI(src, false)
	if err != nil {
		return nil, err
	}
	end := len(src)
	if end > bomLength(src) && src[end-1] != '\n' {
		s.doc.Edits = append(s.doc.Edits, Edit{Start: end, End: end, Text: []string{"\n"}})
	}
	s.doc.Edits = append(s.doc.Edits, Edit{Start: end, End: end, Metadata: true})
	return s.doc, nil
}

// ParseEncrypted implements Format.
func (INI) ParseEncrypted(src []byte) (*Document, error) {
	s, err := readINI(src, true)
	if err != nil {
		return nil, err
	}
	if s.doc.MetadataSpans == nil {
		return nil, ErrNotEncrypted
	}
	if s.doc.Metadata, err = unflatten(s.meta); err != nil {
		return nil, ErrorAt(src, s.doc.MetadataSpans[0].Start, err.Error(), "restore the file from a copy")
	}
	return s.doc, nil
}

// reshape implements reshaper. It changes plain comments that sops does not
// survive, and encrypted ones of two parts: where a joined comment becomes a
// token, its part behind the value goes; and a token behind a section would
// become part of its name, so it is written on a line above.
func (INI) reshape(d *Document, i int, plain bool) (edits []Edit) {
	l := &d.Leaves[i]
	if l.Type != Comment || (plain && l.Style&iniEmpty == 0) {
		return nil
	}
	switch {
	case plain:
		edits = append(edits, d.rewrite(i, ""))
	case l.Style&iniBehind != 0:
		line := max(bytes.LastIndexByte(d.Source[:l.Indent], '\n')+1, bomLength(d.Source))
		edits = append(edits, Edit{Start: line, End: line, Text: []string{"; ", "\n"}, Leaves: []int{i}})
	}
	if l.Style&(iniJoined|iniBehind) != 0 {
		rest, _, _ := bytes.Cut(d.Source[l.Indent:], []byte("\n"))
		end := l.Indent + len(bytes.TrimRightFunc(rest, unicode.IsSpace))
		edits = append(edits, Edit{Start: l.Indent, End: end, Text: []string{""}})
	}
	return edits
}

// AppendToken implements Format.
func (INI) AppendToken(dst []byte, l *Leaf, token []byte) []byte {
	if l.Type == Comment {
		return append(dst, token...)
	}
	q := iniQuotes[l.Style]
	return append(append(append(dst, q...), token...), q...)
}

// Spell implements Format: in the quotes of the leaf if they can hold the
// value, else in others.
func (INI) Spell(l *Leaf, t Type, value string) string {
	switch {
	case t == Comment || l.Type == Comment:
		return spellINIComment(value)
	case t == Bool:
		value = strings.ToLower(value)
	}
	order := [...]uint8{l.Style, iniBare, iniDouble, iniBacktick, iniTriple}
	if strings.ContainsAny(value, "\n`") {
		order[3], order[4] = iniTriple, iniBacktick // as the library has it
	}
	for _, style := range order {
		if iniHolds(style, value) {
			return iniQuotes[style] + value + iniQuotes[style]
		}
	}
	return `"""` + value + `"""`
}

// iniHolds tells whether a value reads back from within quotes.
func iniHolds(style uint8, value string) bool {
	q := iniQuotes[style]
	switch style {
	case iniBare:
		return value == "" || strings.TrimFunc(value, unicode.IsSpace) == value &&
			!strings.ContainsAny(value, "#;\n") && !strings.HasSuffix(value, `\`) &&
			value[0] != '`' && !strings.HasPrefix(value, `"""`) &&
			!surrounded(value, '\'') && !surrounded(value, '"')
	case iniSingle, iniDouble:
		return !strings.ContainsAny(value, "#;\n"+q)
	}
	// The last quote of a line closes, so that one line may hold more of them.
	return !strings.Contains(value, "\n") || !strings.Contains(value, q)
}

// surrounded tells whether quotes stand at both ends and nowhere else.
func surrounded(text string, quote byte) bool {
	return len(text) >= 2 && text[0] == quote && strings.IndexByte(text[1:], quote) == len(text)-2
}

// spellINIComment makes every line but the first begin with a comment sign; the
// sign of the first stands in front of the leaf.
func spellINIComment(value string) string {
	if !strings.Contains(value, "\n") {
		return value
	}
	lines := strings.Split(value, "\n")
	for i, line := range lines[1:] {
		if text := strings.TrimLeftFunc(line, unicode.IsSpace); text == "" || (text[0] != ';' && text[0] != '#') {
			lines[i+1] = "; " + line
		}
	}
	return strings.Join(lines, "\n")
}

// Block implements Format: an empty line and the section "sops".
func (INI) Block(_ *Document, metadata Map) string {
	var b strings.Builder
	b.WriteString("\n[sops]\n")
	for _, f := range flatten(metadata) {
		key := f.Path
		if strings.ContainsAny(key, `"=:#;`) || key == "-" {
			key = "`" + key + "`"
		}
		value := INI{}.Spell(&Leaf{}, Str, strings.ReplaceAll(f.Value, "\n", `\n`))
		b.WriteString(key + " = " + value + "\n")
	}
	return b.String()
}
