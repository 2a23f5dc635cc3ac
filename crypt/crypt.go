// Package crypt encrypts and decrypts whole files.
//
// Encrypt turns a plaintext file into a valid SOPS file in which only the
// spans of values and comments are replaced. Open reads such a file, ours or
// one that sops wrote, and gives a File: the plaintext, and what is needed to
// change it: Update keeps the ciphertext of all that did not change, Reencrypt
// changes recipients, rules or the data key. Inspect needs no key.
//
// Where values sit in the bytes is the business of package formats; who can
// unlock the data key, of package keysource. Nothing here prints, reads the
// environment or touches a file.
package crypt

import (
	"bytes"
	"context"
	"errors"
	"time"

	"github.com/encfg/encfg/formats"
	"github.com/encfg/encfg/keysource"
)

// Options say how a file is encrypted.
type Options struct {
	Rules            Rules
	MACOnlyEncrypted bool
	// Groups of recipients: one, or several of which Threshold (0: all) are
	// needed to unlock the file.
	Groups    [][]keysource.Recipient
	Threshold int
	// Now is the time for lastmodified; zero for the present.
	Now time.Time
	// Dated says of which values the date of the last change is recorded; nil
	// for none.
	Dated func(*formats.Leaf) bool
}

// Sealed is an encrypted file.
type Sealed struct {
	Text     []byte
	Counts   Counts
	Metadata *Metadata
	// Kept is the share, from 0 to 1, of the encrypted values that kept the
	// ciphertext of an older version: by number or by length, the lesser.
	Kept float64
}

// Encrypt seals a plaintext file under a new data key, which it wraps for all
// recipients. The result has been decrypted again and compared.
func Encrypt(ctx context.Context, env *keysource.Env, f formats.Format, src []byte, o Options) (*Sealed, error) {
	key, err := NewDataKey()
	if err != nil {
		return nil, err
	}
	defer key.Wipe()
	md, err := o.metadata()
	if err != nil {
		return nil, err
	}
	s := sealer{format: f, key: key, md: md, now: timeOr(o.Now), dated: o.Dated}
	p, err := s.plan(src) // refuse a broken file before asking a key service
	if err != nil {
		return nil, err
	}
	if err := s.md.lock(ctx, env, key, o.Groups, nil); err != nil {
		return nil, err
	}
	return s.seal(p)
}

func (o *Options) metadata() (Metadata, error) {
	n := 0
	for i, g := range o.Groups {
		if len(g) == 0 {
			return Metadata{}, &Error{Kind: KindNoRecipients, Msg: "key group " + itoa(i+1) + " is empty", Hint: "name a recipient in it, or remove it"}
		}
		n += len(g)
	}
	if n == 0 {
		return Metadata{}, &Error{Kind: KindNoRecipients, Msg: "there is no recipient to encrypt for",
			Hint: "encfg init makes a key and a configuration; --age RECIPIENT names one"}
	}
	rules, err := o.Rules.Normalize()
	if err != nil {
		return Metadata{}, err
	}
	md := Metadata{Rules: rules, MACOnlyEncrypted: o.MACOnlyEncrypted}
	if len(o.Groups) > 1 {
		md.Threshold = o.Threshold
		if md.Threshold == 0 {
			md.Threshold = len(o.Groups)
		}
	}
	return md, nil
}

func timeOr(t time.Time) time.Time {
	if t.IsZero() {
		return time.Now()
	}
	return t
}

// OpenOptions say how a file is decrypted.
type OpenOptions struct {
	// IgnoreMAC decrypts a file whose MAC is missing or does not match: values
	// may have been removed, moved or exchanged.
	IgnoreMAC bool
	// Readonly spares the memory for a later Update.
	Readonly bool
}

// File is a decrypted file. Close it after use: that wipes the data key. It is
// not for use by several goroutines at once.
type File struct {
	Format   formats.Format
	Plain    []byte
	Metadata *Metadata
	Counts   Counts
	// Exact says that Plain is byte for byte what was encrypted; otherwise
	// another tool has written the file since, and the values are all that is
	// certain.
	Exact    bool
	Warnings []string
	// Dated is that of Options, for the next version of the file. The dates
	// that are there are kept up without it, too.
	Dated func(*formats.Leaf) bool

	key *DataKey
	old *reuse
	enc []byte
	sel *selector // of Encrypts, made when it is asked for
}

