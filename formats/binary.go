package formats

import "errors"

// Binary is the binary format.
type Binary struct{}

var _ Format = Binary{}

// Name implements Format.
func (Binary) Name() string { return "binary" }

// Match implements Format.
func (Binary) Match(base string) bool { return false }

// Parse implements Format.
func (Binary) Parse(src []byte) (*Document, error) { return nil, errors.New("not there yet") }

// ParseEncrypted implements Format.
func (Binary) ParseEncrypted(src []byte) (*Document, error) { return nil, errors.New("not there yet") }

// Token implements Format.
func (Binary) Token(l *Leaf, token string) string { return token }

// Spell implements Format.
func (Binary) Spell(l *Leaf, t Type, value string) string { return value }

// Block implements Format.
func (Binary) Block(d *Document, metadata Map) string { return "" }
