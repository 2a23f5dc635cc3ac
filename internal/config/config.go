// Package config finds and reads the configuration of a project: .encfg.yaml,
// else the .sops.yaml that sops reads too.
//
// Start with Find and Load; File.Rule then gives the creation rule for a file.
// The package is strict where sops is not: a field that it does not know, a
// wrong type or a regular expression that does not compile is an error with
// its line, because a selection rule that is silently ignored would leave
// values in plain text.
//
// The package reads no environment, and it knows the key sources' field names
// only: recipients are handed on as the texts that stand in the file.
package config

import (
	"regexp"
	"time"

	"github.com/encfg/encfg/keysource"
	"gopkg.in/yaml.v3"
)

// File is a configuration that was read whole and found to be valid.
type File struct {
	Path     string
	Rules    []*Rule
	Names    []Name
	Rotation []Rotation
	Example  Example
	// Warnings are about parts that are valid but without effect.
	Warnings []Warning
}

// Rule is a creation rule: what a new file that it matches looks like.
type Rule struct {
	Index     int // its place in creation_rules, from 0
	Line      int
	PathRegex string // "" matches all files
	// Skip says that the files are not to be encrypted at all (templates). Only
	// .encfg.yaml has this, as `skip: true`.
	Skip             bool
	Selection        Selection
	MACOnlyEncrypted bool
	// CommentsPlain leaves comments as they are (`comments: plain`, only in
	// .encfg.yaml).
	CommentsPlain bool

	// Keys are the recipients of the short form, in the order of the file. Empty
	// if there are Groups.
	Keys       []Key
	AWSProfile string // for the recipients in the field "kms" of Keys
	// Groups are the key groups, nested ones (merge) already put into theirs.
	Groups          [][]Entry
	ShamirThreshold int // 0 if not set

	re *regexp.Regexp
}

// Selection says which values are encrypted. At most one field is set; none
// means sops's default, the unencrypted suffix "_unencrypted".
type Selection struct {
	UnencryptedSuffix       string
	EncryptedSuffix         string
	UnencryptedRegex        string
	EncryptedRegex          string
	UnencryptedCommentRegex string
	EncryptedCommentRegex   string
}

// Key is one recipient of a rule's short form.
type Key struct {
	Field string // the rule's field: "age", "kms", "hc_vault_transit_uri"
	Value string // trimmed, not empty, without commas
	Line  int
}

// Entry is one recipient of a key group.
type Entry struct {
	Field string // the group's field: "age", "kms", "hc_vault"
	Line  int
	// Fields are those of the entry's map. An entry that is a text is a single
	// field without a name.
	Fields []Field
}

// Field is one field of an entry. Value is a string, or a []Field.
type Field = keysource.Field

// Name is another name for a recipient.
type Name struct {
	Name, Recipient string
	Line            int
}

// Rotation says how old some values may become.
type Rotation struct {
	Line      int
	Keys      []string // patterns of paths, at least one
	PathRegex string   // "" means all files
	MaxAge    time.Duration
	Warn      time.Duration // before the end; 0 if not set
	Owner     string
	Note      string

	re       *regexp.Regexp
	patterns []Pattern // of Keys
}

// Example is about the templates that are made of encrypted files.
type Example struct {
	// Name is the template's file name, with {stem} and {ext} for the parts of
	// the encrypted file's; "" if not set.
	Name         string
	Placeholders []Placeholder
}

// Placeholder is the text that stands in a template for some values.
type Placeholder struct {
	Keys string // a pattern of paths
	Text string
	Line int

	pattern Pattern // of Keys
}

// Warning is about a part of the file that has no effect.
type Warning struct {
	Line int
	Msg  string
}

// KeyField names the fields in which a kind of recipient stands.
type KeyField struct {
	Rule  string // in a creation rule
	Group string // in a key group
	// Entry are the fields of a key group's entry if it is a map. Empty with
	// Map: any fields.
	Entry []string
	Map   bool
}

// sopsKeys are the fields of sops, in the order in which it uses them.
var sopsKeys = []KeyField{
	{Rule: "age", Group: "age"},
	{Rule: "pgp", Group: "pgp"},
	{Rule: "kms", Group: "kms", Map: true, Entry: []string{"arn", "role", "context", "aws_profile"}},
	{Rule: "gcp_kms", Group: "gcp_kms", Map: true, Entry: []string{"resource_id"}},
	{Rule: "hckms", Group: "hckms", Map: true, Entry: []string{"key_id"}},
	{Rule: "azure_keyvault", Group: "azure_keyvault", Map: true, Entry: []string{"vaultUrl", "key", "version"}},
	{Rule: "hc_vault_transit_uri", Group: "hc_vault"},
}

// NameOf gives the name of a recipient, or "".
func (f *File) NameOf(recipient string) string {
	for _, n := range f.Names {
		if n.Recipient == recipient {
			return n.Name
		}
	}
	return ""
}

// Named gives the recipients that have the name.
func (f *File) Named(name string) []string {
	var out []string
	for _, n := range f.Names {
		if n.Name == name {
			out = append(out, n.Recipient)
		}
	}
	return out
}

// loader holds what is needed while a file is read.
type loader struct {
	path   string
	own    bool // our own fields are allowed
	keys   []KeyField
	visits int // nodes seen, aliases counted each time
	file   *File
	anchor []*yaml.Node // texts with an anchor or a comment: they have a name
}
