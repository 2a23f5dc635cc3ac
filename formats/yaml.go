package formats

import (
	"strings"
)

// YAML is the format of YAML files. Two readings must agree: yaml.v3, which
// sops uses too, says what a file means, and the scanner in yaml_spans.go
// where its scalars and comments are.
type YAML struct{}

var (
	_ Format        = YAML{}
	_ Settler       = YAML{}
	_ ListCommenter = YAML{}
)

// Name implements Format.
func (YAML) Name() string { return "yaml" }

// Match implements Format.
func (YAML) Match(base string) bool {
	return strings.HasSuffix(base, ".yaml") || strings.HasSuffix(base, ".yml")
}

// Parse implements Format.
func (YAML) Parse(src []byte) (d *Document, err error) {
	defer recoverYAML(&err)
	if err := checkYAMLText(src); err != nil {
		return nil, err
	}
	r := newYAMLReader(src, string(src))
	r.read()
	d = &Document{Source: src, Leaves: r.leaves, Edits: r.edits, layout: r.layout}
	r.remarks(d)
	return d, nil
}

// ParseEncrypted implements Format. The tokens are shortened for the reading:
// yaml.v3 looks at every character several times.
func (YAML) ParseEncrypted(src []byte) (d *Document, err error) {
	defer recoverYAML(&err)
	if err := checkYAMLText(src); err != nil {
		return nil, err
	}
	short := shortenTokens(textOf(src, true))
	r := newYAMLReader(src, short.text)
	r.encrypted, r.short = true, short
	r.read()
	if !r.found {
		return nil, ErrNotEncrypted
	}
	if r.aliased >= 0 {
		r.fail(r.aliased, "an alias in an encrypted file", "write out what it stands for: its values must be encrypted for their places")
	}
	d = &Document{Source: src, Leaves: r.leaves, MetadataSpans: r.blocks, Metadata: r.metadata, layout: r.layout}
	r.remarks(d)
	short.expand(d)
	return d, nil
}
