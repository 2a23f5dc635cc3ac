package formats

import (
	"strings"
	"unsafe"
)

// Type is the data type of a value, as sops names it in a token
// (aes/cipher.go in sops). Null is ours: a value that sops walks past.
type Type uint8

// The types of a leaf. Every type but Null can stand in a token.
const (
	Str Type = iota
	Int
	Float
	Bool
	Time
	Bytes
	Comment
	Null
)

var typeNames = [...]string{"str", "int", "float", "bool", "time", "bytes", "comment", "null"}

// String gives the name used in a token, such as "str".
func (t Type) String() string { return typeNames[t] }

// ParseType reads the name used in a token; ok is false for an unknown one.
func ParseType(name string) (t Type, ok bool) {
	for i, n := range typeNames {
		if n == name && Type(i) != Null {
			return Type(i), true
		}
	}
	return 0, false
}

// Place is a position in the tree: a map key or a list index below its parent.
// The root of a document is the nil *Place.
type Place struct {
	Parent *Place
	Key    string // the map key, when List is false
	Index  int32  // the list index, when List is true
	List   bool
}

// AAD is the additional authenticated data of a value at this place: the keys
// from the root joined by ":" with a final ":"; list indices do not appear
// (sops.go, Tree.Encrypt). The root's is ":".
func (p *Place) AAD() string { return string(p.AppendAAD(nil)) }

// AppendAAD appends the AAD to dst.
func (p *Place) AppendAAD(dst []byte) []byte {
	start := len(dst)
	if dst = p.appendKeys(dst); len(dst) == start {
		dst = append(dst, ':')
	}
	return dst
}

func (p *Place) appendKeys(dst []byte) []byte {
	if p == nil {
		return dst
	}
	dst = p.Parent.appendKeys(dst)
	if p.List {
		return dst
	}
	return append(append(dst, p.Key...), ':')
}

// Keys lists the map keys from the root to p, without list indices.
func (p *Place) Keys() []string {
	var keys []string
	for ; p != nil; p = p.Parent {
		if !p.List {
			keys = append(keys, p.Key)
		}
	}
	for i, j := 0, len(keys)-1; i < j; i, j = i+1, j-1 {
		keys[i], keys[j] = keys[j], keys[i]
	}
	return keys
}

// Steps lists the places from the root's child down to p.
func (p *Place) Steps() []*Place {
	var steps []*Place
	for ; p != nil; p = p.Parent {
		steps = append(steps, p)
	}
	for i, j := 0, len(steps)-1; i < j; i, j = i+1, j-1 {
		steps[i], steps[j] = steps[j], steps[i]
	}
	return steps
}

// String writes the place as a person types it: db.hosts[0].name, with keys
// that contain other characters than letters, digits, "_" and "-" in quotes.
func (p *Place) String() string {
	var b strings.Builder
	for _, s := range p.Steps() {
		s.write(&b)
	}
	return b.String()
}

// Remark is a comment that is in force for what follows it. sops's comment
// rules look at all of them: the ones of the same level since the last item,
// and those that were in force when the level was entered (sops.go,
// walkBranch). It is a list through Prev.
type Remark struct {
	Text string
	Prev *Remark
}

// Leaf is one value or comment.
//
// In a plaintext document Value is the canonical plaintext, the bytes that
// sops encrypts and hashes: a decimal for Int, 'f' format for Float, True or
// False for Bool, RFC 3339 for Time, the text after the comment sign for
// Comment, "" for Null. In an encrypted document the Value of a token is the
// token's text and its Type is Str (or Comment).
//
// The span is the format's choice (with or without quotes, say) on one
// condition: where Parse gives a leaf whose span is replaced by a token's text,
// ParseEncrypted finds a leaf with just the replaced bytes as its span, and
// with Style, Indent and Head such that Spell gives the same for both.
type Leaf struct {
	Start, End int     // span in Document.Source that a token replaces
	At         *Place  // where it is; for a comment the branch that holds it
	Value      string  // see above
	Remarks    *Remark // comments in force, a comment's own text included
	Doc        int32   // index of its YAML document
	Type       Type
	Virtual    bool // stands in an Edit, not in the source

	// How it is spelled; the format's own business.
	Style  uint8
	Indent int
	Head   string
}

// Edit is a change of structure that makes the encrypted file readable for
// sops: an alias that becomes what it stands for, a key that gets quotes, a
// root that is wrapped. Text is what is written instead of Source[Start:End];
// it has one more element than Leaves, which are written in between and are
// Virtual. What stood there is kept, sealed, and comes back on decryption.
type Edit struct {
	Start, End int
	Text       []string
	Leaves     []int // indices into Document.Leaves, ascending
	Metadata   bool  // the place where the sops block is written; Start == End
}

// Document is a source text and where the values sit in it. The source of an
// encrypted document must not be changed as long as the document is in use.
type Document struct {
	Source []byte
	Leaves []Leaf // in document order, the order of the MAC
	Edits  []Edit // by Start; ties are written in the order of the list
	CRLF   bool   // every line ending of the original was CRLF; Source has LF

	// For an encrypted document: where the sops block stands, to be cut out
	// (one span per YAML document), and what it says (of the first).
	MetadataSpans []Span
	Metadata      Map

	// The format's own business.
	layout int  // how the root is laid out, for Block
	placed bool // the places of all comments are known from Parse
}

// textOf gives a source as a string: a copy, since plaintexts are wiped after
// use, but of an encrypted file, which is larger, the very bytes.
func textOf(src []byte, encrypted bool) string {
	if encrypted {
		return unsafe.String(unsafe.SliceData(src), len(src))
	}
	return string(src)
}

// Span is a half-open range of bytes.
type Span struct{ Start, End int }

// Map is a small ordered tree, used for the sops block. A value is a string,
// bool, int, nil, Map or []any of these.
type Map []Field

// Field is one entry of a Map.
type Field struct {
	Key   string
	Value any
}

// Get returns the value of a key, and whether it is there.
func (m Map) Get(key string) (any, bool) {
	for _, f := range m {
		if f.Key == key {
			return f.Value, true
		}
	}
	return nil, false
}
