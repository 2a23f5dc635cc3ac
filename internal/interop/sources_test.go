//go:build interop

package interop

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/encfg/encfg/internal/standin"
	"github.com/encfg/encfg/internal/testneed"
	"github.com/encfg/encfg/keysource"
)

// source is a way to lock a file that both programs are told of in the same
// words.
type source struct {
	name, flag, recipient string
	env                   []string
}

const plainFile = "# a comment\nname: value\nlist:\n  - 1\n  - true\n"

// TestSources lets encfg and sops read each other's files for every key source,
// against the same server.
func TestSources(t *testing.T) {
	l := newLab(t)
	for _, s := range []func(*testing.T, *lab) source{ageX25519, agePQ, ageSSH, pgpSource, kmsSource, kmsAliasSource, vaultSource, gcpSource, azureSource} {
		var made source
		if !t.Run("setup", func(t2 *testing.T) { made = s(t, l) }) || made.name == "" {
			continue
		}
		t.Run(made.name, func(t *testing.T) {
			l := &lab{encfg: l.encfg, sops: l.sops, env: append(withoutRecipients(l.env), made.env...), count: map[string]int{}}
			flag := []string{"--" + made.flag, made.recipient}
			l.exchange(t, with("encrypt", flag), with("encrypt", []string{"--in-place"}, flag))
		})
	}
}

func withoutRecipients(env []string) []string {
	var out []string
	for _, v := range env {
		if !strings.HasPrefix(v, "SOPS_AGE_RECIPIENTS=") {
			out = append(out, v)
		}
	}
	return out
}

// exchange encrypts a file with each program and decrypts it with the other.
func (l *lab) exchange(t *testing.T, encfg, sops []string) {
	t.Helper()
	for _, way := range []struct {
		encrypt, decrypt string
		args             []string
	}{{l.encfg, l.sops, encfg}, {l.sops, l.encfg, sops}, {l.encfg, l.encfg, encfg}} {
		file := sample{name: "file.yaml"}.put(t, plainFile)
		l.must(t, way.encrypt, append(way.args, file)...)
		got := l.must(t, way.decrypt, "decrypt", file)
		if strings.Join(strings.Fields(got), " ") != strings.Join(strings.Fields(plainFile), " ") {
			t.Errorf("%s wrote, %s read:\n%s", filepath.Base(way.encrypt), filepath.Base(way.decrypt), got)
		}
	}
}

func ageX25519(_ *testing.T, l *lab) source { return source{"age", "age", l.id, nil} }

func agePQ(t *testing.T, l *lab) source {
	id := generated(t, true)
	return source{"age post-quantum", "age", id.Public, []string{"SOPS_AGE_KEY=" + id.Secret}}
}

func ageSSH(t *testing.T, l *lab) source {
	keygen := testneed.Command(t, "ssh-keygen", "install openssh-client")
	file := filepath.Join(t.TempDir(), "id_ed25519")
	if out, err := exec.Command(keygen, "-q", "-t", "ed25519", "-N", "", "-C", "jo@example.com", "-f", file).CombinedOutput(); err != nil {
		t.Fatalf("%s", out)
	}
	public, err := os.ReadFile(file + ".pub")
	if err != nil {
		t.Fatal(err)
	}
	return source{"age with an SSH key", "age", strings.TrimSpace(string(public)), []string{"SOPS_AGE_SSH_PRIVATE_KEY_FILE=" + file}}
}

