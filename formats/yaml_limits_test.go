package formats

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// What is refused is refused with a hint, and without showing what the file says.
func TestYAMLErrors(t *testing.T) {
	const secret = "hunter2"
	for _, c := range []struct{ src, want string }{
		{"a: \"" + secret + "\\q\"\n", "an unknown escape"},
		{"a: " + secret + ": b\n", "a colon where no key can stand"},
		{"a: '" + secret + "\n", "a quote is not closed"},
		{"a: [" + secret + "\n", "not closed"},
		{"a: *" + secret + "\n", "an anchor that is not there"},
		{"a: !!int " + secret + "\n", "does not fit its tag"},
		{"a: !!binary " + secret + "!\n", "does not fit its tag"},
		{"a: !!float 18446744073709551615\n", "does not fit its tag"},
		{"a: !" + secret + "!x y\n", "undefined handle"},
		{"a:\n  b: " + secret + "\n c: 1\n", "indented wrongly"},
		{"%YAML 1.2\n---\na: " + secret + "\n", "another version"},
		{"a: \"x\u0001\"\n", "a control character"},
		{"a: \xff\n", "not valid UTF-8"},
		{"\xff\xfea\x00", "UTF-16"},
		{"a\x00:\x00 \x00b\x00", "not a UTF-8 text"},
		{"{[" + secret + "]: 1}\n", "a key that is a list"},
		{"a: 1\n'a': 2\n", "stands twice"},
		{"1: a\n'1': b\n", "stands twice"},
		{"a: 1\n---\nb: 1\nb: 2\n", "stands twice"},
		{"a: &x\n  b: [*x]\n", "contains it"},
		{"<<: " + secret + "\n", "a merge key"},
		{"a: &x b\n---\n*x\n", "only an alias"},
		{strings.Repeat("[", 20_000), "nested too deeply"},
		{strings.Repeat("- ", 20_000) + "x\n", "nested too deeply"},
		{strings.Repeat("{a: ", 10_001) + "x" + strings.Repeat("}", 10_001), "nested too deeply"},
		{bomb(9), "too much text"},
		{"a: &a " + strings.Repeat("x", 1<<20) + "\nb: [" + strings.Repeat("*a, ", 20) + "]\n", "too much text"},
	} {
		_, err := YAML{}.Parse([]byte(c.src))
		var e *Error
		if !errors.As(err, &e) || !strings.Contains(e.Msg, c.want) || e.Hint == "" {
			t.Errorf("%.60q: got %v, want %q and a hint", c.src, err, c.want)
			continue
		}
		if strings.Contains(e.Error()+e.Hint, secret) {
			t.Errorf("%.60q: the error shows the file: %v", c.src, err)
		}
	}
}

// Errors for which yaml.v3 has no line get one where it is certain; a file with
// aliases is not taken for an encrypted one.
func TestYAMLErrorLines(t *testing.T) {
	for _, c := range []struct {
		src  string
		line int
	}{
		{"a: 1\nb: [*x, 2]\n", 2},
		{"a: 1\nb: '*x'\nc: *x\n", 3},
		{"a: 1\nb: \"say *x \"\nc: *x\n", 0}, // two places
		{"# c\n%YAML 1.2\n---\na: 1\n", 2},
		{"a: 1\nb:\n  c: 1\n d: 1\n", 4},
		{"a: 1\nb: \"x\" y\nc: 1\n", 2},
		{"a: 1\nb: {x: 1\nc: 1\n", 2},
		{"a: [\n", 1},
		{"a: 1\nb: c: d\n", 2},
		{"a: 1\nb: \"x\n", 2},
	} {
		_, err := YAML{}.Parse([]byte(c.src))
		var e *Error
		if !errors.As(err, &e) || e.Line != c.line {
			t.Errorf("%q: got %v, want an error in line %d", c.src, err, c.line)
		}
	}
	const plain = "a: &x 1\nb: *x\nc: {<<: &m {d: 2}}\n"
	if _, err := (YAML{}).ParseEncrypted([]byte(plain)); err != ErrNotEncrypted {
		t.Errorf("a plain file with aliases: %v", err)
	}
	_, err := YAML{}.ParseEncrypted([]byte(plain + "sops: {version: 1}\n"))
	var e *Error
	if !errors.As(err, &e) || e.Line != 2 {
		t.Errorf("an encrypted file with an alias: %v", err)
	}
}

// bomb is ten to the power of n values.
func bomb(n int) string {
	var b strings.Builder
	b.WriteString("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n")
	for i := 1; i < n; i++ {
		fmt.Fprintf(&b, "a%d: &a%d [%s]\n", i, i, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d, ", i-1), 10), ", "))
	}
	return b.String()
}

// Sizes and depths at which a careless reader would run away.
func TestYAMLLargeFiles(t *testing.T) {
	many := func(n int, line string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, line, i)
		}
		return b.String()
	}
	for name, src := range map[string]string{
		"flow depth":    "a: " + strings.Repeat("[", 9_990) + "x" + strings.Repeat("]", 9_990) + "\n",
		"list depth":    strings.Repeat("- ", 9_990) + "x\n",
		"keys":          many(5_000, "k%d: v\n"),
		"comments":      "a: 1\n" + many(20_000, "# c%d\n") + "b: 2\n",
		"blank lines":   "a: \"x" + strings.Repeat("\n", 300_000) + "y\"\n",
		"one line":      "a: [" + many(20_000, "é%d, ") + "x]\n",
		"folded":        "a: >\n" + strings.Repeat("\n  x\n", 50_000),
		"broken tokens": "l:\n" + many(20_000, "- ENC[AES256_GCM,data:a%d\n"),
		"integer keys":  many(3_000, "%d: v\n"),
		"aliases":       "a: &a v\nl:\n" + strings.Repeat("- *a\n", 20_000),
	} {
		if err := checkYAML([]byte(src), yamlChoices["all"]); err != nil {
			t.Errorf("%s: %.300v", name, err)
		}
	}
}

func TestYAMLEncryptedErrors(t *testing.T) {
	for _, c := range []struct{ src, want string }{
		{"a: 1\n", string(ErrNotEncrypted)},
		{"", string(ErrNotEncrypted)},
		{"- a\n", string(ErrNotEncrypted)},
		{"a:\n  sops:\n    mac: x\n", string(ErrNotEncrypted)},
		{"a: 1\n---\nsops:\n  mac: x\n", string(ErrNotEncrypted)},
		{"sops: x\n", "not a mapping"},
		{"sops:\n", "not a mapping"},
		{"sops: {}\nsops: {}\n", "stands twice"},
		{"a: &x 1\nb: *x\nsops: {mac: x}\n", "an alias in an encrypted file"},
		{"a: &x 1\nsops: {mac: *x}\n", "an alias in the sops block"},
		{"a: ENC[\nsops:\n  mac: 'x\n", "not closed"},
	} {
		if _, err := (YAML{}).ParseEncrypted([]byte(c.src)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: got %v, want %q", c.src, err, c.want)
		}
	}
	for _, src := range []string{"sops: 1\n", "sops:\n  mac: x\n", "{sops: {}}\n", "a: 1\n---\nsops: {}\n", "\"sops\": x\n"} {
		if _, err := (YAML{}).Parse([]byte(src)); !errors.Is(err, ErrEncrypted) {
			t.Errorf("%q: got %v", src, err)
		}
	}
}
