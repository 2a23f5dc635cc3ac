package example

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/encfg/encfg/crypt"
	"github.com/encfg/encfg/formats"
	"github.com/encfg/encfg/keysource"
)

// encrypt seals a file for a new identity that nobody has.
func encrypt(t *testing.T, f formats.Format, plain string) []byte {
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
	env := &keysource.Env{Getenv: func(string) string { return "" }, IdentityFiles: []string{path}}
	s, err := crypt.Encrypt(context.Background(), env, f, []byte(plain), crypt.Options{Groups: [][]keysource.Recipient{rec}})
	if err != nil {
		t.Fatal(err)
	}
	return s.Text
}

func fromPlain(t *testing.T, f formats.Format, plain string) *Source {
	t.Helper()
	s, err := FromPlain(f, []byte(plain), crypt.Rules{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func template(t *testing.T, s *Source, o Options) string {
	t.Helper()
	text, err := s.Template(o)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
