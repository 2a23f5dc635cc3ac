// Package formats knows where values sit in the bytes of a file.
//
// A Format reads a text into a Document: the source bytes, untouched, and a
// list of leaves (values and comments) with their spans, paths, types and
// canonical plaintexts. Nothing is ever printed from a tree: an encrypted file
// is the source with the spans of its leaves replaced. Start with Format and
// Document; ByName and ForFile find a format.
//
// The package does no cryptography, and never shows a value in an error.
package formats

import (
	"path/filepath"
	"strings"
)

// Format is one file format. Implementations are stateless.
type Format interface {
	// Name is the name for --type, such as "yaml".
	Name() string
	// Match reports that a file with this base name has the format.
	Match(base string) bool

	// Parse reads a plaintext file. Errors are *Error, with a position; a text
	// that already has a sops block gives ErrEncrypted.
	Parse(src []byte) (*Document, error)
	// ParseEncrypted reads an encrypted file, ours or one that sops wrote.
	// Metadata holds the (unflattened) sops block, MetadataSpans what to cut
	// out. A text without a sops block gives ErrNotEncrypted.
	ParseEncrypted(src []byte) (*Document, error)

	// AppendToken appends the text that replaces the span of a leaf by a token,
	// ENC[AES256_GCM,…]. It must not depend on the leaf's value.
	AppendToken(dst []byte, l *Leaf, token []byte) []byte
	// Spell is the canonical text of a value in the leaf's style. It depends on
	// t, value, and the leaf's Style, Indent and Head only; t may differ from
	// the leaf's own type. It always denotes just that value: where the style
	// cannot hold it, Spell chooses another style.
	Spell(l *Leaf, t Type, value string) string
	// Block renders the sops block for the Metadata edit of the document.
	Block(d *Document, metadata Map) string
}

// Settler is a Format in which the place of a comment depends on the text
// around it. Settle is called when it is known which values get a token, and
// sets At and Remarks of every comment to what sops will read in the encrypted
// file.
type Settler interface {
	Settle(d *Document, encrypted func(leaf int) bool) error
}

// ListCommenter is a Format in which sops writes a comment of a list as an
// item that is a token of type comment. RestoreComment gives the replacement
// that makes leaf i of an encrypted document a comment again.
type ListCommenter interface {
	RestoreComment(d *Document, i int, text string) Replacement
}

// SpellAppender is a Format in which AppendSpell appends what Spell gives, and so
// spares the memory: Spell would have to put together a new text each time.
type SpellAppender interface {
	AppendSpell(dst []byte, l *Leaf, t Type, value string) []byte
}

// Opaque is a Format in which the whole file is one value: rules about keys and
// comments do not apply to it (cmd/sops, SingleValueStore).
type Opaque interface {
	Format
	Opaque()
}

// Errors that say which kind of file a text is.
const (
	ErrEncrypted    = stateError("the file is already encrypted")
	ErrNotEncrypted = stateError("the file is not encrypted: it has no sops block")
)

type stateError string

func (e stateError) Error() string { return string(e) }

// All lists the formats. A new format is one file and one line here.
func All() []Format {
	return []Format{
		YAML{},
		JSON{},
		Dotenv{},
		INI{},
		Binary{}, // the last: it matches no name by itself
	}
}

// ByName finds a format by the name for --type; nil if there is none.
func ByName(name string) Format {
	for _, f := range All() {
		if f.Name() == name {
			return f
		}
	}
	return nil
}

// ForFile finds the format of a file by its name; nil if none matches.
func ForFile(path string) Format {
	base := strings.ToLower(filepath.Base(path))
	for _, f := range All() {
		if f.Match(base) {
			return f
		}
	}
	return nil
}
