package keysource

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"filippo.io/age"
	"filippo.io/age/armor"

	"github.com/encfg/encfg/internal/testneed"
)

func writeFile(t *testing.T, name, content string) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// TestAgePlaces finds an identity in every place, alone and beside another one.
func TestAgePlaces(t *testing.T) {
	id, other := newAge(t, false), newAge(t, true)
	file := writeFile(t, filepath.Join(t.TempDir(), "my keys.txt"), "# a comment\r\n\r\n"+other.Secret+"\r\n"+id.Secret+"\r\n")
	for name, set := range map[string]func(*Env, map[string]string){
		"SOPS_AGE_KEY":       func(_ *Env, v map[string]string) { v["SOPS_AGE_KEY"] = other.File + id.Secret },
		"several on a line":  func(_ *Env, v map[string]string) { v["SOPS_AGE_KEY"] = other.Secret + " " + id.Secret },
		"ENCFG_AGE_KEY":      func(_ *Env, v map[string]string) { v["ENCFG_AGE_KEY"] = id.Secret; v["SOPS_AGE_KEY"] = "nonsense" },
		"SOPS_AGE_KEY_FILE":  func(_ *Env, v map[string]string) { v["SOPS_AGE_KEY_FILE"] = file },
		"ENCFG_AGE_KEY_FILE": func(_ *Env, v map[string]string) { v["ENCFG_AGE_KEY_FILE"] = file },
		"SOPS_AGE_KEY_CMD":   func(_ *Env, v map[string]string) { v["SOPS_AGE_KEY_CMD"] = "cat '" + file + "'" },
		"--identity":         func(e *Env, _ map[string]string) { e.IdentityFiles = []string{file} },
		"encfg/keys.txt": func(e *Env, _ map[string]string) {
			writeFile(t, filepath.Join(e.ConfigDir, "encfg", "keys.txt"), id.File)
		},
		"sops/age/keys.txt": func(e *Env, _ map[string]string) {
			writeFile(t, filepath.Join(e.ConfigDir, "sops", "age", "keys.txt"), id.File)
		},
		"a wrong file beside it": func(_ *Env, v map[string]string) {
			v["SOPS_AGE_KEY_FILE"] = "/nonexistent"
			v["SOPS_AGE_KEY_CMD"] = "cat '" + file + "'"
		},
	} {
		t.Run(name, func(t *testing.T) {
			if runtime.GOOS == "windows" && strings.Contains(name, "CMD") {
				t.Skip("there is no cat")
			}
			variables := map[string]string{}
			env := testEnv(t, variables)
			set(env, variables)
			checkRoundTrip(t, Age{}, fixture{owner: env, recipient: ageRecipient(id.Public), ciphertext: "enc"})
		})
	}
}

