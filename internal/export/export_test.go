package export

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/encfg/encfg/internal/environ"
	"github.com/encfg/encfg/internal/testneed"
)

// awkward are values with all that some syntax treats in its own way.
func awkward() []string {
	all := []string{
		"", " ", "plain", " both ends ", "tab\tin", "two\nlines", "\n", "ends\n", "\r", "a\rb", "a\r\nb\r\n", `'`, `"`, "`", `\`, `\\`, `a\`,
		`'"`, `\'`, `\"`, `\n`, `\\n`, "$HOME", "${HOME}", "$(id)", "`id`", "!x", "a # b", "#a", "a#b", "a=b", "=", "é ü 日本 🔑", "\u2028\u2029",
		"\u0085", "\ufeff", "\u00a0", "yes", "null", "~", "0755", "1:30", "2024-01-01", "1e3", ".inf", "- a", "a: b", "{a}", "[a]", "&a", "*a",
		"!a", "|", ">", "%a", "@a", "? a", "<<", "=", "%0A", "::set-output::", "EOF", "\x01\x1b[31m\x7f", "-----BEGIN KEY-----\nabc\n-----END KEY-----\n",
		strings.Repeat("long words and ", 40), "it's \"both\" \\ and $x\n\ttab",
	}
	// Every byte below 0x80 between others.
	for c := 1; c < 0x80; c++ {
		all = append(all, "a"+string(rune(c))+"b")
	}
	rnd := rand.New(rand.NewSource(1))
	for range 300 {
		var b strings.Builder
		for range 1 + rnd.Intn(8) {
			b.WriteString([]string{"'", `"`, "`", `\`, "\n", "\r", " ", "#", "$", "n", "r", "{", "=", "é", "\t", "%"}[rnd.Intn(16)])
		}
		all = append(all, b.String())
	}
	return all
}

func vars(values []string) []environ.Var {
	var out []environ.Var
	for i, v := range values {
		out = append(out, environ.Var{Name: name(i), Value: v, Secret: true})
	}
	return out
}

func name(i int) string { return fmt.Sprintf("VAR_%03d", i) }

func write(t *testing.T, format string, vs []environ.Var) string {
	t.Helper()
	f, ok := ByName(format)
	if !ok {
		t.Fatal("no format", format)
	}
	out, err := f.Write(vs, Options{K8s: K8s{Name: "app"}, Random: func() string { return "f00d" }})
	if err != nil {
		t.Fatal(err)
	}
	return out.Stdout
}

// writable keeps the values that a format takes; at least so many must be.
func writable(t *testing.T, format string, least int) []environ.Var {
	t.Helper()
	f, _ := ByName(format)
	var out []environ.Var
	for _, v := range vars(awkward()) {
		if _, err := f.Write([]environ.Var{v}, Options{K8s: K8s{Name: "app"}, Random: func() string { return "f00d" }}); err == nil {
			out = append(out, v)
		}
	}
	if len(out) < least {
		t.Fatalf("%s takes only %d values", format, len(out))
	}
	return out
}

func run(t *testing.T, stdin string, args ...string) string {
	t.Helper()
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Stdin = strings.NewReader(stdin)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", args[0], err, stderr.String())
	}
	return string(out)
}

func same(t *testing.T, vs []environ.Var, got map[string]string) {
	t.Helper()
	if len(got) != len(vs) {
		t.Errorf("%d variables, want %d", len(got), len(vs))
	}
	for _, v := range vs {
		if g, ok := got[v.Name]; !ok || g != v.Value {
			t.Errorf("%q came back as %q", v.Value, g)
		}
	}
}

func decode(t *testing.T, text string) map[string]string {
	t.Helper()
	var m map[string]string
	if err := json.Unmarshal([]byte(text), &m); err != nil {
		t.Fatal(err, text)
	}
	return m
}

func TestShell(t *testing.T) {
	values := append(awkward(), "\xff\xfe\x80", "caf\xe9")
	vs := vars(values)
	for _, sh := range []string{"bash", "dash", "busybox sh"} {
		args := strings.Fields(sh)
		if _, err := exec.LookPath(args[0]); err != nil {
			if sh == "bash" {
				testneed.Skip(t, "bash is missing: install it")
			}
			continue
		}
		out := run(t, write(t, "shell", vs)+"env -0\n", append(args, "-s")...)
		got := map[string]string{}
		for _, entry := range strings.Split(out, "\x00") {
			if n, v, ok := strings.Cut(entry, "="); ok && strings.HasPrefix(n, "VAR_") {
				got[n] = v
			}
		}
		same(t, vs, got)
	}
}

func TestDotenvPython(t *testing.T) {
	python := testneed.Python(t, "dotenv")
	vs := writable(t, "dotenv", 150)
	file := filepath.Join(t.TempDir(), "x.env")
	if err := os.WriteFile(file, []byte(write(t, "dotenv", vs)), 0o600); err != nil {
		t.Fatal(err)
	}
	same(t, vs, decode(t, run(t, "", python, "-c",
		"import dotenv, json, sys; print(json.dumps(dotenv.dotenv_values(sys.argv[1], interpolate=False)))", file)))
}

func TestDotenvNode(t *testing.T) {
	node := testneed.Command(t, "node", "install Node.js")
	npm := testneed.Command(t, "npm", "install npm")
	dir := t.TempDir()
	if out, err := exec.Command(npm, "install", "--no-audit", "--no-fund", "--prefix", dir, "dotenv@latest").CombinedOutput(); err != nil {
		testneed.Skip(t, "npm cannot install dotenv: "+string(out))
	}
	f, _ := ByName("dotenv")
	var vs []environ.Var
	for _, v := range writable(t, "dotenv", 150) {
		if out, err := f.Write([]environ.Var{v}, Options{}); err == nil && (len(out.Warnings) == 0 || !strings.Contains(out.Warnings[0], "node")) {
			vs = append(vs, v)
		}
	}
	if len(vs) < 130 {
		t.Errorf("only %d values for node", len(vs))
	}
	script := "process.stdout.write(JSON.stringify(require(process.argv[1]).parse(require('fs').readFileSync(0))))"
	same(t, vs, decode(t, run(t, write(t, "dotenv", vs), node, "-e", script, filepath.Join(dir, "node_modules", "dotenv"))))
}

func TestDotenvWarns(t *testing.T) {
	f, _ := ByName("dotenv")
	for value, want := range map[string]int{"plain": 0, "it's": 0, `a\b`: 0, `c:\`: 0, `"'`: 1, "${A}": 1, "${A:-b}'\"": 2, "$A {b}": 0} {
		out, err := f.Write([]environ.Var{{Name: "A", Value: value}}, Options{})
		if err != nil || len(out.Warnings) != want {
			t.Errorf("%q: %q, %v", value, out.Warnings, err)
		}
	}
}

func TestJSON(t *testing.T) {
	vs := vars(append(awkward(), "nul\x00"))
	same(t, vs, decode(t, write(t, "json", vs)))
	if got := write(t, "json", nil); got != "{}\n" {
		t.Errorf("%q", got)
	}
}

const yamlLoader = `
import base64, json, sys, yaml
d = yaml.safe_load(sys.stdin.buffer) or {}
if "stringData" in d or "data" in d:
    d = {**d.get("stringData", {}), **{k: base64.b64decode(v) for k, v in d.get("data", {}).items()}}
print(json.dumps({k: base64.b64encode(v if isinstance(v, bytes) else v.encode()).decode() for k, v in d.items()}))
`

func throughPyYAML(t *testing.T, text string) map[string]string {
	got := decode(t, run(t, text, testneed.Python(t, "yaml"), "-c", yamlLoader))
	for k, v := range got {
		raw, err := base64.StdEncoding.DecodeString(v)
		if err != nil {
			t.Fatal(err)
		}
		got[k] = string(raw)
	}
	return got
}

func TestYAML(t *testing.T) {
	vs := vars(append(awkward(), "nul\x00", "\xff\xfe", "caf\xe9"))
	for i, n := range []string{"yes", "NO", "null", "x1e3", "a.b", "with space", "1", "é"} {
		vs = append(vs, environ.Var{Name: n, Value: vs[i].Value})
	}
	same(t, vs, throughPyYAML(t, write(t, "yaml", vs)))
}

func TestK8s(t *testing.T) {
	vs := vars(append(awkward(), "nul\x00", "\xff\xfe", "caf\xe9"))
	f, _ := ByName("k8s")
	for _, data := range []bool{false, true} {
		o := Options{K8s: K8s{Name: "app-secrets", Namespace: "prod", Type: "kubernetes.io/basic-auth", Data: data,
			Labels: map[string]string{"app.kubernetes.io/name": "on", "tier": ""}}}
		out, err := f.Write(vs, o)
		if err != nil {
			t.Fatal(err)
		}
		same(t, vs, throughPyYAML(t, out.Stdout))
		kubectl, err := exec.LookPath("kubectl")
		if err != nil {
			continue
		}
		// Reads the manifest as the cluster's client does, without a cluster.
		text := run(t, out.Stdout, kubectl, "label", "--local", "-f", "-", "checked=yes", "-o", "json")
		var secret struct {
			Kind, Type, APIVersion string
			Metadata               struct {
				Name, Namespace string
				Labels          map[string]string
			}
		}
		if err := json.Unmarshal([]byte(text), &secret); err != nil {
			t.Fatal(err)
		}
		if secret.Kind != "Secret" || secret.Type != o.K8s.Type || secret.Metadata.Name != "app-secrets" || secret.Metadata.Namespace != "prod" ||
			!reflect.DeepEqual(secret.Metadata.Labels, map[string]string{"app.kubernetes.io/name": "on", "tier": "", "checked": "yes"}) {
			t.Errorf("%+v", secret)
		}
	}
}

// readDocker reads an env file by the rules of docker's command line: a line
// ends at LF, a CR before it goes too; leading white space and lines that
// begin with # are skipped; all behind the first "=" is the value.
func readDocker(text string) map[string]string {
	m := map[string]string{}
	for line := range strings.SplitSeq(strings.TrimSuffix(text, "\n"), "\n") {
		line = strings.TrimLeft(strings.TrimSuffix(line, "\r"), " \t\v\f")
		if n, v, ok := strings.Cut(line, "="); ok && !strings.HasPrefix(line, "#") {
			m[n] = v
		}
	}
	return m
}

func TestDocker(t *testing.T) {
	vs := writable(t, "docker", 150)
	same(t, vs, readDocker(write(t, "docker", vs)))
}

// readSystemd reads an environment file by the rules of systemd's parser, for
// values in double quotes.
func readSystemd(t *testing.T, text string) map[string]string {
	m := map[string]string{}
	for text != "" {
		n, rest, ok := strings.Cut(text, "=\"")
		if !ok {
			t.Fatalf("no value in %q", text)
		}
		var b strings.Builder
		i := 0
		for ; rest[i] != '"'; i++ {
			if rest[i] == '\\' {
				i++
				if !strings.Contains("\"\\`$", rest[i:i+1]) {
					t.Fatalf("a backslash before %q stays", rest[i])
				}
			}
			b.WriteByte(rest[i])
		}
		m[n] = b.String()
		text = strings.TrimPrefix(rest[i+1:], "\n")
	}
	return m
}

func TestSystemd(t *testing.T) {
	vs := writable(t, "systemd", 120)
	same(t, vs, readSystemd(t, write(t, "systemd", vs)))
}

func TestGitLab(t *testing.T) {
	vs := writable(t, "gitlab", 100)
	same(t, vs, readDocker(write(t, "gitlab", vs)))
}

// readGitHub reads a file of variables as the runner does.
func readGitHub(t *testing.T, text string) map[string]string {
	m := map[string]string{}
	for text != "" {
		head, rest, _ := strings.Cut(text, "\n")
		n, end, ok := strings.Cut(head, "<<")
		value, after, found := strings.Cut("\n"+rest, "\n"+end+"\n")
		if !ok || !found {
			t.Fatalf("bad entry %q", head)
		}
		m[n] = strings.TrimPrefix(value, "\n")
		text = after
	}
	return m
}

func TestGitHub(t *testing.T) {
	f, _ := ByName("github")
	vs := writable(t, "github", 150)
	vs = append(vs, environ.Var{Name: "KEY", Value: "-----BEGIN-----\nline-one\n}\nline-two\n", Secret: true}, environ.Var{Name: "PLAIN", Value: "not-secret"})
	out, err := f.Write(vs, Options{Random: func() string { return "f00d" }})
	if err != nil {
		t.Fatal(err)
	}
	same(t, vs, readGitHub(t, out.EnvFile))
	masked := []string{}
	for line := range strings.Lines(out.Stdout) {
		text, ok := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "::add-mask::")
		if !ok {
			t.Errorf("not a command: %q", line)
		}
		masked = append(masked, strings.NewReplacer("%25", "%", "%0A", "\n", "%0D", "\r").Replace(text))
	}
	for _, v := range vs {
		if v.Secret && strings.TrimSpace(v.Value) != "" && !slices.Contains(masked, v.Value) {
			t.Errorf("%q is not masked", v.Value)
		}
	}
	for text, want := range map[string]bool{"line-one": true, "line-two": true, "-----BEGIN-----": true, "}": false, "not-secret": false} {
		if slices.Contains(masked, text) != want {
			t.Errorf("%q masked: %v", text, !want)
		}
	}
}

func TestRefusals(t *testing.T) {
	for format, cases := range map[string][]environ.Var{
		"shell":   {{Name: "a-b"}, {Name: "1a"}, {Name: ""}, {Name: "A", Value: "canary\x00"}},
		"dotenv":  {{Name: "a b"}, {Name: "A", Value: "canary\xff"}, {Name: "A", Value: "canary\x00"}, {Name: "A", Value: "canary\n\\"}},
		"json":    {{Name: "A", Value: "canary\xff"}},
		"docker":  {{Name: "a b"}, {Name: "#a"}, {Name: "A", Value: "canary\n"}, {Name: "A", Value: "canary\r"}, {Name: "A", Value: strings.Repeat("canary", 11000)}},
		"github":  {{Name: "a-b"}, {Name: "GITHUB_X"}, {Name: "NODE_OPTIONS"}, {Name: "A", Value: "canary\xff"}},
		"gitlab":  {{Name: "a-b"}, {Name: "A", Value: "canary canary"}, {Name: "A", Value: "canary\n"}},
		"k8s":     {{Name: "a b"}, {Name: ""}, {Name: "A", Value: strings.Repeat("canary", 200000)}},
		"systemd": {{Name: "a.b"}, {Name: "A", Value: "canary\x1b"}, {Name: "A", Value: "canary\xff"}},
	} {
		f, _ := ByName(format)
		for _, v := range cases {
			out, err := f.Write([]environ.Var{{Name: "OK", Value: "fine"}, v}, Options{K8s: K8s{Name: "app"}, Random: func() string { return "f00d" }})
			var e *Error
			if !errors.As(err, &e) || e.Hint() == "" || strings.Contains(err.Error(), "canary") || out.Stdout+out.EnvFile != "" {
				t.Errorf("%s: %q: %v", format, v.Name, err)
			}
		}
	}
	f, _ := ByName("k8s")
	for _, k := range []K8s{{}, {Name: "Upper"}, {Name: "a", Namespace: "a.b"}, {Name: "a", Labels: map[string]string{"a": "b c"}}} {
		if _, err := f.Write(nil, Options{K8s: k}); err == nil {
			t.Errorf("%+v was accepted", k)
		}
	}
}
