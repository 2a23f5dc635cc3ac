//go:build interop

// Package interop compares encfg with the real sops, over a corpus of files
// with everything that is odd: go test -tags interop ./internal/interop
package interop

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/encfg/encfg/formats"
	"github.com/encfg/encfg/internal/testneed"
	"github.com/encfg/encfg/keysource"
)

func itoa(n int) string { return strconv.Itoa(n) }

// sample is a file of the corpus.
type sample struct {
	name, text string
	rules      []rule // what is compared; the default is always first
	// refused says that sops does not take this file; encfg does.
	refused bool
	// only restricts what is compared: "ours" where sops has another reading of
	// the file, "maybe" where it does not matter whether sops takes the file.
	only string
}

// kind are the flags that tell sops what the file is.
func (s sample) kind() []string {
	if s.format().Name() == "binary" {
		return []string{"--input-type", "binary", "--output-type", "binary"}
	}
	return nil
}

func (s sample) format() formats.Format {
	if f := formats.ForFile(s.name); f != nil {
		return f
	}
	return formats.ByName("binary")
}

// lab has what all comparisons need.
type lab struct {
	dir         string
	encfg, sops string
	env         []string
	id          string

	mu    sync.Mutex
	count map[string]int
}

func newLab(t *testing.T) *lab {
	l := &lab{dir: t.TempDir(), sops: testneed.Command(t, "sops", "go install github.com/getsops/sops/v3/cmd/sops@v3.13.3"), count: map[string]int{}}
	dir := l.dir
	l.encfg = filepath.Join(dir, "encfg")
	build := exec.Command("go", "build", "-o", l.encfg, ".")
	build.Dir = "../.."
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	id, err := keysource.GenerateIdentity(false, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	key := filepath.Join(dir, "key.txt")
	if err := os.WriteFile(key, []byte(id.File), 0o600); err != nil {
		t.Fatal(err)
	}
	l.id = id.Public
	l.env = []string{"HOME=" + dir, "XDG_CONFIG_HOME=" + dir, "PATH=" + os.Getenv("PATH"), "SOPS_DISABLE_VERSION_CHECK=1",
		"SOPS_AGE_KEY_FILE=" + key, "SOPS_AGE_RECIPIENTS=" + id.Public}
	l.configure(t)
	return l
}

func (l *lab) add(what string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.count[what]++
}

// result is how a program ended.
type result struct {
	out  string
	errs string
	code int
}

func (l *lab) run(t *testing.T, program string, args ...string) result {
	t.Helper()
	cmd := exec.Command(program, args...)
	cmd.Env = l.env
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return result{out.String(), errs.String(), cmd.ProcessState.ExitCode()}
}

// must runs a program that has to succeed.
func (l *lab) must(t *testing.T, program string, args ...string) string {
	t.Helper()
	r := l.run(t, program, args...)
	if r.code != 0 {
		t.Fatalf("%s %s: exit code %d: %s", filepath.Base(program), args[0], r.code, r.errs)
	}
	return r.out
}

// with puts arguments together.
func with(first string, rest ...[]string) []string {
	args := []string{first}
	for _, r := range rest {
		args = append(args, r...)
	}
	return args
}

// put writes a file with the sample's name below a fresh folder.
func (s sample) put(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), strings.ReplaceAll(s.name, " ", "-"))
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// ownKind are the flags that tell encfg what the file is.
func (s sample) ownKind() []string {
	if s.format().Name() == "binary" {
		return []string{"--type", "binary"}
	}
	return nil
}

func corpus(t *testing.T) []sample {
	var all []sample
	all = append(all, yamlCorpus()...)
	all = append(all, jsonCorpus()...)
	all = append(all, dotenvCorpus()...)
	all = append(all, binaryCorpus()...)
	if formats.ByName("ini") != nil {
		all = append(all, iniCorpus()...)
	}
	for _, dir := range []string{"yaml", "json", "dotenv", "ini"} {
		files, err := filepath.Glob("../../formats/testdata/" + dir + "/*")
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			text, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			if filepath.Base(f) == "multidoc_empty1.yaml" {
				continue // sops makes an empty map of a document without content
			}
			s := sample{name: "testdata-" + filepath.Base(f), text: string(text), only: "maybe"}
			if strings.Contains(s.text, "ENC[") {
				s.only = "ours" // values cannot be told from tokens
			}
			all = append(all, s)
		}
	}
	for _, f := range []string{"secrets.yaml", "config.json", ".env"} {
		if text, err := os.ReadFile("../../example/demo/" + f); err == nil {
			all = append(all, sample{name: "demo" + f, text: string(text), only: "maybe"})
		}
	}
	return all
}

// rule is a selection of values: flags of encfg. sops has not all of these, so
// there the rule stands in a configuration.
type rule struct {
	name  string
	flags []string
}

