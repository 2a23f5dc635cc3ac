package dotenv

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/encfg/encfg/internal/testneed"
)

// The loaders read texts from standard input, a JSON list, and print a list
// of maps. python-dotenv reads files with universal newlines, so does this.
const pythonLoader = `
import dotenv, io, json, logging, os, sys
logging.disable(logging.CRITICAL)
os.environ.clear()
os.environ.update({"HOME": "/h", "A": "env"})
texts = json.load(sys.stdin)
def read(text, **how):
    return dotenv.dotenv_values(stream=io.StringIO(text, newline=None), **how)
json.dump([[read(t, interpolate=False), read(t, interpolate=True)] for t in texts], sys.stdout)
`

const nodeLoader = `
const d = require('dotenv')
const texts = JSON.parse(require('fs').readFileSync(0, 'utf8'))
process.stdout.write(JSON.stringify(texts.map(t => d.parse(t))))
`

type values map[string]*string

func load(t *testing.T, texts []string, result any, name string, args ...string) {
	t.Helper()
	in, err := json.Marshal(texts)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(name, args...)
	cmd.Stdin = bytes.NewReader(in)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", name, err, stderr.String())
	}
	if err := json.Unmarshal(out, result); err != nil {
		t.Fatal(err)
	}
}

// corpus makes texts of the pieces on which .env readers differ. The seed is
// fixed: a failure can be run again.
func corpus(n int) []string {
	pieces := []string{
		"A", "B_1", "C.D", "a-b", "export ", "export", "=", "=", "=", " = ", ": ", "'", "'", `"`, `"`, "`", "#", " #", "# ",
		" ", "\t", "\n", "\n", "\n", "\r\n", "\r", `\`, `\\`, `\n`, `\"`, `\'`, `\t`, `\x`, "$A", "${A}", "${B_1:-x}", "${HOME}",
		"val", "two words", "ü", "日本", "\u00a0", "\u2028", "\x1c", "\x0b", "1", "{}", "A=1\n", "B_1='x'\n", "C=\"y\"\n",
		"\n\n", "https://u:p@h/#frag", "%20", "!", ";", "-----BEGIN-----\nabc\n-----END-----",
	}
	rnd := rand.New(rand.NewSource(1))
	texts := make([]string, n)
	for i := range texts {
		var b strings.Builder
		for range 1 + rnd.Intn(24) {
			b.WriteString(pieces[rnd.Intn(len(pieces))])
		}
		texts[i] = b.String()
	}
	return texts
}

// wellFormed makes texts that people write on purpose: one assignment a line.
func wellFormed(n int) []string {
	rnd := rand.New(rand.NewSource(2))
	values := []string{
		"plain", "with space", "", `"double"`, `"a\nb"`, "'single'", `'a\nb'`, "\"multi\nline\"", "'multi\nline'", "a # comment",
		`"a # b" # c`, "a#b", "https://u:p@h:1/x?y=z&w", "${A}", "$A", "a=b=c", "==", `{"json":"x"}`, "日本", "1.50", "true",
		`"tab	inside"`, "  padded  ", `"  kept  "`, "'  kept  '", `\d+`, "C:\\dir",
	}
	texts := make([]string, n)
	for i := range texts {
		var b strings.Builder
		for range 1 + rnd.Intn(6) {
			switch rnd.Intn(6) {
			case 0:
				b.WriteString("# a comment\n")
			case 1:
				b.WriteString("\n")
			case 2:
				b.WriteString("export ")
			}
			fmt.Fprintf(&b, "K%d=%s\n", rnd.Intn(4), values[rnd.Intn(len(values))])
		}
		texts[i] = b.String()
	}
	return texts
}

func ours(text string, expand bool) values {
	entries, _ := Parse([]byte(text))
	if expand {
		env := map[string]string{"HOME": "/h", "A": "env"}
		entries = Expand(entries, func(n string) (string, bool) { v, ok := env[n]; return v, ok }, false)
	}
	m := values{}
	for _, e := range entries {
		if m[e.Name] = nil; e.Set {
			m[e.Name] = &e.Value
		}
	}
	return m
}

func show(v values) string {
	b, _ := json.Marshal(v)
	return string(b)
}

func TestAgainstPython(t *testing.T) {
	python := testneed.Python(t, "dotenv")
	texts := append(corpus(20000), wellFormed(2000)...)
	var got [][2]values
	load(t, texts, &got, python, "-c", pythonLoader)
	for i, text := range texts {
		for e, expand := range []bool{false, true} {
			if o, p := show(ours(text, expand)), show(got[i][e]); o != p {
				t.Fatalf("expand %v: %q\nours:   %s\npython: %s", expand, text, o, p)
			}
		}
	}
}

func node(t *testing.T) (program, script string) {
	node := testneed.Command(t, "node", "install Node.js")
	npm := testneed.Command(t, "npm", "install npm")
	dir := t.TempDir()
	install := exec.Command(npm, "install", "--no-audit", "--no-fund", "--prefix", dir, "dotenv@latest")
	if out, err := install.CombinedOutput(); err != nil {
		testneed.Skip(t, "npm cannot install dotenv: "+strings.TrimSpace(string(out)))
	}
	return node, "process.chdir(" + fmt.Sprintf("%q", dir) + ");" +
		strings.Replace(nodeLoader, "'dotenv'", fmt.Sprintf("%q", filepath.Join(dir, "node_modules", "dotenv")), 1)
}

// The differences from node's dotenv are those that users are told about; the
// test holds the list to be true, and complete for well-formed files.
func TestAgainstNode(t *testing.T) {
	program, script := node(t)
	differences := []struct{ what, text, ours, node string }{
		{"escapes: only \\n and \\r, in double quotes", `A="a\tb\\c\"d"`, "a\tb\\c\"d", `a\tb\\c\"d`},
		{"escapes in single quotes stay", `A='it\'s'`, `it's`, `it\'s`},
		{"# without a space before it starts a comment", "A=a#b", "a#b", "a"},
		{"backquotes are quotes", "A=`a`", "`a`", "a"},
		{"a value that starts with # is empty", "A= #b", "#b", ""},
		{"NAME: value", "A: b", "", "b"},
		{"an open quote is a part of the value", "A='b", "", "'b"},
	}
	texts := wellFormed(3000)
	for _, d := range differences {
		texts = append(texts, d.text)
	}
	var got []values
	load(t, texts, &got, program, "-e", script)
	for i, d := range differences {
		n := got[len(texts)-len(differences)+i]
		if v := n["A"]; v == nil || *v != d.node {
			t.Errorf("%s: node reads %s, not %q: the list of differences is wrong", d.what, show(n), d.node)
		}
		if v := ours(d.text, false)["A"]; (v == nil && d.ours != "") || (v != nil && *v != d.ours) {
			t.Errorf("%s: we read %s, not %q", d.what, show(ours(d.text, false)), d.ours)
		}
	}
	same := 0
	for i, text := range wellFormed(3000) {
		if strings.Contains(text, "a#b") { // the one difference among them
			continue
		}
		if o, n := show(ours(text, false)), show(got[i]); o != n {
			t.Fatalf("%q\nours: %s\nnode: %s", text, o, n)
		}
		same++
	}
	if same < 1000 {
		t.Errorf("only %d texts compared", same)
	}
}
