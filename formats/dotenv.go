package formats

import "errors"

// Dotenv is the dotenv format.
type Dotenv struct{}

var _ Format = Dotenv{}

// Name implements Format.
func (Dotenv) Name() string { return "dotenv" }

// Match implements Format.
func (Dotenv) Match(base string) bool { return false }

// Parse implements Format.
func (Dotenv) Parse(src []byte) (*Document, error) { return nil, errors.New("not there yet") }

// ParseEncrypted implements Format.
func (Dotenv) ParseEncrypted(src []byte) (*Document, error) { return nil, errors.New("not there yet") }

// Token implements Format.
func (Dotenv) Token(l *Leaf, token string) string { return token }

// Spell implements Format.
func (Dotenv) Spell(l *Leaf, t Type, value string) string { return value }

// Block implements Format.
func (Dotenv) Block(d *Document, metadata Map) string { return "" }
