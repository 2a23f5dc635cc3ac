package formats

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// yamlFakeBlock looks like what crypt gives to Block.
var yamlFakeBlock = Map{
	{"age", []any{Map{{"recipient", "age1x"}, {"enc", "-----BEGIN AGE ENCRYPTED FILE-----\nabc\n-----END AGE ENCRYPTED FILE-----\n"}}}},
	{"lastmodified", "2026-01-02T03:04:05Z"},
	{"mac", "ENC[AES256_GCM,data:bWFj,iv:aXY=,tag:dGFn,type:str]"},
	{"mac_only_encrypted", true},
	{"shamir_threshold", 2},
	{"unencrypted_suffix", "_unencrypted"},
	{"version", "3.13.3"},
	{"encfg", Map{{"version", 1}, {"r_a", "ENC[AES256_GCM,data:cg==,iv:aXY=,tag:dGFn,type:str]"}}},
}

func yamlFakeToken(i int, t Type) string {
	return fmt.Sprintf("ENC[AES256_GCM,data:AA%d,iv:%s=,tag:dGFn,type:%s]", i, strings.Repeat("A", 43), t)
}

// errRefused says that a file is refused, as it may be.
var errRefused = errors.New("refused")

// checkYAML is the contract of a Format, on one source text. encrypted says
// which leaves get a token.
func checkYAML(src []byte, encrypted func(i int, l *Leaf) bool) error {
	f := YAML{}
	d, err := f.Parse(src)
	if err != nil {
		var e *Error
		if errors.As(err, &e) || errors.Is(err, ErrEncrypted) {
			return fmt.Errorf("%w: %w", errRefused, err)
		}
		return err
	}
	seals := func(i int) bool {
		l := &d.Leaves[i]
		return l.Type != Null && l.Value != "" && encrypted(i, l)
	}
	if err := f.Settle(d, seals); err != nil {
		return fmt.Errorf("settle: %w", err)
	}
	tokens := make([]string, len(d.Leaves))
	for i := range d.Leaves {
		if seals(i) {
			tokens[i] = yamlFakeToken(i, d.Leaves[i].Type)
		}
	}
	a := d.Assemble(f, tokens, f.Block(d, yamlFakeBlock))
	fail := func(format string, args ...any) error {
		return fmt.Errorf(format+"\n--- assembled:\n%s", append(args, a.Text)...)
	}
	if err := compareView(d, tokens, a.Text); err != nil {
		return fail("%v", err)
	}
	e, err := f.ParseEncrypted(a.Text)
	if err != nil {
		return fail("ParseEncrypted: %v", err)
	}
	if !slices.Equal(e.MetadataSpans, []Span{a.Metadata}) {
		return fail("metadata at %v, want %v", e.MetadataSpans, a.Metadata)
	}
	if got, want := fmt.Sprint(e.Metadata), fmt.Sprint(yamlFakeBlock); got != want {
		return fail("metadata\n%s, want\n%s", got, want)
	}
	if err := compareLeaves(d, e, tokens, a.Tokens); err != nil {
		return fail("%v", err)
	}
	return undo(d, e, &a, tokens, fail)
}

// compareLeaves checks that the encrypted document has the leaves of the
// source, in order, and its tokens where they were written.
func compareLeaves(d, e *Document, tokens []string, spans []Span) error {
	f := YAML{}
	if len(e.Leaves) != len(d.Leaves) {
		return fmt.Errorf("%d leaves, want %d", len(e.Leaves), len(d.Leaves))
	}
	source, found := nullsLast(d), nullsLast(e)
	for j, i := range source {
		want, got := &d.Leaves[i], &e.Leaves[found[j]]
		if want.Type == Comment && tokens[i] == "" {
			if got.Value != want.Value && want.Start < want.End {
				return fmt.Errorf("plain comment %d is %q, want %q", i, got.Value, want.Value)
			}
			continue // where it is filed is of no consequence
		}
		if got.At.String() != want.At.String() || got.At.AAD() != want.At.AAD() || got.Doc != want.Doc {
			return fmt.Errorf("leaf %d is at %s (doc %d), want %s (doc %d)", i, got.At, got.Doc, want.At, want.Doc)
		}
		if tokens[i] == "" {
			if got.Type != want.Type || got.Value != want.Value {
				return fmt.Errorf("plain leaf %d at %s is %s %q, want %s %q", i, got.At, got.Type, got.Value, want.Type, want.Value)
			}
			continue
		}
		if got.Value != tokens[i] {
			return fmt.Errorf("leaf %d at %s has %q, want %q", i, got.At, got.Value, tokens[i])
		}
		if (Span{got.Start, got.End}) != spans[0] {
			return fmt.Errorf("leaf %d at %s is at %d:%d, want %v", i, got.At, got.Start, got.End, spans[0])
		}
		spans = spans[1:]
		if want.Virtual {
			continue
		}
		if a, b := f.Spell(want, want.Type, want.Value), f.Spell(got, want.Type, want.Value); a != b {
			return fmt.Errorf("leaf %d at %s is spelled %q, in the encrypted text %q", i, got.At, a, b)
		}
	}
	return nil
}

