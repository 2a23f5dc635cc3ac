package formats

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// fakeMetadata has every shape that a real sops block has.
var fakeMetadata = Map{
	{"age", []any{
		Map{{"recipient", "age1qqq"}, {"enc", "-----BEGIN AGE ENCRYPTED FILE-----\nAAAA\nBBBB\n-----END AGE ENCRYPTED FILE-----\n"}},
		Map{{"recipient", "age1ppp"}, {"enc", "line \"one\"\nline: 'two' # no comment\n"}},
	}},
	{"lastmodified", "2026-01-02T03:04:05Z"},
	{"mac", "ENC[AES256_GCM,data:AAAA,iv:mac,tag:BBBB,type:str]"},
	{"mac_only_encrypted", true},
	{"shamir_threshold", 2},
	{"encfg", Map{{"version", 1}, {"layout", "ENC[AES256_GCM,data:AAAA,iv:layout,tag:BBBB,type:bytes]"}, {"residue_AAAA", "x=y"}}},
	{"version", "3.13.3"},
}

// A selection says which leaves of a document get a token.
var selections = map[string]func(i int, l *Leaf) bool{
	"all":         func(int, *Leaf) bool { return true },
	"none":        func(int, *Leaf) bool { return false },
	"odd":         func(i int, _ *Leaf) bool { return i%2 == 1 },
	"no comments": func(_ int, l *Leaf) bool { return l.Type != Comment },
}

func fakeToken(i int, t Type) string {
	return fmt.Sprintf("ENC[AES256_GCM,data:AAAA,iv:%d+/=,tag:BBBB==,type:%s]", i, t)
}

// selects says whether a selection makes sense for a format: the one value of a
// binary file is always encrypted.
func selects(f Format, name string) bool { return name == "all" || f != Format(Binary{}) }

// checkRoundTrip encrypts and decrypts a text with tokens that are not secret,
// and reports every broken promise of the contract of Format.
func checkRoundTrip(f Format, src []byte, selected func(int, *Leaf) bool) error {
	d, err := f.Parse(src)
	if err != nil {
		return fmt.Errorf("Parse: %w", err)
	}
	tokens := make([]string, len(d.Leaves))
	gets := func(i int) bool {
		l := &d.Leaves[i]
		return l.Type != Null && l.Value != "" && selected(i, l)
	}
	if s, ok := f.(Settler); ok {
		if err := s.Settle(d, gets); err != nil {
			return fmt.Errorf("Settle: %w", err)
		}
	}
	for i := range d.Leaves {
		if gets(i) {
			tokens[i] = fakeToken(i, d.Leaves[i].Type)
		}
	}
	block := f.Block(d, fakeMetadata)
	a := d.Assemble(f, tokens, block)
	if got := string(a.Text[a.Metadata.Start:a.Metadata.End]); got != block {
		return fmt.Errorf("no block at the place Assemble gives: %q", got)
	}
	if _, err := f.Parse(a.Text); !errors.Is(err, ErrEncrypted) {
		return fmt.Errorf("Parse of the encrypted text gives %v\n%s", err, a.Text)
	}
	e, err := f.ParseEncrypted(a.Text)
	if err != nil {
		return fmt.Errorf("ParseEncrypted: %w\n%s", err, a.Text)
	}
	if len(e.MetadataSpans) == 0 || e.MetadataSpans[0] != a.Metadata {
		return fmt.Errorf("the block is found at %v, it is at %v\n%s", e.MetadataSpans, a.Metadata, a.Text)
	}
	if got, want := texts(e.Metadata), texts(fakeMetadata); !reflect.DeepEqual(got, want) {
		return fmt.Errorf("metadata %v\nwant %v", got, want)
	}
	if err := sameValues(d, e, tokens); err != nil {
		return fmt.Errorf("%w\n%s", err, a.Text)
	}
	reps, err := restore(f, d, e, tokens, &a)
	if err != nil {
		return fmt.Errorf("%w\n%s", err, a.Text)
	}
	got := Splice(e.Source, reps)
	if d.CRLF {
		got = bytes.ReplaceAll(got, []byte("\n"), []byte("\r\n"))
	}
	if !bytes.Equal(got, src) {
		return fmt.Errorf("came back as %q\nfrom %q\nencrypted %s", got, src, a.Text)
	}
	return nil
}

// sameValues checks that sops hashes the same sequence of values on both sides,
// each at the same place.
func sameValues(d, e *Document, tokens []string) error {
	var want, got []string
	for i, l := range d.Leaves {
		if tokens[i] != "" {
			want = append(want, fmt.Sprintf("%d %t %s %s", l.Doc, l.Type == Comment, l.At.AAD(), tokens[i]))
		} else if l.Type != Comment && l.Type != Null {
			want = append(want, fmt.Sprintf("%d %s %s %q", l.Doc, l.Type, l.At.AAD(), l.Value))
		}
	}
	for _, l := range e.Leaves {
		if slices.Contains(tokens, l.Value) && l.Value != "" {
			got = append(got, fmt.Sprintf("%d %t %s %s", l.Doc, l.Type == Comment, l.At.AAD(), l.Value))
		} else if l.Type != Comment && l.Type != Null {
			got = append(got, fmt.Sprintf("%d %s %s %q", l.Doc, l.Type, l.At.AAD(), l.Value))
		}
	}
	for i := range max(len(want), len(got)) {
		if i >= len(got) || i >= len(want) || got[i] != want[i] {
			return fmt.Errorf("value %d differs: encrypted %q\nplain %q", i, got[min(i, len(got)):], want[min(i, len(want)):])
		}
	}
	return nil
}

