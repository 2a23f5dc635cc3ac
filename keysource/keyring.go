package keysource

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"strings"

	"filippo.io/age"
	"github.com/zalando/go-keyring"
)

// keyringService is the name under which the keyring of the operating system
// shows our entries (Secret Service, Keychain, Credential Manager).
const keyringService = "encfg"

// KeyringSet puts the secret key of an age identity into the keyring, under its
// public key, which is returned.
func KeyringSet(ctx context.Context, env *Env, secret string) (public string, err error) {
	id, err := parseAgeSecret(strings.TrimSpace(secret))
	if err != nil {
		return "", err
	}
	switch k := id.ready.(type) {
	case *age.X25519Identity:
		public, secret = k.Recipient().String(), k.String()
	case *age.HybridIdentity:
		public, secret = k.Recipient().String(), k.String()
	default:
		return "", &Error{Reason: "only age's own keys can be put into the keyring", Hint: "a plugin's identity is no secret: keep it in a file"}
	}
	_, err = useKeyring(ctx, env, public, func(user string) (string, error) {
		return "", keyring.Set(keyringService, user, secret)
	})
	return public, err
}

// KeyringGet gives the secret key for a public key; the error wraps ErrNotMine
// if there is none.
func KeyringGet(ctx context.Context, env *Env, public string) (secret string, err error) {
	return useKeyring(ctx, env, public, func(user string) (string, error) { return keyring.Get(keyringService, user) })
}

// KeyringDelete removes the secret key for a public key.
func KeyringDelete(ctx context.Context, env *Env, public string) error {
	_, err := useKeyring(ctx, env, public, func(user string) (string, error) {
		return "", keyring.Delete(keyringService, user)
	})
	return err
}

func useKeyring(ctx context.Context, env *Env, public string, use func(user string) (string, error)) (string, error) {
	if !hasKeyring(env) {
		return "", &Error{Reason: "there is no keyring in this session", Err: errNoKeyring,
			Hint: "it needs a desktop session; otherwise keep the key in a file"}
	}
	defer lockQuestions(env)()
	secret, err := abandonable(ctx, func() (string, error) { return use(keyringUser(public)) })
	switch {
	case err == nil || ctx.Err() != nil:
		return secret, err
	case errors.Is(err, keyring.ErrNotFound):
		return "", &Error{Recipient: shortAge(public), Reason: "the keyring has no secret key for it", Err: ErrNotMine}
	case strings.Contains(err.Error(), "unlock"):
		return "", &Error{Reason: "the keyring is locked", Hint: "unlock it in the desktop's password manager", Err: errKeyringLocked}
	case strings.Contains(err.Error(), "org.freedesktop.secrets"):
		return "", &Error{Reason: "there is no keyring in this session", Hint: "start gnome-keyring or KWallet, or keep the key in a file", Err: errNoKeyring}
	}
	return "", &Error{Reason: "the keyring cannot be used: " + oneLine(err), Err: err}
}

var (
	errNoKeyring     = errors.New("no keyring")
	errKeyringLocked = errors.New("locked")
)

// hasKeyring tells without asking it whether there may be a keyring: looking for
// one on a server would cost time.
func hasKeyring(env *Env) bool {
	if env.getenv("ENCFG_KEYRING") == "off" {
		return false
	}
	if runtime.GOOS == "darwin" || runtime.GOOS == "windows" || env.getenv("DBUS_SESSION_BUS_ADDRESS") != "" {
		return true
	}
	bus := under(env.getenv("XDG_RUNTIME_DIR"), []string{"bus"})
	_, err := os.Stat(bus)
	return bus != "" && err == nil
}

// keyringUser is the name of an entry: the public key, shortened where it is
// longer than keyrings take.
func keyringUser(public string) string {
	if len(public) <= 100 {
		return public
	}
	return fmt.Sprintf("%s…%x", public[:20], sha256.Sum256([]byte(public)))
}

// keyringPlace is the keyring as a place of age identities.
func keyringPlace(env *Env, lock ageLock) agePlace {
	return agePlace{
		label: "the keyring", key: "keyring\x00" + lock.recipient, set: hasKeyring(env) && !lock.ssh(),
		read: func(ctx context.Context) ([]byte, error) {
			secret, err := KeyringGet(ctx, env, lock.recipient)
			if err != nil && !errors.Is(err, errKeyringLocked) {
				return nil, fs.ErrNotExist // nobody said that there must be one
			}
			return []byte(secret), err
		},
	}
}