// TestAgeProblems checks what is said about places that cannot be used.
func TestAgeProblems(t *testing.T) {
	id, other := newAge(t, false), newAge(t, false)
	dir := t.TempDir()
	broken := []byte(other.Secret)
	broken[30]++
	if broken[30] == 'Z'+1 || broken[30] == '9'+1 || strings.IndexByte("BIO1", broken[30]) >= 0 {
		broken[30] = 'Q'
	}
	write := func(name, content string) string { return writeFile(t, filepath.Join(dir, name), content) }
	for name, tt := range map[string]struct {
		variables map[string]string
		want      string
	}{
		"missing":          {map[string]string{"SOPS_AGE_KEY_FILE": filepath.Join(dir, "none")}, "SOPS_AGE_KEY_FILE: " + filepath.Join(dir, "none") + ": no such file"},
		"a folder":         {map[string]string{"ENCFG_AGE_KEY_FILE": dir}, "ENCFG_AGE_KEY_FILE: " + dir + ": is a directory"},
		"empty":            {map[string]string{"SOPS_AGE_KEY_FILE": write("empty", "# nothing\n")}, "holds no identity"},
		"bad checksum":     {map[string]string{"SOPS_AGE_KEY_FILE": write("sum", "\n# x\n"+string(broken)+"\n")}, "line 3: malformed secret key: bad checksum"},
		"public key":       {map[string]string{"SOPS_AGE_KEY": id.Public}, "SOPS_AGE_KEY: line 1: a public key where"},
		"something else":   {map[string]string{"SOPS_AGE_KEY": other.Secret + "\nhunter2hunter2"}, "SOPS_AGE_KEY: line 2: not an age identity"},
		"a false ssh key":  {map[string]string{"SOPS_AGE_KEY_FILE": write("pem", "-----BEGIN RSA PRIVATE KEY-----\nhunter2hunter2\n")}, "malformed SSH private key"},
		"unknown program":  {map[string]string{"SOPS_AGE_KEY_CMD": "no-such-program-anywhere hunter2hunter2"}, `SOPS_AGE_KEY_CMD: program "no-such-program-anywhere" not found`},
		"failing program":  {map[string]string{"SOPS_AGE_KEY_CMD": "sh -c 'echo hunter2hunter2 >&2; exit 3'"}, "SOPS_AGE_KEY_CMD: the command failed (exit status 3)"},
		"unbalanced quote": {map[string]string{"SOPS_AGE_KEY_CMD": "cat 'hunter2hunter2"}, "SOPS_AGE_KEY_CMD: not a command line"},
	} {
		t.Run(name, func(t *testing.T) {
			env := testEnv(t, tt.variables)
			s := must[Stanza](t)(Age{}.Wrap(t.Context(), env, ageRecipient(id.Public), dataKey))
			_, err := Age{}.Unwrap(t.Context(), env, s)
			if err == nil || !strings.Contains(err.Error(), tt.want) || errors.Is(err, ErrNotMine) {
				t.Fatalf("error = %v, want %q", err, tt.want)
			}
			for _, secret := range []string{"hunter2", string(broken[20:40]), other.Secret[20:40]} {
				if strings.Contains(err.Error(), secret) {
					t.Errorf("the error tells a secret: %v", err)
				}
			}
		})
	}
}

func TestAgeNamedOnTheCommandLine(t *testing.T) {
	id := newAge(t, false)
	env := testEnv(t, map[string]string{"SOPS_AGE_KEY": id.Secret})
	env.IdentityFiles = []string{"/nonexistent"}
	s := must[Stanza](t)(Age{}.Wrap(t.Context(), env, ageRecipient(id.Public), dataKey))
	if _, err := (Age{}).Unwrap(t.Context(), env, s); err == nil || !strings.Contains(err.Error(), "--identity /nonexistent: no such file") {
		t.Errorf("error = %v", err)
	}
}

func TestAgeLooked(t *testing.T) {
	env := testEnv(t, map[string]string{"SOPS_AGE_KEY": newAge(t, false).Secret})
	s := must[Stanza](t)(Age{}.Wrap(t.Context(), env, ageRecipient(newAge(t, false).Public), dataKey))
	_, err := Age{}.Unwrap(t.Context(), env, s)
	var no *NoIdentityError
	if !errors.As(err, &no) {
		t.Fatal(err)
	}
	want := []string{
		"SOPS_AGE_KEY: 1 key, does not fit",
		"SOPS_AGE_KEY_FILE: not set",
		filepath.Join(env.ConfigDir, "encfg", "keys.txt") + ": no key",
		filepath.Join(env.ConfigDir, "sops", "age", "keys.txt") + ": no key",
		"the keyring: not there",
		"SOPS_AGE_KEY_CMD: not set",
	}
	if got := strings.Join(no.Looked, "\n"); got != strings.Join(want, "\n") {
		t.Errorf("looked in\n%s", got)
	}
}

func TestAgeDamagedIsNotMissing(t *testing.T) {
	id := newAge(t, false)
	env := testEnv(t, map[string]string{"SOPS_AGE_KEY": id.Secret})
	s := must[Stanza](t)(Age{}.Wrap(t.Context(), env, ageRecipient(newAge(t, false).Public), dataKey))
	s.Fields[0].Value = id.Public
	if _, err := (Age{}).Unwrap(t.Context(), env, s); err == nil || !strings.Contains(err.Error(), "damaged") {
		t.Errorf("error = %v", err)
	}
}

