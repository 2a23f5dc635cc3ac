package formats

import "errors"

// JSON is the json format.
type JSON struct{}

var _ Format = JSON{}

// Name implements Format.
func (JSON) Name() string { return "json" }

// Match implements Format.
func (JSON) Match(base string) bool { return false }

// Parse implements Format.
func (JSON) Parse(src []byte) (*Document, error) { return nil, errors.New("not there yet") }

// ParseEncrypted implements Format.
func (JSON) ParseEncrypted(src []byte) (*Document, error) { return nil, errors.New("not there yet") }

// Token implements Format.
func (JSON) Token(l *Leaf, token string) string { return token }

// Spell implements Format.
func (JSON) Spell(l *Leaf, t Type, value string) string { return value }

// Block implements Format.
func (JSON) Block(d *Document, metadata Map) string { return "" }
