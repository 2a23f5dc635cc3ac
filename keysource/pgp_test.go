package keysource

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/armor"
	"github.com/ProtonMail/go-crypto/openpgp/packet"

	"github.com/encfg/encfg/internal/testneed"
)

// gnupg is a GnuPG home folder. Its path is short: that of a socket in it may
// have 100 characters at most.
type gnupg struct{ home string }

func newGnuPG(t *testing.T) gnupg {
	testneed.Command(t, "gpg", "install gnupg")
	home, err := os.MkdirTemp("/tmp", "gpg")
	if err != nil {
		t.Fatal(err)
	}
	g := gnupg{home}
	t.Cleanup(func() {
		cmd := exec.Command("gpgconf", "--kill", "gpg-agent")
		cmd.Env = append(os.Environ(), "GNUPGHOME="+home)
		cmd.Run()
		os.RemoveAll(home)
	})
	return g
}

func (g gnupg) run(t *testing.T, in string, args ...string) string {
	t.Helper()
	cmd := exec.Command("gpg", append([]string{"--batch", "--quiet", "--yes"}, args...)...)
	cmd.Env = append(os.Environ(), "GNUPGHOME="+g.home)
	cmd.Stdin = strings.NewReader(in)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("gpg %q: %s", args, errs.String())
	}
	return string(out)
}

// key makes a key pair and gives its fingerprint.
func (g gnupg) key(t *testing.T, user, passphrase, expires string, more ...string) string {
	t.Helper()
	args := append([]string{"--pinentry-mode", "loopback", "--passphrase", passphrase}, more...)
	g.run(t, "", append(args, "--quick-gen-key", user, "future-default", "default", expires)...)
	list := g.run(t, "", "--with-colons", "--list-keys", user)
	for line := range strings.Lines(list) {
		if f := strings.Split(line, ":"); f[0] == "fpr" {
			return f[9]
		}
	}
	t.Fatal("no fingerprint")
	return ""
}

func (g gnupg) env(t *testing.T) *Env {
	return testEnv(t, map[string]string{"GNUPGHOME": g.home})
}

func pgpFixture(t *testing.T) fixture {
	mine, other := newGnuPG(t), newGnuPG(t)
	fp := mine.key(t, "jo@example.com", "", "never")
	return fixture{recipient: parseOne(t, PGP{}, fp), owner: mine.env(t), stranger: other.env(t), ciphertext: "enc"}
}

func TestPGPParse(t *testing.T) {
	const fp = "85D77543B3D624B63CEA9E6DBC17301B491B3F21"
	for text, want := range map[string]string{
		fp:                  fp,
		" " + fp + ",":      fp,
		strings.ToLower(fp): strings.ToLower(fp),
		"85D7 7543 B3D6 24B6 3CEA  9E6D BC17 301B 491B 3F21": fp,
		fp + "!":           fp + "!",
		"BC17301B491B3F21": "BC17301B491B3F21",
	} {
		if r := parseOne(t, PGP{}, text); r.ID != want || r.Get("fp") != want {
			t.Errorf("Parse(%q) = %v", text, r)
		}
	}
	for text, want := range map[string]string{
		"491B3F21":        "short key id",
		fp[:39]:           "wrong length",
		fp + "00":         "wrong length",
		"0x" + fp:         "other characters",
		"jo@example.com":  "e-mail",
		"hunter2hunter2!": "other characters",
	} {
		if _, err := (PGP{}).Parse(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Parse(%q): %v, want %q", text, err, want)
		}
	}
}

func TestPGPErrors(t *testing.T) {
	g := newGnuPG(t)
	expired := g.key(t, "expired@example.com", "", "2020-02-01", "--faked-system-time", "20200101T000000")
	locked := g.key(t, "locked@example.com", "correct horse", "never")
	revoked := g.key(t, "revoked@example.com", "", "never")
	cert := must[[]byte](t)(os.ReadFile(g.home + "/openpgp-revocs.d/" + revoked + ".rev"))
	g.run(t, strings.Replace(string(cert), ":-----BEGIN", "-----BEGIN", 1), "--import")
	os.WriteFile(g.home+"/gpg-agent.conf", []byte("pinentry-program /bin/false\n"), 0o600)
	exec.Command("gpgconf", "--homedir", g.home, "--kill", "gpg-agent").Run()

	for fp, want := range map[string]string{
		expired: "expired",
		revoked: "revoked",
		"85D77543B3D624B63CEA9E6DBC17301B491B3F21": "does not have this public key",
	} {
		_, err := PGP{}.Wrap(t.Context(), g.env(t), pgpRecipient(fp), dataKey)
		var e *Error
		if !errors.As(err, &e) || !strings.Contains(e.Reason, want) || e.Hint == "" {
			t.Errorf("want %q: %v", want, err)
		}
	}
	s := must[Stanza](t)(PGP{}.Wrap(t.Context(), g.env(t), pgpRecipient(locked), dataKey))
	if _, err := (PGP{}).Unwrap(t.Context(), g.env(t), s); err == nil || !strings.Contains(err.Error(), "could not unlock the secret key") {
		t.Errorf("error = %v", err)
	}
	env := testEnv(t, map[string]string{"SOPS_GPG_EXEC": "no-such-gpg", "GNUPGHOME": g.home})
	if _, err := (PGP{}).Unwrap(t.Context(), env, s); !errors.Is(err, ErrNotMine) {
		t.Errorf("without gpg: %v", err)
	}
	if _, err := (PGP{}).Wrap(t.Context(), env, pgpRecipient(locked), dataKey); err == nil || !strings.Contains(err.Error(), "gpg is not installed") {
		t.Errorf("without gpg: %v", err)
	}
}