// Open unlocks and decrypts a file.
func Open(ctx context.Context, env *keysource.Env, f formats.Format, enc []byte, o OpenOptions) (*File, error) {
	doc, err := f.ParseEncrypted(enc)
	if err != nil {
		return nil, fromFormat(err)
	}
	md, err := ReadMetadata(doc.Metadata)
	if err != nil {
		return nil, err
	}
	raw, err := keysource.Unlock(ctx, env, md.Groups, md.Threshold)
	if err != nil {
		return nil, &Error{Kind: KindNoKey, Msg: err.Error(), Hint: hintOf(err), Err: err}
	}
	key, err := UseDataKey(raw)
	clear(raw)
	if err != nil {
		return nil, &Error{Kind: KindNoKey, Msg: err.Error(), Err: err}
	}
	op := opener{format: f, key: key, ignoreMAC: o.IgnoreMAC, doc: doc, md: md}
	if !o.Readonly {
		op.keep = newReuse()
	}
	got, err := op.values()
	if err != nil {
		key.Wipe()
		return nil, err
	}
	return &File{Format: f, Plain: got.plain, Metadata: md, Counts: got.counts, Exact: got.exact,
		Warnings: got.warnings, key: key, old: op.keep, enc: enc}, nil
}

// hintOf is the hint of an error of package keysource.
func hintOf(err error) string {
	var ke *keysource.Error
	if errors.As(err, &ke) {
		return ke.Hint
	}
	return ""
}

// Close wipes the data key and the plaintext.
func (f *File) Close() {
	if f.key != nil {
		f.key.Wipe()
		f.key = nil
	}
	clear(f.Plain)
}

// Encrypts reports that the rules of the file want a leaf of its plaintext
// encrypted.
func (f *File) Encrypts(l *formats.Leaf) bool {
	if f.sel == nil {
		var err error
		if f.sel, err = newSelector(f.Metadata.Rules); err != nil {
			return false
		}
	}
	return f.sel.selects(l)
}

// DataKey is the key of the file, until it is closed.
func (f *File) DataKey() *DataKey { return f.key }

// Update encrypts a changed plaintext under the same data key for the same
// recipients. What did not change keeps its ciphertext; where nothing changed
// at all, the text is the old one.
func (f *File) Update(plain []byte, now time.Time) (*Sealed, error) {
	if bytes.Equal(plain, f.Plain) {
		return &Sealed{Text: f.enc, Counts: f.Counts, Metadata: f.Metadata, Kept: 1}, nil
	}
	return f.Reencrypt(context.Background(), nil, plain, f.Unchanged(), now)
}

// Change says what Reencrypt changes besides the plaintext.
type Change struct {
	Rules            Rules
	MACOnlyEncrypted bool
	// Groups are the recipients; nil leaves them as they are.
	Groups    [][]keysource.Recipient
	Threshold int
	// Unvouched are recipients among them, as RecipientID names them, that stand
	// in the file and that nobody has decided on: they do not go on record.
	Unvouched []string
	// NewKey draws a new data key and seals all values anew.
	NewKey bool
}

// Unchanged is the Change that changes nothing.
func (f *File) Unchanged() Change {
	return Change{Rules: f.Metadata.Rules, MACOnlyEncrypted: f.Metadata.MACOnlyEncrypted, Threshold: f.Metadata.Threshold}
}

// Reencrypt encrypts a plaintext for other recipients, by other rules or under
// a new data key. A new data key needs Groups.
func (f *File) Reencrypt(ctx context.Context, env *keysource.Env, plain []byte, ch Change, now time.Time) (*Sealed, error) {
	md := *f.Metadata
	md.Rules, md.MACOnlyEncrypted = ch.Rules, ch.MACOnlyEncrypted
	key, old := f.key, f.old
	if ch.NewKey {
		var err error
		if key, err = NewDataKey(); err != nil {
			return nil, err
		}
		defer key.Wipe()
		old = nil
	}
	if ch.Groups != nil {
		o := Options{Rules: ch.Rules, Groups: ch.Groups, Threshold: ch.Threshold}
		checked, err := o.metadata()
		if err != nil {
			return nil, err
		}
		md.Rules, md.Threshold = checked.Rules, checked.Threshold
	} else if ch.NewKey {
		return nil, &Error{Kind: KindNoRecipients, Msg: "a new data key needs recipients"}
	}
	s := sealer{format: f.Format, key: key, md: md, old: old, now: timeOr(now), dated: f.Dated, before: f.old}
	p, err := s.plan(plain)
	if err != nil {
		return nil, err
	}
	switch {
	case ch.Groups == nil:
	case !ch.NewKey && len(ch.Groups) == 1 && len(md.Groups) == 1:
		err = s.md.relock(ctx, env, key, ch.Groups[0], ch.Unvouched)
	default:
		err = s.md.lock(ctx, env, key, ch.Groups, ch.Unvouched)
	}
	if err != nil {
		return nil, err
	}
	return s.seal(p)
}
