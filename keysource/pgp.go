package keysource

import (
	"context"
	"errors"
	"strings"
	"time"
)

// PGP locks data keys for OpenPGP keys: with key files in this process
// (ProtonMail/go-crypto), else with gpg, which knows agents and smart cards. On
// the wire a stanza has the fields created_at, enc (an armored message) and fp.
type PGP struct{}

var _ Source = PGP{}

// Name is the stanzas' list in the sops block.
func (PGP) Name() string { return "pgp" }

// Local is true: gpg runs on this machine.
func (PGP) Local() bool { return true }

// Config gives the names that sops uses, and our overrides.
func (PGP) Config() Config {
	return Config{
		Flag:     "pgp",
		Usage:    "`FINGERPRINTS` of OpenPGP keys, separated by commas",
		Env:      []string{"ENCFG_PGP_FP", "SOPS_PGP_FP"},
		RuleKey:  "pgp",
		GroupKey: "pgp",
	}
}

// Parse reads fingerprints, which may be written in groups. A final ! chooses
// exactly that subkey.
func (PGP) Parse(text string) ([]Recipient, error) {
	var out []Recipient
	for _, part := range strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == '\n' || r == '\r' }) {
		if strings.TrimSpace(part) == "" {
			continue
		}
		fp, err := parseFingerprint(part)
		if err != nil {
			return nil, err
		}
		out = append(out, pgpRecipient(fp))
	}
	return out, nil
}

func pgpRecipient(fp string) Recipient {
	return Recipient{Source: "pgp", ID: fp, Fields: []Field{{"fp", fp}}}
}

func parseFingerprint(text string) (string, error) {
	fp := strings.Join(strings.Fields(text), "")
	digits, _ := strings.CutSuffix(fp, "!")
	e := &Error{Recipient: shortUnknown(fp), Hint: "gpg --list-keys shows the fingerprint: 40 digits from 0-9 and A-F"}
	switch {
	case looksSecret(text):
		return "", errSecretRecipient
	case strings.Contains(text, "@"):
		e.Reason = "an e-mail address is no fingerprint"
	case !only(digits, "0123456789abcdefABCDEF"):
		e.Reason = "malformed PGP fingerprint: it has other characters than 0-9 and A-F"
	case len(digits) == 8:
		e.Reason = "a short key id can be forged"
	case len(digits) != 40 && len(digits) != 64 && len(digits) != 16:
		e.Reason = "malformed PGP fingerprint: wrong length"
	default:
		return fp, nil
	}
	return "", e
}

// ParseFields reads the text that is a pgp entry of a key group.
func (p PGP) ParseFields(fields []Field) (Recipient, error) { return parseText(p, fields) }

// Recipient gives the fingerprint back.
func (PGP) Recipient(s Stanza) Recipient { return pgpRecipient(s.Get("fp")) }

// Wrap locks the data key for one OpenPGP key.
func (PGP) Wrap(ctx context.Context, env *Env, r Recipient, dataKey []byte) (Stanza, error) {
	fp, err := parseFingerprint(r.ID)
	if err != nil {
		return Stanza{}, err
	}
	if err := ctx.Err(); err != nil {
		return Stanza{}, err
	}
	enc, err := wrapWithRing(ctx, env, fp, dataKey)
	if errors.Is(err, ErrNotMine) {
		enc, err = wrapWithGPG(ctx, env, fp, dataKey)
	}
	if err != nil {
		return Stanza{}, err
	}
	return Stanza{Source: "pgp", Fields: []Field{created(time.Now()), {"enc", enc}, {"fp", fp}}}, nil
}

// Unwrap opens a stanza with a key file, or with gpg. In the round of programs
// gpg may not ask for a passphrase.
func (PGP) Unwrap(ctx context.Context, env *Env, s Stanza) ([]byte, error) {
	m := pgpMessage{env: env, fp: s.Get("fp"), enc: s.Get("enc")}
	if !strings.Contains(m.enc, "-----BEGIN PGP MESSAGE-----") {
		return nil, damaged(m.fp, "it is not an armored PGP message")
	}
	err := error(ErrNotMine)
	for _, step := range []struct {
		effort effort
		try    func(context.Context) ([]byte, error)
	}{
		{effortFiles, m.ring},
		{effortPrograms, m.agent},
		{effortQuestions, m.ask},
	} {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if !env.allows(step.effort) {
			continue
		}
		var key []byte
		if key, err = step.try(ctx); err == nil || !errors.Is(err, ErrNotMine) {
			return key, err
		}
	}
	var no *NoIdentityError
	if errors.As(err, &no) {
		return nil, err
	}
	return nil, &NoIdentityError{Recipient: m.fp}
}

// pgpMessage is the OpenPGP message of a stanza.
type pgpMessage struct {
	env     *Env
	fp, enc string
}

func (m pgpMessage) ring(ctx context.Context) ([]byte, error) { return m.openWithRing(ctx, false) }

func (m pgpMessage) agent(ctx context.Context) ([]byte, error) {
	key, err := m.openWithGPG(ctx, false)
	var locked *gpgError
	if errors.As(err, &locked) && locked.unlockable {
		return nil, ErrNotMine // for this round
	}
	return key, err
}

func (m pgpMessage) ask(ctx context.Context) ([]byte, error) {
	key, err := m.openWithRing(ctx, true)
	if errors.Is(err, ErrNotMine) {
		defer lockQuestions(m.env)()
		return m.openWithGPG(ctx, true)
	}
	return key, err
}
