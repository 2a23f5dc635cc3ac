package example

import (
	"strings"

	"github.com/encfg/encfg/formats"
	"github.com/encfg/encfg/internal/dotenv"
)

// Value is one value of a plaintext file or of an environment.
type Value struct {
	Key  string // the path, or the name of a variable
	Text string // as programs see it: without the quotes of a .env file
	Type formats.Type
	Line int // from 1; 0 in an environment
	At   *formats.Place
	Leaf *formats.Leaf // nil in an environment
	// Hidden says that only the key and the type are known, not the text.
	Hidden bool
}

// EncryptedValues lists the values of an encrypted file, without a key.
func EncryptedValues(f formats.Format, enc []byte) ([]Value, error) {
	s, err := FromEncrypted(f, enc)
	if err != nil {
		return nil, err
	}
	var out []Value
	for i := range s.doc.Leaves {
		v, ok := valueOf(f, s.doc, &s.doc.Leaves[i])
		if !ok || s.roles[i].kind == item {
			continue
		}
		if s.roles[i].kind == secret {
			v.Hidden, v.Type, v.Text = true, s.roles[i].typ, ""
		}
		out = append(out, v)
	}
	return out, nil
}

// Values lists the values of a plaintext file.
func Values(f formats.Format, plain []byte) ([]Value, error) {
	doc, err := f.Parse(plain)
	if err != nil {
		return nil, err
	}
	var out []Value
	for i := range doc.Leaves {
		if v, ok := valueOf(f, doc, &doc.Leaves[i]); ok {
			out = append(out, v)
		}
	}
	return out, nil
}

// valueOf reads a leaf; ok is false for a comment.
func valueOf(f formats.Format, doc *formats.Document, l *formats.Leaf) (v Value, ok bool) {
	if l.Type == formats.Comment {
		return v, false
	}
	line, _ := formats.Position(doc.Source, l.Start)
	at := PlaceOf(f, l)
	v = Value{Key: at.String(), Text: l.Value, Type: l.Type, Line: line, At: at, Leaf: l}
	if l.Doc > 0 {
		v.Key = "document " + itoa(int(l.Doc)+1) + ": " + v.Key
	}
	if l.Type == formats.Bool {
		v.Text = strings.ToLower(v.Text)
	}
	if f.Name() != "dotenv" {
		return v, true
	}
	v.Key = at.Key
	if entries, _ := dotenv.Parse([]byte("K=" + string(doc.Source[l.Start:l.End]))); len(entries) > 0 {
		v.Text = entries[0].Value
	}
	return v, true
}

// PlaceOf is the place of a leaf under the name that programs know: without
// the "export" that may stand before a name in a .env file.
func PlaceOf(f formats.Format, l *formats.Leaf) *formats.Place {
	if f.Name() != "dotenv" || l.At == nil {
		return l.At
	}
	entries, _ := dotenv.Parse([]byte(l.At.Key + "="))
	if len(entries) == 0 || entries[0].Name == l.At.Key {
		return l.At
	}
	return &formats.Place{Key: entries[0].Name}
}
