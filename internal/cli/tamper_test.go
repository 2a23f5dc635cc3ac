package cli

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/encfg/encfg/keysource"
)

// call runs encfg in this process.
func call(stdin string, args ...string) (code int, stdout, stderr string) {
	var out, errs bytes.Buffer
	a := &app{ui: ui{in: strings.NewReader(stdin), out: &out, err: &errs, getenv: os.Getenv}}
	code = a.run(context.Background(), append([]string{"encfg"}, args...))
	return code, out.String(), errs.String()
}

// sample is a file for tests that damage it.
type sample struct{ name, text string }

var samples = []sample{
	{"s.json", "{\n  \"a\": \"canary-one\",\n  \"n\": 1.50, \"list\": [true, \"canary-two\"],\n  \"free_unencrypted\": \"open\", \"none\": null\n}\n"},
	{"s.yaml", "# canary-comment\na: canary-one # canary-side\nn: 0x1F\nlist: [true, 'canary-two']\ntext: |-\n  canary-three\n   more\nfree_unencrypted: open\nnone:\n"},
	{"s.env", "# canary-comment\nexport A='canary-one'\nB=\"two\nlines\"\nFREE_unencrypted=open\nNONE=\n"},
	{"s.bin", "canary-one\x00\xff\n"},
}

// sealed encrypts a sample and gives the encrypted text; home and key are set.
func sealed(t *testing.T, s sample) string {
	t.Helper()
	dir := t.TempDir()
	t.Setenv("HOME", dir)
	t.Setenv("XDG_CONFIG_HOME", dir)
	for _, v := range []string{"SOPS_AGE_KEY", "SOPS_AGE_KEY_FILE", "ENCFG_AGE_KEY_FILE", "ENCFG_AGE_KEY", "ENCFG_CONFIG", "SOPS_CONFIG"} {
		t.Setenv(v, "")
	}
	id, err := keysource.GenerateIdentity(false, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(dir, "encfg"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "encfg", "keys.txt"), []byte(id.File), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("ENCFG_AGE_RECIPIENTS", id.Public)
	code, out, errs := call(s.text, append([]string{"encrypt"}, s.kind()...)...)
	if code != 0 || strings.Contains(out, "canary") {
		t.Fatalf("exit code %d: %s", code, errs)
	}
	return out
}

// kind are the flags that name the format.
func (s sample) kind() []string {
	if filepath.Ext(s.name) == ".bin" {
		return []string{"--type", "binary"}
	}
	return []string{"--filename", s.name}
}

func (s sample) decrypt(text string) (code int, stdout, stderr string) {
	return call(text, append([]string{"decrypt"}, s.kind()...)...)
}

// checkRefusal holds what is true of every damaged file: it is refused without
// output, or it still decrypts to the very same text, or encfg warns.
func (s sample) checkRefusal(t *testing.T, what, damaged string) (code int) {
	t.Helper()
	code, out, errs := s.decrypt(damaged)
	switch {
	case code == 0 && out != s.text && !strings.Contains(errs, "warning: "):
		t.Errorf("%s %s: it decrypts to another text without a warning", s.name, what)
	case code != 0 && out != "":
		t.Errorf("%s %s: exit code %d, and there is output", s.name, what, code)
	case code != 0 && !strings.HasPrefix(errs, "encfg: "):
		t.Errorf("%s %s: exit code %d, and no message: %q", s.name, what, code, errs)
	case strings.Contains(errs, "canary") || traces.MatchString(errs) || strings.Contains(errs, "unexpectedly"):
		t.Errorf("%s %s: %s", s.name, what, errs)
	}
	return code
}

func TestDamagedTokens(t *testing.T) {
	tokens := regexp.MustCompile(`ENC\[AES256_GCM,data:([^,]*),iv:([^,]*),tag:([^,]*),type:(\w+)\]`)
	for _, s := range samples {
		enc := sealed(t, s)
		found := tokens.FindAllStringSubmatchIndex(enc, -1)
		if len(found) < 2 {
			t.Fatalf("%s has only %d tokens", s.name, len(found))
		}
		for _, m := range found {
			mac := regexp.MustCompile(`mac"?[:=] ?"?$`).MatchString(enc[:m[0]])
			for part := 1; part <= 3; part++ {
				start, end := m[2*part], m[2*part+1]
				// The first letter of a group of four: the last ones may hold bits that
				// no byte has.
				for _, at := range []int{start, start + (end-start)/8*4} {
					letter := byte('A')
					if enc[at] == letter {
						letter = 'B'
					}
					code, out, errs := s.decrypt(enc[:at] + string(letter) + enc[at+1:])
					want := exitCannotDecrypt
					if mac {
						want = exitMACMismatch
					}
					if code != want || out != "" {
						t.Errorf("%s, token %.30s, part %d: exit code %d, want %d, %d bytes of output: %s", s.name, enc[m[0]-20:m[0]], part, code, want, len(out), errs)
					}
				}
			}
		}
	}
}

func TestEveryBitFlipped(t *testing.T) {
	for _, s := range samples {
		enc := sealed(t, s)
		codes := map[int]int{}
		step := 2
		if testing.Short() {
			step = 7
		}
		// Without its name, our part of the block is unknown, as after a change by
		// sops: then nobody can tell whether the bytes are the original ones.
		own := strings.Index(enc, "encfg")
		for i := 0; i < len(enc); i += step {
			if i >= own && i < own+len("encfg") {
				continue
			}
			damaged := []byte(enc)
			damaged[i] ^= 1 << (i % 7)
			codes[s.checkRefusal(t, "with a flipped bit", string(damaged))]++
		}
		if codes[exitCannotDecrypt] == 0 || codes[exitMACMismatch] == 0 {
			t.Errorf("%s: exit codes %v", s.name, codes)
		}
	}
}

func TestTruncated(t *testing.T) {
	for _, s := range samples {
		enc := sealed(t, s)
		for n := range len(enc) {
			if code := s.checkRefusal(t, "truncated", enc[:n]); code == 0 && n < len(enc)*9/10 {
				t.Errorf("%s: %d of %d bytes decrypt", s.name, n, len(enc))
			}
		}
	}
}

func TestLinesRemovedAndSwapped(t *testing.T) {
	for _, s := range samples {
		enc := sealed(t, s)
		lines := strings.SplitAfter(enc, "\n")
		for i := range lines {
			s.checkRefusal(t, "without a line", strings.Join(slices.Delete(slices.Clone(lines), i, i+1), ""))
			for j := i + 1; j < len(lines); j++ {
				swapped := slices.Clone(lines)
				swapped[i], swapped[j] = swapped[j], swapped[i]
				s.checkRefusal(t, "with two lines exchanged", strings.Join(swapped, ""))
			}
		}
	}
}

func TestDeepNesting(t *testing.T) {
	const depth = 10_001
	s := sample{name: "s.json", text: `{"a":"canary"}`}
	sealed(t, s)
	for name, text := range map[string]string{
		"deep.json":   `{"a":` + strings.Repeat("[", depth) + `"canary"` + strings.Repeat("]", depth) + "}",
		"deep2.json":  strings.Repeat(`{"a":`, depth) + `"canary"` + strings.Repeat("}", depth),
		"open.json":   strings.Repeat(`{"a":`, depth),
		"deep.yaml":   "a: " + strings.Repeat("[", depth) + "canary" + strings.Repeat("]", depth) + "\n",
		"deep2.yaml":  strings.Repeat("{a: ", depth) + "canary" + strings.Repeat("}", depth) + "\n",
		"open.yaml":   strings.Repeat("[", depth),
		"dashes.yaml": strings.Repeat("- ", depth) + "canary\n",
	} {
		begin := time.Now()
		code, out, errs := call(text, "encrypt", "--filename", name, "-n")
		if code == 0 || out != "" || traces.MatchString(errs) || strings.Contains(errs, "unexpectedly") {
			t.Errorf("%s: exit code %d: %.200s", name, code, errs)
		}
		t.Logf("%s: %.120q in %v", name, errs, time.Since(begin).Round(time.Millisecond))
	}
}
