package formats

import (
	"strings"

	"github.com/encfg/encfg/internal/dotenv"
)

var _ Editor = Dotenv{}

// Accept implements Editor: a value is a text.
func (Dotenv) Accept(v *Value) (*Value, error) {
	switch {
	case v.Kind != Scalar || v.Type == Null:
		return nil, &Error{Msg: "a .env file holds texts only: no list, no mapping, no null", Hint: "use --type str"}
	case strings.IndexByte(v.Text, 0) >= 0:
		return nil, &Error{Msg: "the value holds a NUL byte, which no variable can", Hint: "encode it first, with base64 for example"}
	case v.Type == Bool:
		return &Value{Type: Str, Text: strings.ToLower(v.Text)}, nil
	}
	return &Value{Type: Str, Text: v.Text}, nil
}

// Tree implements Editor. The values are what a program gets that loads the
// file (package dotenv), without quotes; the keys stand without "export".
func (f Dotenv) Tree(src []byte) (*Tree, error) {
	d, err := f.Parse(src)
	if err != nil {
		return nil, err
	}
	root := &Node{Kind: Mapping, End: len(d.Source)}
	t := &Tree{Source: d.Source, Roots: []*Node{root}, CRLF: d.CRLF}
	for i := range d.Leaves {
		l := &d.Leaves[i]
		if l.Type == Comment {
			t.Comments = append(t.Comments, l.Value)
			continue
		}
		c := dotenvValue(string(d.Source[l.Start:l.End]))
		c.Start += l.Start
		c.End += l.Start
		c.Key, c.head = dotenvKey(l.At.Key)
		c.Entry = l.Start - 1 - len(l.At.Key)
		root.child(c)
	}
	return t, nil
}

// dotenvKey splits what stands before the = into the name and the word export.
func dotenvKey(text string) (name, export string) {
	name = strings.TrimSpace(text)
	if rest := strings.TrimPrefix(name, "export"); rest != name && strings.TrimSpace(rest) != rest {
		name, export = strings.TrimSpace(rest), "export "
	}
	if n := len(name); n > 2 && name[0] == '\'' && name[n-1] == '\'' {
		name = name[1 : n-1]
	}
	return name, export
}

// dotenvValue reads what stands behind the =. The span is the value with its
// quotes, without the white space and the comment around it. What the loaders
// cannot read is taken as it stands.
func dotenvValue(raw string) *Node {
	n := &Node{Type: Str, Text: raw, End: len(raw)}
	entries, skipped := dotenv.Parse([]byte("K=" + raw))
	if len(entries) != 1 || len(skipped) > 0 {
		return n
	}
	n.Text = entries[0].Value
	body := trimBlanks(raw)
	n.Start = len(raw) - len(body)
	if body == "" || body[0] != '\'' && body[0] != '"' {
		if strings.HasPrefix(body, n.Text) {
			n.End = n.Start + len(n.Text)
		}
		return n
	}
	for end := 2; end <= len(body); end++ {
		if body[end-1] != body[0] {
			continue
		}
		part, bad := dotenv.Parse([]byte("K=" + body[:end]))
		if len(part) == 1 && len(bad) == 0 && part[0].Value == n.Text {
			n.style, n.End = body[0], n.Start+end
			return n
		}
	}
	return n
}

// Replace implements Editor.
func (Dotenv) Replace(_ *Tree, n *Node, v *Value) ([]Replacement, error) {
	if n.Parent == nil {
		return nil, &Error{Msg: "the whole file cannot be set", Hint: "name a key"}
	}
	return []Replacement{{n.Start, n.End, quoteDotenv(v.Text, n.style)}}, nil
}

// Add implements Editor.
func (Dotenv) Add(t *Tree, parent *Node, key string, v *Value) ([]Replacement, error) {
	if strings.Trim(key, nameBytes) != "" || key == "" || strings.HasPrefix(key, sopsPrefix) || key == "export" {
		return nil, &Error{Msg: quoteKey(key) + " is no name for a variable", Hint: "use letters, digits and _; names do not begin with " + sopsPrefix}
	}
	export := ""
	if n := len(parent.Children); n > 0 {
		export = parent.Children[n-1].head
	}
	line := export + key + "=" + quoteDotenv(v.Text, 0)
	end := len(t.Source)
	if end > bomLength(t.Source) && t.Source[end-1] != '\n' {
		line = "\n" + line
	} else {
		line += "\n"
	}
	return []Replacement{{end, end, line}}, nil
}

// Remove implements Editor.
func (Dotenv) Remove(t *Tree, n *Node) ([]Replacement, error) {
	end := n.End
	for end < len(t.Source) && t.Source[end] != '\n' {
		end++ // the comment behind the value
	}
	if end < len(t.Source) {
		return []Replacement{{n.Entry, end + 1, ""}}, nil
	}
	start := n.Entry
	if start > 0 && t.Source[start-1] == '\n' {
		start-- // the file keeps having no line ending at its end
	}
	return []Replacement{{start, end, ""}}, nil
}

// plainDotenv are the characters that mean themselves without quotes to all
// loaders and to a shell.
const plainDotenv = nameBytes + "/:@%+,="

// quoteDotenv writes a value such that python-dotenv and the other loaders read
// it: in the quotes that the old value had, or with as few as possible.
func quoteDotenv(value string, quote byte) string {
	double := strings.ContainsAny(value, "'\n\r\t\v\f\a\b") || strings.Contains(value, `\\`)
	switch {
	case quote == 0 && strings.Trim(value, plainDotenv) == "":
		return value
	case quote != '"' && !double && !strings.HasSuffix(value, `\`):
		return "'" + value + "'"
	}
	return `"` + escapeDotenv.Replace(value) + `"`
}

var escapeDotenv = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\r", `\r`, "\t", `\t`,
	"\v", `\v`, "\f", `\f`, "\a", `\a`, "\b", `\b`)
