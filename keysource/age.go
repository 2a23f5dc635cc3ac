package keysource

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"

	"filippo.io/age"
	"filippo.io/age/armor"
)

// Age locks data keys for age recipients: native, post-quantum, SSH keys and
// plugins (filippo.io/age). On the wire a stanza has the fields recipient and
// enc, an armored age file that holds the data key.
type Age struct{}

var _ Source = Age{}

// Name is the stanzas' list in the sops block.
func (Age) Name() string { return "age" }

// Local is true: plugins and commands run on this machine.
func (Age) Local() bool { return true }

// Config gives the names that sops uses, and our overrides.
func (Age) Config() Config {
	return Config{
		Flag:     "age",
		Usage:    "age `RECIPIENTS`, separated by commas: age1…, age1pq1…, ssh-ed25519 …",
		Env:      []string{"ENCFG_AGE_RECIPIENTS", "SOPS_AGE_RECIPIENTS"},
		RuleKey:  "age",
		GroupKey: "age",
	}
}

// Recipient gives the recipient field back.
func (a Age) Recipient(s Stanza) Recipient { return ageRecipient(s.Get("recipient")) }

func ageRecipient(id string) Recipient {
	return Recipient{Source: "age", ID: id, Fields: []Field{{"recipient", id}}}
}

// Wrap locks the data key for one age recipient. Only a plugin's recipient
// starts a program.
func (Age) Wrap(ctx context.Context, env *Env, r Recipient, dataKey []byte) (Stanza, error) {
	to, err := parseAgeRecipient(ctx, env, r.ID)
	if err != nil {
		return Stanza{}, err
	}
	enc, err := abandonable(ctx, func() (string, error) { return sealAge(to, dataKey) })
	if err != nil {
		return Stanza{}, ageFailure(r.ID, err)
	}
	return Stanza{Source: "age", Fields: []Field{{"recipient", r.ID}, {"enc", enc}}}, nil
}

func sealAge(to age.Recipient, dataKey []byte) (string, error) {
	var out strings.Builder
	lines := armor.NewWriter(&out)
	w, err := age.Encrypt(lines, to)
	if err != nil {
		return "", err
	}
	if _, err := w.Write(dataKey); err != nil {
		return "", err
	}
	if err := errors.Join(w.Close(), lines.Close()); err != nil {
		return "", err
	}
	return out.String(), nil
}

// maxAgeFile is more than the armored file of a data key can need, in bytes:
// a post-quantum stanza is 1.5 kB, a plugin's may be larger.
const maxAgeFile = 1 << 20

// Unwrap opens a stanza with the identities that can fit, cheap ones first:
// what lies in variables and files, then commands and plugins, and last what
// needs a passphrase.
func (a Age) Unwrap(ctx context.Context, env *Env, s Stanza) ([]byte, error) {
	lock, err := readAgeStanza(s)
	if err != nil {
		return nil, err
	}
	search := &ageSearch{env: env, lock: lock}
	for _, step := range []struct {
		effort effort
		try    func(context.Context) ([]byte, error)
	}{
		{effortFiles, search.files},
		{effortPrograms, search.programs},
		{effortQuestions, search.questions},
		{effortAll, search.plugins},
	} {
		if !env.allows(step.effort) {
			continue
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		key, err := step.try(ctx)
		if err == nil || !errors.Is(err, ErrNotMine) {
			return key, err
		}
	}
	return nil, search.failure(ctx)
}

// ageLock is the age file of a stanza.
type ageLock struct {
	recipient string
	file      []byte // armored
	kind      string // the type of its age stanza: "X25519", "ssh-rsa", a plugin's
}

func readAgeStanza(s Stanza) (ageLock, error) {
	lock := ageLock{recipient: s.Get("recipient"), file: []byte(s.Get("enc"))}
	if len(lock.file) > maxAgeFile {
		return lock, ageDamaged(lock.recipient)
	}
	// An identity that never fits makes the library tell the stanzas' types.
	_, err := age.Decrypt(armor.NewReader(bytes.NewReader(lock.file)), noIdentity{})
	var no *age.NoIdentityMatchError
	if !errors.As(err, &no) || len(no.StanzaTypes) == 0 {
		return lock, ageDamaged(lock.recipient)
	}
	lock.kind = no.StanzaTypes[0]
	return lock, nil
}

func ageDamaged(recipient string) error {
	return &Error{
		Recipient: shortAge(recipient),
		Reason:    "the wrapped key is damaged: it is not an armored age file",
		Hint:      "restore the file's sops block from an earlier version",
	}
}

// noIdentity is an identity that fits nothing.
type noIdentity struct{}

func (noIdentity) Unwrap([]*age.Stanza) ([]byte, error) { return nil, age.ErrIncorrectIdentity }

// open tries identities on the lock; ErrNotMine if none fits.
func (l ageLock) open(ids ...age.Identity) ([]byte, error) {
	if len(ids) == 0 {
		return nil, ErrNotMine
	}
	r, err := age.Decrypt(armor.NewReader(bytes.NewReader(l.file)), ids...)
	if errors.Is(err, age.ErrIncorrectIdentity) {
		return nil, ErrNotMine
	}
	if err != nil {
		return nil, ageFailure(l.recipient, err)
	}
	key, err := io.ReadAll(r)
	if err != nil {
		return nil, ageFailure(l.recipient, err)
	}
	return key, nil
}

// ssh reports that only an SSH key (or a plugin) opens the lock.
func (l ageLock) ssh() bool { return strings.HasPrefix(l.kind, "ssh-") }

// abandonable runs f, which cannot be interrupted, and stops waiting for it
// when the context ends. A plugin then loses its pipes when encfg exits.
func abandonable[T any](ctx context.Context, f func() (T, error)) (T, error) {
	var zero T
	if err := ctx.Err(); err != nil {
		return zero, err
	}
	type result struct {
		val T
		err error
	}
	done := make(chan result, 1)
	go func() {
		val, err := f()
		done <- result{val, err}
	}()
	select {
	case <-ctx.Done():
		return zero, ctx.Err()
	case r := <-done:
		return r.val, r.err
	}
}
