package formats

import (
	"bytes"
	"math"
	"slices"
	"strconv"
	"strings"
)

// JSON is the JSON format. The token of every value is a JSON string.
//
// A root that is no object is written as {"data": root}, since sops reads
// objects only.
type JSON struct{}

var (
	_ Format   = JSON{}
	_ reshaper = JSON{}

	_ SpellAppender = JSON{}
)

// Name implements Format.
func (JSON) Name() string { return "json" }

// Match implements Format.
func (JSON) Match(base string) bool { return strings.HasSuffix(base, ".json") }

// Parse implements Format. It accepts what encoding/json accepts, but for
// duplicate keys; a byte order mark in front is accepted, too.
func (JSON) Parse(src []byte) (*Document, error) {
	s, err := openJSON(src, false)
	if err != nil {
		return nil, err
	}
	start := s.pos
	if s.text[start] == '{' {
		return s.parseObject(src)
	}
	s.depth = 1 // the object that is put around it
	if !s.document(s.places.key(nil, "data")) {
		return nil, s.err
	}
	d := &Document{Source: src, Leaves: s.leaves}
	// The byte order mark and the white space go, so that what is written
	// begins as an object does.
	d.Edits = []Edit{
		{Start: 0, End: start, Text: []string{"{\n\t\"data\": "}},
		{Start: s.pos, End: s.pos, Metadata: true},
		{Start: s.pos, End: s.pos, Text: []string{"\n}"}},
	}
	return d, nil
}

func (s *jsonScanner) parseObject(src []byte) (*Document, error) {
	if !s.document(nil) {
		return nil, s.err
	}
	if s.root.sops {
		return nil, ErrEncrypted
	}
	d := &Document{Source: src, Leaves: s.leaves}
	if n := bomLength(src); n > 0 {
		d.Edits = append(d.Edits, Edit{End: n, Text: []string{""}})
	}
	at := s.root.open + 1
	if s.root.lastEnd > 0 {
		at = s.root.lastEnd
	}
	d.Edits = append(d.Edits, Edit{Start: at, End: at, Metadata: true})
	return d, nil
}

// openJSON checks the encoding and steps to the first value.
func openJSON(src []byte, encrypted bool) (*jsonScanner, error) {
	if err := checkEncoding(src); err != nil {
		return nil, err
	}
	s := newJSONScanner(src, bomLength(src), encrypted)
	if s.space(); s.pos == len(src) {
		return nil, ErrorAt(src, s.pos, "invalid JSON: the file is empty", "write {} for an empty file, or encrypt it with --type binary")
	}
	return s, nil
}

// ParseEncrypted implements Format. A file of sops may have duplicate keys:
// sops keeps them all.
func (JSON) ParseEncrypted(src []byte) (*Document, error) {
	s, err := openJSON(src, true)
	if err != nil {
		return nil, err
	}
	if s.text[s.pos] != '{' {
		if !s.document(s.places.key(nil, "data")) {
			return nil, s.err
		}
		return nil, ErrNotEncrypted
	}
	if !s.document(nil) {
		return nil, s.err
	}
	if !s.root.sops {
		return nil, ErrNotEncrypted
	}
	meta, ok := s.root.meta.(Map)
	if !ok {
		return nil, ErrorAt(src, s.root.cut.End, "the sops block is not an object", "")
	}
	return &Document{Source: src, Leaves: s.leaves, MetadataSpans: []Span{s.root.cut}, Metadata: meta}, nil
}

// reshape implements reshaper: a number beyond float64 that stays plain becomes
// a string, since sops refuses such a number.
func (JSON) reshape(d *Document, i int, plain bool) []Edit {
	if !plain {
		return nil
	}
	return []Edit{d.rewrite(i, "")}
}

// AppendToken implements Format.
func (JSON) AppendToken(dst []byte, _ *Leaf, token []byte) []byte {
	return appendQuoted(dst, token, '"')
}

// Spell implements Format. Numbers and words that are none become strings.
func (f JSON) Spell(l *Leaf, t Type, value string) string {
	return string(f.AppendSpell(nil, l, t, value))
}

// AppendSpell implements SpellAppender.
func (JSON) AppendSpell(dst []byte, _ *Leaf, t Type, value string) []byte {
	switch t {
	case Null:
		return append(dst, "null"...)
	case Bool:
		if b, err := strconv.ParseBool(value); err == nil {
			return strconv.AppendBool(dst, b)
		}
	case Int:
		if n, err := strconv.ParseInt(value, 10, 64); err == nil {
			return strconv.AppendInt(dst, n, 10)
		}
	case Float:
		if f, err := strconv.ParseFloat(value, 64); err == nil && !math.IsInf(f, 0) && !math.IsNaN(f) {
			return appendJSONFloat(dst, f)
		}
	}
	return appendJSON(dst, value)
}

// appendJSONFloat writes the shortest text of a float that is not the text of an
// integer. The limits of the exponent are those of encoding/json.
func appendJSONFloat(dst []byte, f float64) []byte {
	format := byte('f')
	if abs := math.Abs(f); abs != 0 && (abs < 1e-6 || abs >= 1e21) {
		format = 'e'
	}
	start := len(dst)
	dst = strconv.AppendFloat(dst, f, format, -1, 64)
	if format == 'f' && bytes.IndexByte(dst[start:], '.') < 0 {
		dst = append(dst, ".0"...)
	}
	return dst
}

// quoteJSON writes a string with the fewest escapes.
func quoteJSON(value string) string { return string(appendJSON(nil, value)) }

// appendJSON is quoteJSON behind a text.
func appendJSON(dst []byte, value string) []byte {
	value = strings.ToValidUTF8(value, "\ufffd")
	dst = append(slices.Grow(dst, len(value)+2), '"')
	if plainJSON(value) {
		return append(append(dst, value...), '"')
	}
	const hex = "0123456789abcdef"
	for i := 0; i < len(value); i++ {
		c := value[i]
		switch {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c >= ' ':
			dst = append(dst, c)
		case strings.IndexByte("\b\f\n\r\t", c) >= 0:
			dst = append(dst, '\\', "btn fr"[c-'\b'])
		default:
			dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		}
	}
	return append(dst, '"')
}

func plainJSON(value string) bool {
	for i := 0; i < len(value); i++ {
		if c := value[i]; c < ' ' || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}
