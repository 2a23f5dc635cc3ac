package formats

import (
	"bytes"
	"strings"

	"github.com/encfg/encfg/internal/hugepage"
)

// Dotenv is the .env format as sops reads it: a line is a comment if it begins
// with #, else a key, = and a value, to the end of the line; there is no
// quoting, but the two characters \n stand for a line feed.
//
// What sops cannot read, or would leak, is taken as follows. A quoted value
// over several lines, as dotenv libraries have it, is one value. A line that is
// neither a comment nor an assignment is a comment leaf of style styleRaw.
type Dotenv struct{}

var (
	_ Format   = Dotenv{}
	_ reshaper = Dotenv{}
)

const (
	stylePlain uint8 = iota
	styleRaw         // the leaf is a whole line, without a comment sign
	styleLines       // a quoted value over several lines
)

// rawMark follows the token of a whole line. sops ignores what stands behind
// the bracket of a token.
const rawMark = "-"

const sopsPrefix = "sops_"

// Name implements Format.
func (Dotenv) Name() string { return "dotenv" }

// Match implements Format.
func (Dotenv) Match(base string) bool {
	return strings.HasSuffix(base, ".env") || strings.HasPrefix(base, ".env.")
}

// Parse implements Format.
func (Dotenv) Parse(src []byte) (*Document, error) {
	s, err := openDotenv(src, false)
	if err != nil {
		return nil, err
	}
	if n := bomLength(s.doc.Source); n > 0 {
		s.doc.Edits = append(s.doc.Edits, Edit{End: n, Text: []string{""}})
		s.pos = n
	}
	for s.pos < len(s.text) {
		if err := s.plainLine(); err != nil {
			return nil, err
		}
	}
	end := len(s.text)
	if end > 0 && s.text[end-1] != '\n' {
		s.doc.Edits = append(s.doc.Edits, Edit{Start: end, End: end, Text: []string{"\n"}})
	}
	s.doc.Edits = append(s.doc.Edits, Edit{Start: end, End: end, Metadata: true})
	return s.doc, nil
}

// openDotenv checks the encoding and turns a CRLF file into an LF file.
func openDotenv(src []byte, encrypted bool) (*dotenvScanner, error) {
	if err := checkEncoding(src); err != nil {
		return nil, err
	}
	d := &Document{Source: src}
	if n := bytes.Count(src, []byte("\r\n")); n > 0 && n == bytes.Count(src, []byte("\n")) {
		d.CRLF = true
		d.Source = bytes.ReplaceAll(src, []byte("\r\n"), []byte("\n"))
	}
	lines := bytes.Count(d.Source, []byte("\n"))
	d.Leaves = hugepage.Make[Leaf](lines + 1)
	return &dotenvScanner{doc: d, text: textOf(d.Source, encrypted)}, nil
}

// ParseEncrypted implements Format. It reads line by line, just as sops does.
func (Dotenv) ParseEncrypted(src []byte) (*Document, error) {
	s, err := openDotenv(src, true)
	if err != nil {
		return nil, err
	}
	for s.pos < len(s.text) {
		if err := s.encryptedLine(); err != nil {
			return nil, err
		}
	}
	if s.meta == nil {
		return nil, ErrNotEncrypted
	}
	if s.doc.Metadata, err = unflatten(s.meta); err != nil {
		return nil, ErrorAt(s.doc.Source, s.doc.MetadataSpans[0].Start, err.Error(), "restore the file from a copy")
	}
	return s.doc, nil
}

// reshape implements reshaper: a raw line that stays plain becomes a comment,
// and a value over several lines is written on one.
func (Dotenv) reshape(d *Document, i int, plain bool) []Edit {
	switch {
	case !plain:
		return nil
	case d.Leaves[i].Style == styleRaw:
		return []Edit{d.rewrite(i, "#")}
	}
	return []Edit{d.rewrite(i, "")}
}

// AppendToken implements Format.
func (Dotenv) AppendToken(dst []byte, l *Leaf, token []byte) []byte {
	if l.Style == styleRaw {
		return append(append(append(dst, '#'), token...), rawMark...)
	}
	return append(dst, token...)
}

// Spell implements Format. A comment is written as it is, a value with \n for
// its line feeds.
func (Dotenv) Spell(l *Leaf, t Type, value string) string {
	switch t {
	case Comment:
		return strings.ReplaceAll(value, "\n", " ")
	case Bool:
		return strings.ToLower(value)
	}
	return strings.ReplaceAll(value, "\n", `\n`)
}

// Block implements Format.
func (Dotenv) Block(_ *Document, metadata Map) string {
	var b strings.Builder
	for _, f := range flatten(metadata) {
		b.WriteString(sopsPrefix + f.Path + "=" + strings.ReplaceAll(f.Value, "\n", `\n`) + "\n")
	}
	return b.String()
}
