package formats

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"filippo.io/age"
	"filippo.io/age/armor"
	"github.com/encfg/encfg/internal/testneed"
	"gopkg.in/yaml.v3"
)

// yamlComments has comments in every position.
const yamlComments = `# head

# head of a
a: 1 # behind a
# foot of a

# before b
b: # behind the key
  # first in b
  c: 2 # behind c
  # foot in b

  # before d
  d:
    - x # behind x
    # between
    - y
    # end of the list
  # dedented
# dedented more
l: # on l
- # on the dash
  k: v # behind v
  # in the item
- - z # deep
  # after z
#
f: [ # open
  1, # behind 1
  # own line
  2 # behind 2
  # last
] # closed
m: {k: v} # behind m
t: |
  text
# below the text
e:
  # only a comment
g: [] # behind an empty list
h:
  i: [] # behind an empty list
  # and another
  j: {} # behind an empty mapping
k:
- [] # in a list
- x: [] # in a mapping
n: # of null
# the end
`

// What sops encrypts can be opened with the places that ParseEncrypted gives,
// in the order of the MAC; and what cannot, sops cannot either.
func TestYAMLReadsSops(t *testing.T) {
	s := newSops(t)
	sources := []string{yamlComments}
	for _, src := range yamlSeeds(t) {
		if strings.Contains(src, "#") {
			sources = append(sources, src)
		}
	}
	for seed := range uint64(25) {
		sources = append(sources, generateYAML(seed))
	}
	read := 0
	for _, src := range sources {
		enc, _, err := s.run("encrypt", src)
		if err != nil && src == yamlComments {
			t.Fatal(err)
		}
		if err != nil {
			continue // sops refuses more than we do
		}
		read++
		plain, _, err := s.run("decrypt", enc)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.check(enc, plain); err != nil {
			t.Errorf("%v\nsource:\n%s\nencrypted:\n%s", err, src, enc)
		}
	}
	if read < 15 {
		t.Errorf("sops took only %d files", read)
	}
}

// sopsRunner runs the real sops with a key of its own.
type sopsRunner struct {
	binary, dir string
	identity    *age.X25519Identity
}

func newSops(t *testing.T) *sopsRunner {
	t.Helper()
	s := &sopsRunner{dir: t.TempDir()}
	var err error
	if s.binary, err = exec.LookPath("sops"); err != nil {
		home, _ := os.UserHomeDir()
		s.binary = filepath.Join(home, "go", "bin", "sops")
		if _, err := os.Stat(s.binary); err != nil {
			testneed.Skip(t, "sops is missing: go install github.com/getsops/sops/v3/cmd/sops@v3.13.3")
		}
	}
	if s.identity, err = age.GenerateX25519Identity(); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *sopsRunner) run(command, text string) (out, stderr string, err error) {
	file := filepath.Join(s.dir, "file.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		return "", "", err
	}
	cmd := exec.Command(s.binary, command, file)
	cmd.Dir = s.dir
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + s.dir, "SOPS_DISABLE_VERSION_CHECK=1",
		"SOPS_AGE_RECIPIENTS=" + s.identity.Recipient().String(), "SOPS_AGE_KEY=" + s.identity.String()}
	var o, e bytes.Buffer
	cmd.Stdout, cmd.Stderr = &o, &e
	if err = cmd.Run(); err != nil {
		err = fmt.Errorf("sops %s: %w: %s", command, err, e.String())
	}
	return o.String(), e.String(), err
}

// check opens every token of a file that sops wrote.
func (s *sopsRunner) check(enc, plain string) error {
	f := YAML{}
	d, err := f.ParseEncrypted([]byte(enc))
	if err != nil {
		return err
	}
	key, err := s.dataKey(d.Metadata)
	if err != nil {
		return err
	}
	mac := sha512.New()
	var reps []Replacement
	for i := range d.Leaves {
		l := &d.Leaves[i]
		if !strings.HasPrefix(l.Value, "ENC[AES256_GCM") {
			if l.Type != Comment && l.Type != Null {
				io.WriteString(mac, l.Value)
			}
			continue
		}
		text, typ, err := openToken(key, l.Value, l.At.AAD())
		switch {
		case err == nil && typ != "comment":
			mac.Write(text)
			t, _ := ParseType(typ)
			reps = append(reps, Replacement{l.Start, l.End, f.Spell(l, t, string(text))})
		case err == nil && strings.Contains(plain, l.Value):
			return fmt.Errorf("sops cannot open the comment of leaf %d at %s", i, l.At)
		case err == nil && l.Type == Comment:
			reps = append(reps, Replacement{l.Start, l.End, string(text)})
		case err == nil:
			reps = append(reps, f.RestoreComment(d, i, string(text)))
		case err != nil && l.Type == Comment && l.At == nil && !strings.Contains(plain, l.Value):
			// yaml.v3 drops it, and sops loses it
		case err != nil && (typ != "comment" || !strings.Contains(plain, l.Value)):
			return fmt.Errorf("leaf %d at %s: %w, and sops can", i, l.At, err)
		}
	}
	sealed, _ := d.Metadata.Get("mac")
	stamp, _ := d.Metadata.Get("lastmodified")
	want, _, err := openToken(key, fmt.Sprint(sealed), fmt.Sprint(stamp))
	if err != nil {
		return fmt.Errorf("the MAC: %w", err)
	}
	if got := fmt.Sprintf("%X", mac.Sum(nil)); got != string(want) {
		return fmt.Errorf("the MAC is %s, want %s", got, want)
	}
	for _, span := range d.MetadataSpans {
		reps = append(reps, Replacement{span.Start, span.End, ""})
	}
	slices.SortFunc(reps, func(a, b Replacement) int { return a.Start - b.Start })
	return sameTrees(string(Splice(d.Source, reps)), plain)
}

// sameTrees compares what two texts say. A document without values may be
// missing; whole floats may look like integers.
func sameTrees(got, want string) error {
	var trees [2]string
	for i, text := range []string{got, want} {
		dec := yaml.NewDecoder(strings.NewReader(text))
		for {
			var v any
			err := dec.Decode(&v)
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				return fmt.Errorf("%w in\n%s", err, text)
			}
			if s := fmt.Sprintf("%v", v); s != "map[]" && s != "<nil>" {
				trees[i] += s + "\n"
			}
		}
	}
	if trees[0] != trees[1] {
		return fmt.Errorf("decrypted:\n%s\nby sops:\n%s", got, want)
	}
	return nil
}

func (s *sopsRunner) dataKey(m Map) ([]byte, error) {
	list, _ := m.Get("age")
	enc, _ := list.([]any)[0].(Map).Get("enc")
	r, err := age.Decrypt(armor.NewReader(strings.NewReader(fmt.Sprint(enc))), s.identity)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

var tokenParts = regexp.MustCompile(`^ENC\[AES256_GCM,data:(.*),iv:(.*),tag:(.*),type:(.*)\]$`)

// openToken decrypts a token as sops does.
func openToken(key []byte, token, aad string) (plain []byte, typ string, err error) {
	parts := tokenParts.FindStringSubmatch(token)
	if parts == nil {
		return nil, "", fmt.Errorf("no token: %q", token)
	}
	var bin [3][]byte
	for i := range bin {
		if bin[i], err = base64.StdEncoding.DecodeString(parts[i+1]); err != nil {
			return nil, "", err
		}
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, "", err
	}
	gcm, err := cipher.NewGCMWithNonceSize(block, len(bin[1]))
	if err != nil {
		return nil, "", err
	}
	plain, err = gcm.Open(nil, bin[1], append(bin[0], bin[2]...), []byte(aad))
	return plain, parts[4], err
}