// answer is a Prompt that gives one answer and counts the questions.
type answer struct {
	text  string
	asked int
}

func (a *answer) prompt(context.Context, string) (string, error) { a.asked++; return a.text, nil }

func TestAgePassphrase(t *testing.T) {
	id := newAge(t, false)
	for _, armored := range []bool{false, true} {
		t.Run(fmt.Sprint("armored ", armored), func(t *testing.T) {
			file := writeFile(t, filepath.Join(t.TempDir(), "keys.age"), encryptedFile(t, id.File, "correct horse", armored))
			env := testEnv(t, map[string]string{"SOPS_AGE_KEY_FILE": file})
			s := must[Stanza](t)(Age{}.Wrap(t.Context(), env, ageRecipient(id.Public), dataKey))

			if _, err := (Age{}).Unwrap(t.Context(), env, s); !errors.Is(err, errNobodyToAsk) || !strings.Contains(err.Error(), file) {
				t.Errorf("with nobody to ask: %v", err)
			}
			wrong := &answer{text: "battery staple"}
			env.Prompt, env.Cache = wrong.prompt, new(Cache)
			for range 2 {
				if _, err := (Age{}).Unwrap(t.Context(), env, s); err == nil || !strings.Contains(err.Error(), "wrong passphrase") {
					t.Errorf("with a wrong passphrase: %v", err)
				}
			}
			right := &answer{text: "correct horse"}
			env.Prompt, env.Cache = right.prompt, new(Cache)
			for range 2 {
				if got, err := (Age{}).Unwrap(t.Context(), env, s); err != nil || !bytes.Equal(got, dataKey) {
					t.Errorf("with the passphrase: %v", err)
				}
			}
			if wrong.asked != 1 || right.asked != 1 {
				t.Errorf("asked %d and %d times", wrong.asked, right.asked)
			}
		})
	}
}

func encryptedFile(t *testing.T, content, passphrase string, armored bool) string {
	var out bytes.Buffer
	var w io.Writer = &out
	if armored {
		a := armor.NewWriter(&out)
		defer a.Close()
		w = a
	}
	r := must[*age.ScryptRecipient](t)(age.NewScryptRecipient(passphrase))
	r.SetWorkFactor(10)
	e := must[io.WriteCloser](t)(age.Encrypt(w, r))
	io.WriteString(e, content)
	e.Close()
	if c, ok := w.(io.Closer); ok {
		c.Close()
	}
	return out.String()
}

// TestAgeAsksLast makes sure that no passphrase is asked for while a later
// recipient's key lies open.
func TestAgeAsksLast(t *testing.T) {
	locked, open := newAge(t, false), newAge(t, false)
	file := writeFile(t, filepath.Join(t.TempDir(), "keys.age"), encryptedFile(t, locked.File, "correct horse", true))
	env := testEnv(t, map[string]string{"SOPS_AGE_KEY_FILE": file, "SOPS_AGE_KEY": open.Secret})
	a := &answer{text: "correct horse"}
	env.Prompt = a.prompt
	s := must[[][]Stanza](t)(Lock(t.Context(), env, [][]Recipient{{ageRecipient(locked.Public), ageRecipient(open.Public)}}, 0, dataKey))
	must[[]byte](t)(Unlock(t.Context(), env, s, 0))
	if a.asked != 0 {
		t.Error("asked although a key lies open")
	}
	must[[]byte](t)(Unlock(t.Context(), env, [][]Stanza{s[0][:1]}, 0))
	if a.asked != 1 {
		t.Errorf("asked %d times", a.asked)
	}
}