// nullsLast gives the order of the leaves. A null, which has no text, may come
// before or after a comment.
func nullsLast(d *Document) []int {
	var order, nulls []int
	for i := range d.Leaves {
		if d.Leaves[i].Type == Null {
			nulls = append(nulls, i)
		} else {
			order = append(order, i)
		}
	}
	return append(order, nulls...)
}

// undo decrypts as crypt does.
func undo(d, e *Document, a *Assembled, tokens []string, fail func(string, ...any) error) error {
	var reps []Replacement
	restores := a.Restores
	add := func(r Replacement) {
		for len(restores) > 0 && restores[0].Start <= r.Start {
			reps = append(reps, restores[0])
			restores = restores[1:]
		}
		if n := len(reps); n > 0 && reps[n-1].End >= r.End && reps[n-1].End > reps[n-1].Start {
			return // within a restored range
		}
		reps = append(reps, r)
	}
	block := Replacement{a.Metadata.Start, a.Metadata.End, ""}
	source := nullsLast(d)
	for j, i := range nullsLast(e) {
		if tokens[source[j]] == "" {
			continue
		}
		l, s := &e.Leaves[i], &d.Leaves[source[j]]
		if block.End > 0 && block.Start < l.Start {
			add(block)
			block.End = 0
		}
		add(Replacement{l.Start, l.End, string(d.Source[s.Start:s.End])})
	}
	if block.End > 0 {
		add(block)
	}
	reps = append(reps, restores...)
	if got := Splice(a.Text, reps); !bytes.Equal(got, d.Source) {
		return fail("undone:\n%s\nwant:\n%s", got, d.Source)
	}
	return nil
}

var yamlChoices = map[string]func(i int, l *Leaf) bool{
	"all":      func(int, *Leaf) bool { return true },
	"none":     func(int, *Leaf) bool { return false },
	"odd":      func(i int, _ *Leaf) bool { return i%2 == 1 },
	"values":   func(_ int, l *Leaf) bool { return l.Type != Comment },
	"comments": func(_ int, l *Leaf) bool { return l.Type == Comment },
}

// yamlRefused are the edge cases that encfg refuses, and why.
var yamlRefused = map[string]string{
	"complexkey.yaml": "a key that is a list",
	"double.yaml":     "an unknown escape",
	"dupkeys.yaml":    "stands twice",
	"nel.yaml":        "indented wrongly", // LS is a line break
	"recursive.yaml":  "contains it",
}

func TestYAMLRefused(t *testing.T) {
	for base, why := range yamlRefused {
		_, err := YAML{}.Parse(yamlFile(t, "yaml-refused/"+base))
		var e *Error
		if !errors.As(err, &e) || !strings.Contains(e.Msg, why) || e.Hint == "" {
			t.Errorf("%s: got %v, want a refusal: %s", base, err, why)
		}
	}
}

func yamlFile(t testing.TB, name string) []byte {
	t.Helper()
	src, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return src
}

func TestYAMLEdgeCases(t *testing.T) {
	files, err := filepath.Glob("testdata/yaml/*.yaml")
	if err != nil || len(files) < 40 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, file := range files {
		base := filepath.Base(file)
		src := yamlFile(t, "yaml/"+base)
		for name, choice := range yamlChoices {
			t.Run(base+"/"+name, func(t *testing.T) {
				if err := checkYAML(src, choice); err != nil {
					t.Error(err)
				}
			})
		}
	}
}