// sops is the beginning of a command line that encrypts by the rule.
func (r rule) sops(l *lab) []string {
	return []string{"--config", filepath.Join(l.dir, r.name+".yaml"), "encrypt"}
}

// configure writes the configurations of the rules for sops.
func (l *lab) configure(t *testing.T) {
	for _, r := range rules {
		text := "creation_rules:\n- age: " + l.id + "\n"
		for i, flag := range r.flags {
			if name, ok := strings.CutPrefix(flag, "--"); ok {
				value := "true"
				if i+1 < len(r.flags) && !strings.HasPrefix(r.flags[i+1], "--") {
					value = strconv.Quote(r.flags[i+1])
				}
				text += "  " + strings.ReplaceAll(name, "-", "_") + ": " + value + "\n"
			}
		}
		if err := os.WriteFile(filepath.Join(l.dir, r.name+".yaml"), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

var rules = []rule{
	{"default", nil},
	{"unencrypted-suffix", []string{"--unencrypted-suffix", "b"}},
	{"encrypted-suffix", []string{"--encrypted-suffix", "_secret"}},
	{"unencrypted-regex", []string{"--unencrypted-regex", "^(a|A|x)$"}},
	{"encrypted-regex", []string{"--encrypted-regex", "^(a|A|c|data|password)$"}},
	{"unencrypted-comment-regex", []string{"--unencrypted-comment-regex", "second|inner|mid"}},
	{"encrypted-comment-regex", []string{"--encrypted-comment-regex", "second|inner|mid"}},
	{"mac-only-encrypted", []string{"--mac-only-encrypted", "--encrypted-regex", "^(a|A|x)$"}},
}

// full compares every file under every rule, which takes minutes.
var full = flag.Bool("full", false, "compare every file under every selection rule")

// manifold are the files that are compared under every rule in any case.
var manifold = []string{"suffixes", "comments", "kubernetes", "compose", "flow", "merge", "multi documents", "lists", "real"}

// choose gives each file its rules: all of them, or the default and one that
// changes from file to file.
func choose(files []sample) {
	for i := range files {
		s := &files[i]
		name := strings.TrimSuffix(s.name, filepath.Ext(s.name))
		if filepath.Ext(s.name) == ".bin" {
			s.rules = rules[:1] // there is one value
		} else if *full || slices.Contains(manifold, name) {
			s.rules = rules
		} else {
			s.rules = []rule{rules[0], rules[1+i%(len(rules)-1)]}
		}
	}
}

func TestInterop(t *testing.T) {
	l := newLab(t)
	files := corpus(t)
	choose(files)
	begin := time.Now()
	t.Run("files", func(t *testing.T) {
		for _, s := range files {
			t.Run(s.name, func(t *testing.T) {
				t.Parallel()
				l.compare(t, s)
			})
		}
	})
	fmt.Printf("interop with %s: %d files; %d byte-exact round trips; sops read ours %d times with the same tree (of these %d that it refuses itself); "+
		"encfg read sops's %d times; %d selections chose the same values; sops changed ours %d times and encfg read it; no canary left in %d files (%.0f s)\n",
		strings.Fields(l.must(t, l.sops, "--version"))[1], len(files), l.count["exact"], l.count["read"], l.count["refused"],
		l.count["theirs"], l.count["same"], l.count["changed"], l.count["hidden"], time.Since(begin).Seconds())
}

func (l *lab) compare(t *testing.T, s sample) {
	l.add("files")
	enc := l.encrypt(t, s, rules[0])
	l.exact(t, s, enc)
	l.hidden(t, s, enc)

	own := l.run(t, l.sops, with("encrypt", s.kind(), []string{s.put(t, s.text)})...)
	if takes := own.code == 0; takes == s.refused && s.only == "" {
		t.Errorf("sops takes the file: %t, and the corpus says otherwise: %s", takes, own.errs)
	}
	ours := l.must(t, l.sops, with("decrypt", s.kind(), []string{s.put(t, enc)})...)
	l.add("read")
	if own.code != 0 {
		l.add("refused")
	}
	if own.code == 0 && s.only != "ours" {
		if theirs := l.run(t, l.sops, with("decrypt", s.kind(), []string{s.put(t, own.out)})...); theirs.code == 0 {
			sameTree(t, s, "sops reads ours as", ours, "and its own as", theirs.out)
		}
	}
	l.changed(t, s, enc)
	if own.code == 0 && s.only != "ours" {
		for _, r := range s.rules {
			l.selection(t, s, r)
		}
	}
}

func (l *lab) encrypt(t *testing.T, s sample, r rule) string {
	t.Helper()
	return l.must(t, l.encfg, with("encrypt", s.ownKind(), r.flags, []string{"-o", "-", s.put(t, s.text)})...)
}

// exact checks that decrypting gives the bytes back, and that verify says so.
func (l *lab) exact(t *testing.T, s sample, enc string) {
	path := s.put(t, enc)
	if got := l.must(t, l.encfg, with("decrypt", s.ownKind(), []string{path})...); got != s.text {
		t.Errorf("not byte-exact:\n%q\n%q", got, s.text)
		return
	}
	if out := l.must(t, l.encfg, with("verify", s.ownKind(), []string{"--json", path})...); !strings.Contains(out, `"byte_exact": true`) {
		t.Errorf("verify: %s", out)
	}
	l.add("exact")
}

// hidden checks that no text is left in the encrypted file: no canary, and no
// value of some length.
func (l *lab) hidden(t *testing.T, s sample, enc string) {
	if strings.Contains(strings.ToLower(enc), "canary") {
		at := strings.Index(strings.ToLower(enc), "canary")
		if !keyHasCanary(s.text) {
			t.Errorf("a canary is left: %.80q", enc[max(0, at-30):])
		}
	}
	doc, err := s.format().Parse([]byte(s.text))
	if err != nil {
		t.Fatal(err)
	}
	var free strings.Builder // what may be read: names, and values by rule
	for i := range doc.Leaves {
		leaf := &doc.Leaves[i]
		fmt.Fprintln(&free, leaf.At.Keys())
		if strings.Contains(leaf.At.AAD(), "_unencrypted") {
			fmt.Fprintln(&free, leaf.Value)
		}
	}
	for i := range doc.Leaves {
		leaf := &doc.Leaves[i]
		if len(leaf.Value) >= 6 && strings.Contains(enc, leaf.Value) && !strings.Contains(free.String(), leaf.Value) {
			t.Errorf("the value at %s is left in plain text", leaf.At)
		}
	}
	l.add("hidden")
}

// keyHasCanary allows the word in names, which are not encrypted.
func keyHasCanary(text string) bool {
	return regexp.MustCompile(`@scope/canary"|\$\{canary|"canary":`).MatchString(text)
}

// changed lets sops set a value and rotate the key, and reads the result.
func (l *lab) changed(t *testing.T, s sample, enc string) {
	if s.format().Name() == "binary" {
		return
	}
	before := l.must(t, l.sops, with("decrypt", s.kind(), []string{s.put(t, enc)})...)
	path := s.put(t, enc)
	if r := l.run(t, l.sops, "rotate", "-i", path); r.code != 0 {
		t.Errorf("sops rotate: %s", r.errs)
		return
	}
	sameTree(t, s, "after sops rotate, encfg reads", l.must(t, l.encfg, "decrypt", path), "and before, sops", before)
	l.add("changed")

	place := `["interop"]`
	if s.format().Name() == "ini" {
		place = `["interop"]["x"]`
	}
	path = s.put(t, enc)
	if r := l.run(t, l.sops, "set", path, place, `"canary-new"`); r.code != 0 {
		t.Errorf("sops set: %s", r.errs)
		return
	}
	sameTree(t, s, "after sops set, encfg reads", l.must(t, l.encfg, "decrypt", path), "and sops", l.must(t, l.sops, "decrypt", path))
	l.add("changed")
}

// selection compares which values the two encrypt under a rule, and reads what
// sops writes.
func (l *lab) selection(t *testing.T, s sample, r rule) {
	args := r.sops(l)
	theirs := l.run(t, l.sops, with(args[0], args[1:], s.kind(), []string{s.put(t, s.text)})...)
	if theirs.code != 0 {
		t.Errorf("%s: sops encrypt: %s", r.name, theirs.errs)
		return
	}
	path := s.put(t, theirs.out)
	want := l.run(t, l.sops, with("decrypt", s.kind(), []string{path})...)
	if want.code != 0 {
		return // sops does not read its own file
	}
	got := l.must(t, l.encfg, with("decrypt", s.ownKind(), []string{path})...)
	sameTree(t, s, r.name+": encfg reads sops's file as", got, "and sops as", want.out)
	l.add("theirs")

	ours := l.run(t, l.encfg, with("encrypt", s.ownKind(), r.flags, []string{"-o", "-", s.put(t, s.text)})...)
	switch {
	case ours.code == 1 && strings.Contains(ours.errs, "no value would be encrypted"):
		if text, _ := tree(s, values(theirs.out, s)); strings.Contains(strings.ReplaceAll(text, "ENC[comment]", ""), "ENC[") {
			t.Errorf("%s: encfg would encrypt nothing, and sops does", r.name)
		}
		return
	case ours.code != 0:
		t.Errorf("%s: encfg encrypt: %s", r.name, ours.errs)
		return
	}
	sameTree(t, s, r.name+": encfg writes", values(ours.out, s), "and sops writes", values(theirs.out, s))
	again := l.must(t, l.sops, with("decrypt", s.kind(), []string{s.put(t, ours.out)})...)
	sameTree(t, s, r.name+": sops reads ours as", again, "and its own as", want.out)
	l.add("read")
	l.add("same")
}
