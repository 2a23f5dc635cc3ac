package keysource

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"sync"

	"filippo.io/age"
	"filippo.io/age/agessh"
	"filippo.io/age/armor"
	"filippo.io/age/plugin"
	"golang.org/x/crypto/ssh"
)

// ageIdentity is one secret key that was found. Exactly one of the fields is
// set.
type ageIdentity struct {
	ready  age.Identity // native keys and open SSH keys
	ssh    *lockedSSH   // an SSH key with a passphrase
	file   *lockedFile  // an identity file with a passphrase
	plugin string       // AGE-PLUGIN-…
}

// loadAge reads a place once per command. Errors begin with the place and
// never hold what was read.
func loadAge(ctx context.Context, env *Env, p agePlace) ([]ageIdentity, error) {
	if !p.set {
		return nil, nil
	}
	ids, err := env.Cache.Do("age\x00"+p.key, func() (any, error) {
		data, err := p.read(ctx)
		if errors.Is(err, fs.ErrNotExist) && !p.named {
			return []ageIdentity(nil), nil
		}
		if err != nil {
			return nil, placeError(p.label, err)
		}
		defer wipe(data)
		return parseAge(p, data)
	})
	if err != nil {
		return nil, err
	}
	return ids.([]ageIdentity), nil
}

func placeError(label string, err error) error {
	e := &Error{Reason: label + ": " + err.Error(), Err: err}
	var inner *Error
	if errors.As(err, &inner) {
		e.Hint = inner.Hint
	}
	return e
}

// parseAge tells an encrypted identity file, an SSH private key and a list of
// identities apart.
func parseAge(p agePlace, data []byte) (ids []ageIdentity, err error) {
	text := bytes.TrimSpace(data)
	switch {
	case p.flag && bytes.HasPrefix(text, []byte(pgpSecretHeader)):
		return nil, nil // for PGP
	case bytes.HasPrefix(data, []byte("age-encryption.org/")), bytes.HasPrefix(text, []byte(armor.Header)):
		ids = []ageIdentity{{file: &lockedFile{label: p.label, data: bytes.Clone(data)}}}
	case p.ssh, bytes.HasPrefix(text, []byte("-----BEGIN")):
		ids, err = parseSSH(p, data)
	default:
		ids, err = parseAgeLines(data, p.words)
	}
	if err == nil && len(ids) == 0 && p.named {
		err = errors.New("holds no identity")
	}
	if err != nil {
		return nil, placeError(p.label, err)
	}
	return ids, nil
}

// parseAgeLines reads identities, one on each line or, with words, several.
// The data is not kept.
func parseAgeLines(data []byte, words bool) ([]ageIdentity, error) {
	var ids []ageIdentity
	n := 0
	for line := range bytes.Lines(data) {
		n++
		line = bytes.TrimSpace(bytes.TrimPrefix(line, []byte("\ufeff")))
		if len(line) == 0 || line[0] == '#' {
			continue
		}
		parts := [][]byte{line}
		if words {
			parts = bytes.Fields(line)
		}
		for _, part := range parts {
			id, err := parseAgeSecret(string(part))
			if err != nil {
				return nil, fmt.Errorf("line %d: %w", n, err)
			}
			ids = append(ids, id)
		}
	}
	return ids, nil
}

func parseAgeSecret(text string) (ageIdentity, error) {
	var id age.Identity
	var err error
	switch {
	case strings.HasPrefix(text, "AGE-SECRET-KEY-1"):
		id, err = age.ParseX25519Identity(text)
	case strings.HasPrefix(text, "AGE-SECRET-KEY-PQ-1"):
		id, err = age.ParseHybridIdentity(text)
	case strings.HasPrefix(text, "AGE-PLUGIN-"):
		if _, _, err = plugin.ParseIdentity(text); err == nil {
			return ageIdentity{plugin: text}, nil
		}
	case strings.HasPrefix(text, "age1"), strings.HasPrefix(text, "ssh-"):
		return ageIdentity{}, &Error{
			Reason: "a public key where a secret key belongs",
			Hint:   "name the file with the secret key, which begins with AGE-SECRET-KEY-",
		}
	default:
		return ageIdentity{}, &Error{
			Reason: "not an age identity",
			Hint:   "each line holds one key, which begins with AGE-SECRET-KEY- or AGE-PLUGIN-",
		}
	}
	// The library's words are only looked at: some hold characters of the key.
	switch {
	case err == nil:
		return ageIdentity{ready: id}, nil
	case strings.Contains(err.Error(), "invalid checksum"):
		return ageIdentity{}, &Error{Reason: "malformed secret key: bad checksum",
			Hint: "a character was changed, lost or added: restore the key from a backup"}
	default:
		return ageIdentity{}, &Error{Reason: "malformed secret key"}
	}
}