// pgpEntity makes a key pair without gpg.
func pgpEntity(t *testing.T, passphrase string, lifetime uint32, made time.Time) (fp, armored string) {
	t.Helper()
	cfg := &packet.Config{Algorithm: packet.PubKeyAlgoEdDSA, KeyLifetimeSecs: lifetime, Time: func() time.Time { return made }}
	e := must[*openpgp.Entity](t)(openpgp.NewEntity("jo", "", "jo@example.com", cfg))
	if passphrase != "" {
		if err := e.EncryptPrivateKeys([]byte(passphrase), cfg); err != nil {
			t.Fatal(err)
		}
	}
	var out bytes.Buffer
	w, err := armor.Encode(&out, openpgp.PrivateKeyType, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := e.SerializePrivateWithoutSigning(w, cfg); err != nil {
		t.Fatal(err)
	}
	w.Close()
	return strings.ToUpper(hexString(e.PrimaryKey.Fingerprint)), out.String()
}

// TestPGPKeyFiles works where there is no gpg.
func TestPGPKeyFiles(t *testing.T) {
	for _, passphrase := range []string{"", "correct horse"} {
		fp, armored := pgpEntity(t, passphrase, 0, time.Now())
		file := writeFile(t, t.TempDir()+"/key.asc", armored)
		for name, env := range map[string]*Env{
			"variable":   testEnv(t, map[string]string{"SOPS_GPG_EXEC": "no-such-gpg", "ENCFG_PGP_KEY_FILE": file}),
			"--identity": testEnv(t, map[string]string{"SOPS_GPG_EXEC": "no-such-gpg"}),
		} {
			t.Run(name+" "+passphrase, func(t *testing.T) {
				if name == "--identity" {
					env.IdentityFiles = []string{file}
				}
				right := &answer{text: passphrase}
				env.Prompt = right.prompt
				f := fixture{recipient: pgpRecipient(fp), owner: env, ciphertext: "enc"}
				checkRoundTrip(t, PGP{}, f)
				checkTampered(t, PGP{}, f)
				if want := min(len(passphrase), 1); right.asked != want {
					t.Errorf("asked %d times", right.asked)
				}
				if passphrase != "" {
					wrong := &answer{text: "battery staple"}
					env.Prompt, env.Cache = wrong.prompt, new(Cache)
					s := wrapFor(t, PGP{}, f, dataKey)
					if _, err := (PGP{}).Unwrap(t.Context(), env, s); err == nil || !strings.Contains(err.Error(), "wrong passphrase") {
						t.Errorf("error = %v", err)
					}
				}
			})
		}
	}
	fp, armored := pgpEntity(t, "", 3600, time.Now().Add(-48*time.Hour))
	env := testEnv(t, map[string]string{"ENCFG_PGP_KEY_FILE": writeFile(t, t.TempDir()+"/key.asc", armored)})
	if _, err := (PGP{}).Wrap(t.Context(), env, pgpRecipient(fp), dataKey); err == nil || !strings.Contains(err.Error(), "expired") {
		t.Errorf("error = %v", err)
	}
	for _, bad := range []string{"/nonexistent", writeFile(t, t.TempDir()+"/bad", "hunter2")} {
		env := testEnv(t, map[string]string{"ENCFG_PGP_KEY_FILE": bad})
		if _, err := (PGP{}).Wrap(t.Context(), env, pgpRecipient(fp), dataKey); err == nil || !strings.Contains(err.Error(), "ENCFG_PGP_KEY_FILE: "+bad) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("error = %v", err)
		}
	}
}

// TestPGPBothWays lets gpg and the library read each other's messages.
func TestPGPBothWays(t *testing.T) {
	g := newGnuPG(t)
	fp := g.key(t, "jo@example.com", "", "never")
	file := writeFile(t, t.TempDir()+"/key.asc", g.run(t, "", "--armor", "--export-secret-keys", fp))
	library := testEnv(t, map[string]string{"SOPS_GPG_EXEC": "no-such-gpg", "ENCFG_PGP_KEY_FILE": file})
	for _, pair := range [][2]*Env{{library, g.env(t)}, {g.env(t), library}} {
		s := must[Stanza](t)(PGP{}.Wrap(t.Context(), pair[0], pgpRecipient(fp), dataKey))
		if got := must[[]byte](t)(PGP{}.Unwrap(t.Context(), pair[1], s)); !bytes.Equal(got, dataKey) {
			t.Error("another key came back")
		}
	}
}
