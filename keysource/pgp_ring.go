package keysource

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/armor"
)

// pgpRing is a file of OpenPGP keys. Its keys are unlocked in place, so only
// one at a time may use it.
type pgpRing struct {
	label string
	mu    sync.Mutex
	keys  openpgp.EntityList
}

// pgpRings reads the files of keys: those that the user named, then gpg's old
// ones. A named file that cannot be read is an error.
func pgpRings(env *Env) ([]*pgpRing, error) {
	var rings []*pgpRing
	add := func(label, name string, named bool) error {
		v, err := env.Cache.Do("pgp\x00"+label, func() (any, error) { return readRing(label, name) })
		if err != nil {
			if named || !errors.Is(err, fs.ErrNotExist) {
				return placeError(label, err)
			}
			return nil
		}
		rings = append(rings, v.(*pgpRing))
		return nil
	}
	for _, name := range env.IdentityFiles {
		if isPGPFile(env, name) {
			if err := add("--identity "+name, name, true); err != nil {
				return nil, err
			}
		}
	}
	if name := env.getenv("ENCFG_PGP_KEY_FILE"); name != "" {
		if err := add("ENCFG_PGP_KEY_FILE: "+name, name, true); err != nil {
			return nil, err
		}
	}
	home := env.getenv("GNUPGHOME")
	if home == "" {
		home = env.home(".gnupg")
	}
	for _, base := range []string{"secring.gpg", "pubring.gpg"} {
		if name := under(home, []string{base}); name != "" {
			add(name, name, false) // gpg itself has the last word on them
		}
	}
	return rings, nil
}

const pgpSecretHeader = "-----BEGIN PGP PRIVATE KEY BLOCK-----"

// isPGPFile tells whether an --identity file is for this source.
func isPGPFile(env *Env, name string) bool {
	v, _ := env.Cache.Do("pgp?\x00"+name, func() (any, error) {
		data, err := readKeyFile(name)
		defer wipe(data)
		return err == nil && bytes.HasPrefix(bytes.TrimSpace(data), []byte(pgpSecretHeader)), nil
	})
	return v.(bool)
}

// maxRing is more than a keyring needs, in bytes.
const maxRing = 64 << 20

func readRing(label, name string) (*pgpRing, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, plainFileError(err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxRing))
	if err != nil {
		return nil, plainFileError(err)
	}
	defer wipe(data)
	r := &pgpRing{label: label}
	if bytes.HasPrefix(bytes.TrimSpace(data), []byte("-----BEGIN ")) {
		r.keys, err = openpgp.ReadArmoredKeyRing(bytes.NewReader(data))
	} else {
		r.keys, err = openpgp.ReadKeyRing(bytes.NewReader(data))
	}
	if err != nil {
		return nil, errors.New("not a file of OpenPGP keys")
	}
	return r, nil
}

// wrapWithRing encrypts for a key of the files; ErrNotMine if none has it.
func wrapWithRing(ctx context.Context, env *Env, fp string, dataKey []byte) (string, error) {
	rings, err := pgpRings(env)
	if err != nil {
		return "", err
	}
	for _, ring := range rings {
		if key := ring.find(fp); key != nil {
			return sealPGP(key, fp, dataKey)
		}
	}
	return "", ErrNotMine
}

// find looks a primary key up by its whole fingerprint.
func (r *pgpRing) find(fp string) *openpgp.Entity {
	for _, key := range r.keys {
		if strings.EqualFold(hex.EncodeToString(key.PrimaryKey.Fingerprint), fp) {
			return key
		}
	}
	return nil
}

func sealPGP(key *openpgp.Entity, fp string, dataKey []byte) (string, error) {
	now := time.Now()
	if key.Revoked(now) {
		return "", &Error{Recipient: fp, Reason: keyStates["r"].reason, Hint: keyStates["r"].hint}
	}
	if _, ok := key.EncryptionKey(now); !ok {
		return "", &Error{Recipient: fp, Reason: "the key has expired, or is not for encryption", Hint: keyStates["e"].hint}
	}
	var out strings.Builder
	lines, err := armor.Encode(&out, "PGP MESSAGE", nil)
	if err != nil {
		return "", err
	}
	w, err := openpgp.Encrypt(lines, []*openpgp.Entity{key}, nil, &openpgp.FileHints{IsBinary: true}, nil)
	if err != nil {
		return "", &Error{Recipient: fp, Reason: oneLine(err), Err: err}
	}
	if _, err := w.Write(dataKey); err != nil {
		return "", err
	}
	if err := errors.Join(w.Close(), lines.Close()); err != nil {
		return "", err
	}
	return out.String() + "\n", nil
}

var errRingLocked = errors.New("the key has a passphrase")

// openWithRing decrypts with a key of the files; ErrNotMine if none fits or,
// without ask, if it has a passphrase.
func (m pgpMessage) openWithRing(ctx context.Context, ask bool) ([]byte, error) {
	rings, err := pgpRings(m.env)
	if err != nil {
		return nil, err
	}
	for _, ring := range rings {
		key, err := ring.open(ctx, m, ask)
		if err == nil || !errors.Is(err, ErrNotMine) {
			return key, err
		}
	}
	return nil, ErrNotMine
}

func (r *pgpRing) open(ctx context.Context, m pgpMessage, ask bool) ([]byte, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	block, err := armor.Decode(strings.NewReader(m.enc))
	if err != nil {
		return nil, damaged(m.fp, "it is not an armored PGP message")
	}
	asked := false
	var asking error
	prompt := func(keys []openpgp.Key, symmetric bool) ([]byte, error) {
		if !ask || symmetric || asked {
			return nil, errRingLocked
		}
		asked = true
		asking = r.unlock(ctx, m, keys)
		return nil, asking
	}
	md, err := openpgp.ReadMessage(block.Body, r.keys, prompt, nil)
	if asking != nil {
		return nil, asking
	}
	if err != nil {
		return nil, ErrNotMine // gpg may know more: let it say what is wrong
	}
	key, err := io.ReadAll(io.LimitReader(md.UnverifiedBody, 1<<16))
	if err != nil {
		wipe(key)
		return nil, damaged(m.fp, "it was changed")
	}
	return key, nil
}

// unlock asks for the passphrase of the keys.
func (r *pgpRing) unlock(ctx context.Context, m pgpMessage, keys []openpgp.Key) error {
	defer lockQuestions(m.env)()
	label := "the PGP key " + m.fp + " in " + r.label
	text, err := m.env.ask(ctx, "passphrase for "+label)
	if err != nil {
		return passphraseError(label, err)
	}
	for _, k := range keys {
		if k.PrivateKey.Decrypt([]byte(text)) == nil {
			return nil
		}
	}
	return &Error{Recipient: m.fp, Reason: "wrong passphrase for " + label}
}