func TestAgeSSH(t *testing.T) {
	keygen := testneed.Command(t, "ssh-keygen", "install openssh-client")
	for _, kind := range []string{"ed25519", "rsa"} {
		for _, passphrase := range []string{"", "correct horse"} {
			t.Run(kind+" "+passphrase, func(t *testing.T) {
				env := testEnv(t, nil)
				file := filepath.Join(env.Home, ".ssh", "id_"+kind)
				os.MkdirAll(filepath.Dir(file), 0o700)
				if out, err := exec.Command(keygen, "-q", "-t", kind, "-N", passphrase, "-C", "jo@example.com", "-f", file).CombinedOutput(); err != nil {
					t.Fatalf("%s", out)
				}
				public := strings.TrimSpace(string(must[[]byte](t)(os.ReadFile(file + ".pub"))))
				all := must[[]Recipient](t)(Age{}.Parse(newAge(t, false).Public + ", " + public))
				if len(all) != 2 || all[1].ID != public {
					t.Fatalf("parsed %v", all)
				}
				a := &answer{text: passphrase}
				env.Prompt = a.prompt
				f := fixture{owner: env, recipient: all[1], ciphertext: "enc"}
				checkRoundTrip(t, Age{}, f)
				if passphrase != "" && a.asked != 1 {
					t.Errorf("asked %d times", a.asked)
				}
				if passphrase != "" {
					return
				}
				for _, name := range []string{"SOPS_AGE_SSH_PRIVATE_KEY_FILE", "SOPS_AGE_SSH_PRIVATE_KEY_CMD", "SOPS_AGE_KEY_FILE"} {
					value := file
					if strings.HasSuffix(name, "CMD") {
						value = "cat " + file
					}
					f.owner = testEnv(t, map[string]string{name: value})
					checkRoundTrip(t, Age{}, f)
				}
				f.stranger = testEnv(t, nil)
				checkStranger(t, Age{}, f)
			})
		}
	}
}

// TestAgePlugin uses the plugin that re-implements the post-quantum keys.
func TestAgePlugin(t *testing.T) {
	bin := testneed.Command(t, "age-plugin-pq", "go install filippo.io/age/extra/age-plugin-pq@v1.3.2")
	id := newAge(t, true)
	cmd := exec.Command(bin, "-identity")
	cmd.Stdin = strings.NewReader(id.File)
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	env := testEnv(t, map[string]string{"SOPS_AGE_KEY": pluginLine(t, string(out))})
	checkRoundTrip(t, Age{}, fixture{owner: env, recipient: ageRecipient(id.Public), ciphertext: "enc"})
}

func pluginLine(t *testing.T, text string) string {
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "AGE-PLUGIN-") {
			return strings.TrimSpace(line)
		}
	}
	t.Fatal("the plugin printed no identity")
	return ""
}

func TestAgePluginMissing(t *testing.T) {
	r := "age1nosuchplugin1"
	_, err := Age{}.Wrap(t.Context(), testEnv(t, nil), must[[]Recipient](t)(Age{}.Parse(encodePlugin(t, r)))[0], dataKey)
	var e *Error
	if !errors.As(err, &e) || !strings.Contains(e.Error(), "age-plugin-nosuchplugin is not installed") || e.Hint == "" {
		t.Errorf("error = %v", err)
	}
}

// TestAgeRealProgram lets age itself read our stanza.
func TestAgeRealProgram(t *testing.T) {
	bin := testneed.Command(t, "age", "go install filippo.io/age/cmd/age@v1.3.2")
	for _, pq := range []bool{false, true} {
		id := newAge(t, pq)
		keys := writeFile(t, filepath.Join(t.TempDir(), "keys.txt"), id.File)
		s := must[Stanza](t)(Age{}.Wrap(t.Context(), testEnv(t, nil), ageRecipient(id.Public), dataKey))
		cmd := exec.Command(bin, "-d", "-i", keys)
		cmd.Stdin = strings.NewReader(s.Get("enc"))
		if out, err := cmd.Output(); err != nil || !bytes.Equal(out, dataKey) {
			t.Errorf("age -d: %v", err)
		}
	}
}