// lockedSSH is an SSH key with a passphrase. The library asks for it only if
// the key's fingerprint is that of the recipient.
type lockedSSH struct {
	id  *agessh.EncryptedSSHIdentity
	ask func() ([]byte, error) // set before each use
}

func parseSSH(p agePlace, data []byte) ([]ageIdentity, error) {
	id, err := agessh.ParseIdentity(data)
	if err == nil {
		return []ageIdentity{{ready: id}}, nil
	}
	var locked *ssh.PassphraseMissingError
	if !errors.As(err, &locked) {
		return nil, errors.New("malformed SSH private key, or of a type that age cannot use")
	}
	if locked.PublicKey == nil {
		return nil, &Error{Reason: "an SSH key with a passphrase in an old format",
			Hint: "convert it: ssh-keygen -p -f FILE"}
	}
	l := new(lockedSSH)
	l.id, err = agessh.NewEncryptedSSHIdentity(locked.PublicKey, bytes.Clone(data), func() ([]byte, error) { return l.ask() })
	if err != nil {
		return nil, errors.New("an SSH key of a type that age cannot use")
	}
	return []ageIdentity{{ssh: l}}, nil
}

// lockedFile is an identity file with a passphrase, which is asked for once.
type lockedFile struct {
	label string
	mu    sync.Mutex
	data  []byte // as read: armored or not; nil after the first try
	ids   []ageIdentity
	err   error
}

// open asks for the passphrase and reads the identities.
func (f *lockedFile) open(ctx context.Context, env *Env) ([]ageIdentity, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.data != nil {
		defer lockQuestions(env)()
		f.ids, f.err = f.decrypt(ctx, env)
		f.data = nil
	}
	return f.ids, f.err
}

// opened gives the identities if the passphrase was given before.
func (f *lockedFile) opened() []ageIdentity {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.ids
}

func (f *lockedFile) decrypt(ctx context.Context, env *Env) ([]ageIdentity, error) {
	passphrase, err := env.ask(ctx, "passphrase for "+f.label)
	if err != nil {
		return nil, passphraseError(f.label, err)
	}
	id, err := age.NewScryptIdentity(passphrase)
	if err != nil {
		return nil, placeError(f.label, errors.New("no passphrase was given"))
	}
	data, err := readAgeFile(bytes.NewReader(f.data), id)
	if errors.Is(err, age.ErrIncorrectIdentity) {
		return nil, placeError(f.label, errors.New("wrong passphrase, or not encrypted with a passphrase"))
	}
	if err != nil {
		return nil, placeError(f.label, errors.New("damaged: it does not decrypt"))
	}
	defer wipe(data)
	ids, err := parseAgeLines(data, false)
	if err != nil {
		return nil, placeError(f.label, err)
	}
	return ids, nil
}

// readAgeFile decrypts an age file, armored or not.
func readAgeFile(r *bytes.Reader, id age.Identity) ([]byte, error) {
	head := make([]byte, len("age-encryption.org/"))
	n, _ := io.ReadFull(r, head)
	r.Seek(0, io.SeekStart)
	var in io.Reader = r
	if string(head[:n]) != "age-encryption.org/" {
		in = armor.NewReader(r)
	}
	out, err := age.Decrypt(in, id)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(out)
}

// errNobodyToAsk is returned where a passphrase is needed and no prompt is
// possible.
var errNobodyToAsk = errors.New("needs a passphrase, and there is no terminal to ask on")

func passphraseError(label string, err error) error {
	return &Error{Reason: label + ": " + err.Error(), Err: err,
		Hint: "run encfg in a terminal, or use a key without a passphrase"}
}

func wipe(b []byte) { clear(b) }
