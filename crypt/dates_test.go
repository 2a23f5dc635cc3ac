package crypt

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/encfg/encfg/formats"
	"github.com/encfg/encfg/keysource"
)

// datesEnv makes an identity, and a recipient for it.
func datesEnv(t *testing.T) (*keysource.Env, [][]keysource.Recipient) {
	t.Helper()
	id, err := keysource.GenerateIdentity(false, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "keys.txt")
	if err := os.WriteFile(path, []byte(id.File), 0o600); err != nil {
		t.Fatal(err)
	}
	rec, err := keysource.Age{}.Parse(id.Public)
	if err != nil {
		t.Fatal(err)
	}
	return &keysource.Env{Getenv: func(string) string { return "" }, IdentityFiles: []string{path}}, [][]keysource.Recipient{rec}
}

var (
	day1 = time.Date(2026, 1, 1, 8, 0, 0, 0, time.UTC)
	day2 = day1.AddDate(0, 0, 1)
	day3 = day1.AddDate(0, 0, 2)
)

// changedDates reads the records of a file without a key.
func changedDates(t *testing.T, f formats.Format, enc []byte) map[string]time.Time {
	t.Helper()
	doc, err := f.ParseEncrypted(enc)
	if err != nil {
		t.Fatal(err)
	}
	md, err := ReadMetadata(doc.Metadata)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]time.Time{}
	for i := range doc.Leaves {
		if at, ok := md.Changed(&doc.Leaves[i]); ok {
			out[doc.Leaves[i].At.String()] = at
		}
	}
	return out
}

var datedFiles = []struct {
	format             formats.Format
	first, other, real string // real changes one dated value, other an undated one
	dated, still       string // the paths of the changed dated value and of another
}{
	{formats.JSON{}, `{"a": {"pw": "one", "list": [1, 2]}, "note": "x"}`, `{"a": {"pw": "one", "list": [1, 2]}, "note": "y"}`,
		`{"a": {"pw": "two", "list": [1, 2]}, "note": "y"}`, "a.pw", "a.list[1]"},
	{formats.Dotenv{}, "PW=one\nODD KEY.pw=1\nNOTE=x\n", "PW=one\nODD KEY.pw=1\nNOTE=y\n", "PW=two\nODD KEY.pw=1\nNOTE=y\n", "PW", `"ODD KEY.pw"`},
	{formats.YAML{}, "a:\n  pw: one\n  list: [1, 2]\nnote: x\n", "a:\n  pw: one\n  list: [1, 2]\nnote: z\n",
		"a:\n  pw: two\n  list: [1, 2]\nnote: z\n", "a.pw", "a.list[1]"},
}

func notNote(l *formats.Leaf) bool { return !strings.EqualFold(l.At.Key, "note") }

// The date of a value changes with the value only: not with others, not with
// the data key.
func TestDatesFollowValues(t *testing.T) {
	env, groups := datesEnv(t)
	ctx := context.Background()
	for _, c := range datedFiles {
		t.Run(c.format.Name(), func(t *testing.T) {
			s, err := Encrypt(ctx, env, c.format, []byte(c.first), Options{Groups: groups, Now: day1, Dated: notNote})
			if err != nil {
				t.Fatal(err)
			}
			check := func(step string, enc []byte, want time.Time) {
				t.Helper()
				got := changedDates(t, c.format, enc)
				if !got[c.dated].Equal(want) || !got[c.still].Equal(day1) {
					t.Fatalf("%s: the dates are %v", step, got)
				}
				for path := range got {
					if strings.EqualFold(path, "note") {
						t.Fatalf("%s: %s has a date", step, path)
					}
				}
			}
			check("encrypted", s.Text, day1)
			open := func(enc []byte) *File {
				t.Helper()
				f, err := Open(ctx, env, c.format, enc, OpenOptions{})
				if err != nil || len(f.Warnings) > 0 {
					t.Fatal(err, f)
				}
				return f
			}
			f := open(s.Text)
			f.Dated = notNote
			if s, err = f.Update([]byte(c.other), day2); err != nil {
				t.Fatal(err)
			}
			check("another value changed", s.Text, day1)
			f = open(s.Text)
			if s, err = f.Update([]byte(c.real), day2); err != nil {
				t.Fatal(err)
			}
			check("changed, no rule at hand", s.Text, day2)
			f = open(s.Text)
			ch := f.Unchanged()
			ch.NewKey, ch.Groups = true, groups
			if s, err = f.Reencrypt(ctx, env, []byte(c.real), ch, day3); err != nil {
				t.Fatal(err)
			}
			check("new data key", s.Text, day2)
			open(s.Text)
		})
	}
}

// An update of an undated value leaves the lines of the dates as they are.
func TestDatesKeepTheDiffSmall(t *testing.T) {
	env, groups := datesEnv(t)
	ctx := context.Background()
	for _, c := range datedFiles {
		s, err := Encrypt(ctx, env, c.format, []byte(c.first), Options{Groups: groups, Now: day1, Dated: notNote})
		if err != nil {
			t.Fatal(err)
		}
		f, err := Open(ctx, env, c.format, s.Text, OpenOptions{})
		if err != nil {
			t.Fatal(err)
		}
		next, err := f.Update([]byte(c.other), day2)
		if err != nil {
			t.Fatal(err)
		}
		old, lines := strings.Split(string(s.Text), "\n"), strings.Split(string(next.Text), "\n")
		if len(old) != len(lines) {
			t.Fatalf("%s: %d lines became %d", c.format.Name(), len(old), len(lines))
		}
		for i := range old {
			if old[i] != lines[i] && strings.Contains(old[i], changedPrefix) && len(old) > 2 {
				t.Errorf("%s: line %d, a date, changed", c.format.Name(), i+1)
			}
		}
	}
}

// A date that somebody without the key wrote is reported and not kept.
func TestDatesAreAuthentic(t *testing.T) {
	env, groups := datesEnv(t)
	ctx := context.Background()
	for _, c := range datedFiles {
		s, err := Encrypt(ctx, env, c.format, []byte(c.first), Options{Groups: groups, Now: day1, Dated: notNote})
		if err != nil {
			t.Fatal(err)
		}
		forged := strings.Replace(string(s.Text), "2026-01-01T08:00:00Z ENC", "2026-06-01T08:00:00Z ENC", 1)
		if forged == string(s.Text) {
			t.Fatalf("%s: no date found", c.format.Name())
		}
		f, err := Open(ctx, env, c.format, []byte(forged), OpenOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if len(f.Warnings) != 1 || !strings.Contains(f.Warnings[0], "date of the last change") {
			t.Errorf("%s: the warnings are %q", c.format.Name(), f.Warnings)
		}
		next, err := f.Update([]byte(c.other), day2)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(next.Text), "2026-06-01") {
			t.Errorf("%s: the forged date was kept", c.format.Name())
		}
	}
}