// restore makes the replacements that decryption makes.
func restore(f Format, d, e *Document, tokens []string, a *Assembled) ([]Replacement, error) {
	reps := slices.Clone(a.Restores)
	for _, s := range e.MetadataSpans {
		reps = append(reps, Replacement{Start: s.Start, End: s.End})
	}
	spans := a.Tokens
	for _, el := range e.Leaves {
		i := slices.Index(tokens, el.Value)
		if i < 0 || el.Value == "" {
			continue
		}
		if len(spans) == 0 || spans[0] != (Span{el.Start, el.End}) {
			return nil, fmt.Errorf("leaf %d has the span %d-%d, Assemble gives %v", i, el.Start, el.End, spans)
		}
		spans = spans[1:]
		l := &d.Leaves[i]
		spelled := f.Spell(&el, l.Type, l.Value)
		if plain := f.Spell(l, l.Type, l.Value); plain != spelled {
			return nil, fmt.Errorf("leaf %d is spelled %q, and %q when encrypted", i, plain, spelled)
		}
		if slices.ContainsFunc(a.Restores, func(r Replacement) bool { return r.Start <= el.Start && el.End <= r.End }) {
			continue
		}
		// Where the two differ the source is kept as residue.
		reps = append(reps, Replacement{el.Start, el.End, string(d.Source[l.Start:l.End])})
	}
	if len(spans) > 0 {
		return nil, fmt.Errorf("%d tokens are not found again", len(spans))
	}
	slices.SortStableFunc(reps, func(a, b Replacement) int { return a.Start - b.Start })
	return reps, nil
}

// texts turns all values of a tree into strings, since flat formats know no
// other type, and maps into Go maps.
func texts(v any) any {
	switch v := v.(type) {
	case Map:
		m := map[string]any{}
		for _, f := range v {
			m[f.Key] = texts(f.Value)
		}
		return m
	case []any:
		list := make([]any, len(v))
		for i := range v {
			list[i] = texts(v[i])
		}
		return list
	}
	return fmt.Sprint(v)
}

// suite gives the plaintext files of a format: the table and testdata/NAME.
func suite(t testing.TB, name string) []string {
	t.Helper()
	inputs := slices.Clone(map[string][]string{
		"json": jsonInputs, "dotenv": dotenvInputs, "ini": iniInputs, "binary": binaryInputs,
	}[name])
	files, err := filepath.Glob(filepath.Join("testdata", name, "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		inputs = append(inputs, string(b))
	}
	if len(inputs) == 0 {
		t.Fatalf("no inputs for the format %s", name)
	}
	return inputs
}

func TestConformance(t *testing.T) {
	for _, f := range All() {
		t.Run(f.Name(), func(t *testing.T) {
			if ByName(f.Name()) != f {
				t.Error("not found by its name")
			}
			for _, src := range suite(t, f.Name()) {
				for name, selected := range selections {
					if !selects(f, name) {
						continue
					}
					if err := checkRoundTrip(f, []byte(src), selected); err != nil {
						t.Errorf("%q, %s: %v", src, name, err)
					}
				}
			}
		})
	}
}

// Whatever a truncated file is, it is no panic; and what is accepted comes back.
func TestTruncated(t *testing.T) {
	for _, f := range All() {
		t.Run(f.Name(), func(t *testing.T) {
			for _, src := range suite(t, f.Name()) {
				for n := range min(len(src), 600) {
					checkAccepted(t, f, []byte(src[:n]))
				}
				d, err := f.Parse([]byte(src))
				if err != nil {
					t.Fatal(err)
				}
				a := d.Assemble(f, make([]string, len(d.Leaves)), f.Block(d, fakeMetadata))
				for n := range min(len(a.Text), 1000) {
					_, err := f.ParseEncrypted(a.Text[:n])
					checkError(t, a.Text[:n], err)
				}
			}
		})
	}
}

// checkAccepted is the property of the fuzz targets.
func checkAccepted(t *testing.T, f Format, src []byte) {
	t.Helper()
	if _, err := f.ParseEncrypted(src); err != nil {
		checkError(t, src, err)
	}
	if _, err := f.Parse(src); err != nil {
		checkError(t, src, err)
		return
	}
	for name, selected := range selections {
		if !selects(f, name) {
			continue
		}
		if err := checkRoundTrip(f, src, selected); err != nil {
			t.Fatalf("%q, %s: %v", src, name, err)
		}
	}
}

// checkError checks that an error has a type that the command line knows, and a
// position within the text.
func checkError(t *testing.T, src []byte, err error) {
	t.Helper()
	var e *Error
	switch {
	case err == nil || errors.Is(err, ErrEncrypted) || errors.Is(err, ErrNotEncrypted):
	case !errors.As(err, &e):
		t.Errorf("%q: an error of type %T: %v", src, err, err)
	case e.Line < 0 || e.Line > bytes.Count(src, []byte("\n"))+1 || e.Msg == "" || strings.Contains(e.Msg, "\n"):
		t.Errorf("%q: bad error %#v", src, e)
	}
}
