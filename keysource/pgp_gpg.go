package keysource

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"time"
)

// gpgError is what gpg reported on its status lines.
type gpgError struct {
	status     []string // the keywords, such as "NO_SECKEY"
	unlockable bool     // a passphrase or PIN would help
}

func (e *gpgError) Error() string { return "gpg failed" }

// has reports whether there is a status line with this keyword.
func (e *gpgError) has(keyword string) bool { return slices.Contains(e.status, keyword) }

// runGPG runs gpg without a terminal; a pinentry program may still ask.
func runGPG(ctx context.Context, env *Env, in io.Reader, args ...string) ([]byte, error) {
	_, program := env.variable("GPG_EXEC")
	if program == "" {
		program = "gpg"
	}
	cmd := exec.CommandContext(ctx, program, append([]string{"--batch", "--yes", "--quiet", "--status-fd", "2"}, args...)...)
	cmd.Env = cmd.Environ()
	if home := env.getenv("GNUPGHOME"); home != "" {
		cmd.Env = append(cmd.Env, "GNUPGHOME="+home)
	}
	var out, status bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = in, &out, &status
	cmd.WaitDelay = 2 * time.Second // an agent that was started may hold the pipes
	err := cmd.Run()
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err == nil || errors.Is(err, exec.ErrWaitDelay) {
		return out.Bytes(), nil
	}
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		return nil, &Error{Reason: "the program " + program + " could not be started", Err: err,
			Hint: "install GnuPG, or name a key file in ENCFG_PGP_KEY_FILE"}
	}
	e := &gpgError{}
	for line := range strings.Lines(status.String()) {
		if s, ok := strings.CutPrefix(strings.TrimSpace(line), "[GNUPG:] "); ok {
			keyword, _, _ := strings.Cut(s, " ")
			e.status = append(e.status, keyword)
		}
	}
	return nil, e
}

// wrapWithGPG encrypts for the key with this fingerprint. Its owner need not be
// trusted: the fingerprint names the key.
func wrapWithGPG(ctx context.Context, env *Env, fp string, dataKey []byte) (string, error) {
	out, err := runGPG(ctx, env, bytes.NewReader(dataKey),
		"--encrypt", "--armor", "--trust-model", "always", "--no-encrypt-to", "--no-default-recipient", "--recipient", fp)
	if err != nil {
		return "", keyFailure(ctx, env, fp, err)
	}
	return string(out), nil
}

// keyStates are gpg's letters for keys that cannot be used, as --with-colons
// prints them.
var keyStates = map[string]advice{
	"r": {"the key is revoked", "ask its owner for the new key"},
	"e": {"the key has expired", "ask its owner to extend it, then import it again"},
	"d": {"the key is disabled in gpg's keyring", "gpg --edit-key enables it"},
}

// keyFailure asks gpg what is wrong with a key that it refused: the status
// lines often do not tell.
func keyFailure(ctx context.Context, env *Env, fp string, err error) error {
	var failed *gpgError
	if !errors.As(err, &failed) {
		return gpgFailure(ctx, fp, err)
	}
	e := &Error{Recipient: fp, Err: err, Reason: "gpg cannot encrypt for this key", Hint: "gpg --list-keys shows whether it is for encryption"}
	list, err := runGPG(ctx, env, nil, "--with-colons", "--list-keys", fp)
	if err != nil {
		e.Reason, e.Hint = "gpg does not have this public key", "import it: gpg --import FILE, or gpg --locate-keys"
	}
	for line := range strings.Lines(string(list)) {
		if f := strings.Split(line, ":"); f[0] == "pub" && len(f) > 1 {
			if a, bad := keyStates[f[1]]; bad {
				e.Reason, e.Hint = a.reason, a.hint
			}
		}
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return e
}

// openWithGPG decrypts; without ask it fails where a passphrase is needed.
func (m pgpMessage) openWithGPG(ctx context.Context, ask bool) ([]byte, error) {
	args := []string{"--decrypt"}
	if !ask {
		args = []string{"--pinentry-mode", "cancel", "--decrypt"}
	}
	out, err := runGPG(ctx, m.env, strings.NewReader(m.enc), args...)
	var failed *gpgError
	switch {
	case err == nil && len(out) == 0:
		return nil, damaged(m.fp, "gpg found nothing in it")
	case err == nil:
		return out, nil
	case errors.Is(err, exec.ErrNotFound):
		return nil, &NoIdentityError{Recipient: m.fp, Looked: []string{"gpg: not installed"}}
	case errors.As(err, &failed):
		return nil, m.gpgRefused(ctx, failed)
	}
	return nil, gpgFailure(ctx, m.fp, err)
}

// gpgRefused reads what gpg 2.2 and later tell of a message they did not open:
// keys are considered only if the secret one is there, and DECRYPTION_KEY says
// that it could be used.
func (m pgpMessage) gpgRefused(ctx context.Context, failed *gpgError) error {
	message, used := failed.has("ENC_TO"), failed.has("DECRYPTION_KEY")
	if message && !used && (failed.has("NO_SECKEY") || !failed.has("KEY_CONSIDERED")) {
		return &NoIdentityError{Recipient: m.fp, Looked: []string{"gpg: no secret key"}}
	}
	failed.unlockable = message && !used
	return gpgFailure(ctx, m.fp, failed)
}

func gpgFailure(ctx context.Context, fp string, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	e := &Error{Recipient: fp, Err: err}
	var start *Error
	var failed *gpgError
	switch {
	case errors.Is(err, exec.ErrNotFound):
		e.Reason, e.Hint = "gpg is not installed, and no key file has this key", "install GnuPG, or name a key file in ENCFG_PGP_KEY_FILE"
	case errors.As(err, &start):
		e.Reason, e.Hint = start.Reason, start.Hint
	case errors.As(err, &failed):
		e.Reason, e.Hint = failed.explain()
	}
	return e
}

func (e *gpgError) explain() (reason, hint string) {
	if e.unlockable {
		return "gpg could not unlock the secret key", "give the passphrase or PIN; in a terminal, export GPG_TTY=$(tty) first"
	}
	if e.has("NODATA") {
		return "the wrapped key is damaged: gpg finds no message in it", "restore the file's sops block from an earlier version"
	}
	if e.has("DECRYPTION_FAILED") {
		return "the wrapped key is damaged: it does not decrypt", "restore the file's sops block from an earlier version"
	}
	return "gpg failed", "try gpg --list-secret-keys to see whether it works"
}