func pgpSource(t *testing.T, l *lab) source {
	gpg := testneed.Command(t, "gpg", "install gnupg")
	home, err := os.MkdirTemp("/tmp", "gpg") // the path of a socket in it must be short
	if err != nil {
		t.Fatal(err)
	}
	env := append(os.Environ(), "GNUPGHOME="+home)
	run := func(name string, args ...string) string {
		cmd := exec.Command(name, args...)
		cmd.Env = env
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%s %v: %v", name, args, err)
		}
		return string(out)
	}
	t.Cleanup(func() { run("gpgconf", "--kill", "gpg-agent"); os.RemoveAll(home) })
	run(gpg, "--batch", "--quiet", "--passphrase", "", "--quick-gen-key", "jo@example.com", "future-default", "default", "never")
	for line := range strings.Lines(run(gpg, "--batch", "--with-colons", "--list-keys")) {
		if f := strings.Split(line, ":"); f[0] == "fpr" {
			return source{"pgp", "pgp", f[9], []string{"GNUPGHOME=" + home}}
		}
	}
	t.Fatal("gpg made no key")
	return source{}
}

// kmsSource assumes a role in moto, which checks that it is one that may.
func kmsSource(t *testing.T, l *lab) source {
	names := standin.NewMoto(t)
	return source{"kms with a role", "kms", names.First + "+" + names.Role + "," + names.Second + "+" + names.Role, awsNow()}
}

func kmsAliasSource(t *testing.T, l *lab) source {
	standin.NewAWS(t)
	return source{"kms alias", "kms", "arn:aws:kms:eu-west-1:111122223333:alias/app", awsNow()}
}

// awsNow are the variables of the SDK as the last server set them.
func awsNow() []string {
	var out []string
	for _, v := range os.Environ() {
		if strings.HasPrefix(v, "AWS_") && !strings.HasSuffix(v, "=") {
			out = append(out, v)
		}
	}
	return out
}

// vaultSource uses Vault's own transit engine, built apart.
func vaultSource(t *testing.T, l *lab) source {
	dir := t.TempDir()
	for _, name := range []string{"go.mod", "main.go"} {
		text, err := os.ReadFile(filepath.Join("vaultserver", name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	build := exec.Command("go", "build", "-mod=mod", "-o", "vaultserver", ".")
	build.Dir = dir
	if _, err := build.Output(); err != nil {
		testneed.Skip(t, "Vault's transit engine cannot be built: it needs the Go module proxy")
	}
	url := standin.StartServer(t, nil, filepath.Join(dir, "vaultserver"), "127.0.0.1:PORT")
	return source{"hc_vault", "hc-vault-transit", url + "/v1/team/transit/keys/app", []string{"VAULT_TOKEN=t0ken"}}
}

func gcpSource(t *testing.T, l *lab) source {
	srv := standin.NewGCP(t)
	return source{"gcp_kms", "gcp-kms", standin.GCPKey, []string{
		"SOPS_GCP_KMS_ENDPOINT=" + srv.URL, "SOPS_GCP_KMS_CLIENT_TYPE=rest", "GOOGLE_OAUTH_ACCESS_TOKEN=t0ken"}}
}

func azureSource(t *testing.T, l *lab) source {
	return source{"azure_kv", "azure-kv", standin.AzureKey, standin.AzureProgram(t)}
}

// TestKeyGroups exchanges files whose data key is shared among three groups, of
// which two are needed and at hand.
func TestKeyGroups(t *testing.T) {
	l := newLab(t)
	a, b, other := generated(t, false), generated(t, true), generated(t, false)
	dir := t.TempDir()
	config := "creation_rules:\n  - shamir_threshold: 2\n    key_groups:\n      - age: [" + a.Public + "]\n      - age: [" +
		other.Public + "]\n      - age: [" + other.Public + ", " + b.Public + "]\n"
	if err := os.WriteFile(filepath.Join(dir, ".sops.yaml"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	l.env = append(withoutRecipients(l.env), "SOPS_AGE_KEY="+a.Secret+" "+b.Secret, "SOPS_CONFIG="+filepath.Join(dir, ".sops.yaml"))
	l.exchange(t, []string{"encrypt"}, []string{"encrypt", "--in-place"})
}

func generated(t *testing.T, pq bool) keysource.Identity {
	t.Helper()
	id, err := keysource.GenerateIdentity(pq, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return id
}
