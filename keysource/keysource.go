// Package keysource knows who can unlock a data key.
//
// A Source wraps the 32-byte data key of a file for a recipient, which gives a
// Stanza, and unwraps a stanza with what the user has at hand. The wire form of
// the stanzas is that of sops (stores/stores.go in sops). Start with Source;
// All lists the sources.
//
// The package reads no environment and asks no questions by itself: all it may
// use comes in an Env.
package keysource

import (
	"context"
	"errors"
	"time"
)

// DataKeySize is the length of a data key in bytes.
const DataKeySize = 32

// ErrNotMine is returned by Unwrap when nothing the user has fits the stanza;
// the next stanza is to be tried.
var ErrNotMine = errors.New("no matching identity")

// Recipient names a key that a data key can be wrapped for.
type Recipient struct {
	Source string // the Source's Name
	ID     string // what the user typed and sees: age1…, an ARN
	Fields []Field
}

// Stanza is one wrapped data key, as the fields of its entry in the sops
// block, in the order in which they are written. Fields that are not known
// here survive a rewrite.
type Stanza struct {
	Source string // the list it stands in: "age", "kms", …
	Fields []Field
}

// Field is one entry of a stanza. Value is a string, or a []Field (such as an
// AWS encryption context).
type Field struct {
	Name  string
	Value any
}

// Get returns a text field of the stanza, or "".
func (s Stanza) Get(name string) string {
	for _, f := range s.Fields {
		if f.Name == name {
			v, _ := f.Value.(string)
			return v
		}
	}
	return ""
}

// Get returns a text field of the recipient, or "".
func (r Recipient) Get(name string) string { return Stanza{Fields: r.Fields}.Get(name) }

// created is the field created_at, which sops needs in all stanzas but those
// of age.
func created(now time.Time) Field { return Field{"created_at", now.UTC().Format(time.RFC3339)} }

// Source is one way to lock a data key. Implementations are stateless.
type Source interface {
	// Name is the stanzas' list in the sops block, such as "age".
	Name() string
	// Config says by which names the source appears elsewhere.
	Config() Config
	// Local reports that unwrapping needs no network.
	Local() bool
	// Parse reads recipients as the user writes them in a flag, a variable or a
	// short creation rule: one or several, separated by commas (and white
	// space). An error names the part that is wrong.
	Parse(text string) ([]Recipient, error)
	// ParseFields reads a recipient from the fields of a key group's entry in
	// the configuration, for sources whose entries are maps; others get a
	// single field with an empty name.
	ParseFields(fields []Field) (Recipient, error)
	// Wrap locks the data key for one recipient.
	Wrap(ctx context.Context, env *Env, r Recipient, dataKey []byte) (Stanza, error)
	// Unwrap gives the data key back. ErrNotMine (wrapped or not) means that
	// nothing the user has fits.
	Unwrap(ctx context.Context, env *Env, s Stanza) ([]byte, error)
	// Recipient tells for whom a stanza is, such that Wrap works with it.
	Recipient(s Stanza) Recipient
}

// Config gives the names of a source in flags, variables and configuration.
type Config struct {
	Flag     string   // the flag of encrypt, without dashes: "age"
	Usage    string   // the flag's help
	Env      []string // variables with default recipients, the first set wins
	RuleKey  string   // the field of a creation rule: "age", "hc_vault_transit_uri"
	GroupKey string   // the field of a key group: "age", "hc_vault"
	// Options are settings for its recipients; the source is then a
	// Configurable.
	Options []Option
}

// Option is a setting that goes with recipients, such as an AWS profile.
type Option struct {
	Flag    string // "aws-profile"
	Usage   string
	RuleKey string // the field of a creation rule; "" if there is none
}

// Configurable is a source whose recipients take options.
type Configurable interface {
	// Configure gives the recipient with the options, by the names of their
	// flags; empty ones count as not given.
	Configure(r Recipient, options map[string]string) (Recipient, error)
}

// Error says for which recipient something could not be done, why, and what to
// do. It never holds a secret.
type Error struct {
	Recipient string // as it may be shown: long ones are cut
	Reason    string
	Hint      string // what to try; may be empty
	Err       error
}

func (e *Error) Error() string {
	if e.Recipient == "" {
		return e.Reason
	}
	return e.Recipient + ": " + e.Reason
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// damaged is the error for a stanza that cannot be what it was.
func damaged(recipient, why string) error {
	return &Error{Recipient: recipient, Reason: "the wrapped key is damaged: " + why,
		Hint: "restore the file's sops block from an earlier version"}
}

// All lists the sources. A new source is one file and one line here.
func All() []Source {
	return []Source{
		Age{},
		PGP{},
		KMS{},
		Vault{},
		GCPKMS{},
		AzureKV{},
	}
}

// ByName finds a source by its Name; nil for an unknown one.
func ByName(name string) Source {
	for _, s := range All() {
		if s.Name() == name {
			return s
		}
	}
	return nil
}
