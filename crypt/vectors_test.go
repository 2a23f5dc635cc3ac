package crypt

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/encfg/encfg/formats"
	"github.com/encfg/encfg/keysource"
)

// The files in testdata/sops were written by sops: they decrypt to the same
// values as with sops itself.
func TestVectorsBySops(t *testing.T) {
	files, err := filepath.Glob("testdata/sops/*.plain")
	if err != nil || len(files) < 13 {
		t.Fatalf("%d vectors (%v)", len(files), err)
	}
	env := &keysource.Env{Getenv: func(string) string { return "" }, Cache: &keysource.Cache{},
		IdentityFiles: []string{"testdata/example.key"}}
	for _, plain := range files {
		name := strings.TrimSuffix(plain, ".plain")
		t.Run(filepath.Base(name), func(t *testing.T) {
			enc, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			want, err := os.ReadFile(plain)
			if err != nil {
				t.Fatal(err)
			}
			f := formats.ForFile(name)
			if f == nil {
				f = formats.Binary{}
			}
			file, err := Open(context.Background(), env, f, enc, OpenOptions{})
			if err != nil {
				t.Fatal(err)
			}
			defer file.Close()
			if a, b := values(t, name, file.Plain), values(t, name, want); !reflect.DeepEqual(a, b) {
				t.Errorf("got\n%s\nsops has\n%s", file.Plain, want)
			}
			if a, b := bytes.Count(file.Plain, []byte("#")), bytes.Count(want, []byte("#")); a != b {
				t.Errorf("%d comment signs, sops has %d:\n%s", a, b, file.Plain)
			}
			if bytes.Contains(file.Plain, []byte("ENC[")) {
				t.Errorf("a token is left:\n%s", file.Plain)
			}
			// What sops wrote, with a change, becomes a file of ours.
			if f.Name() == "binary" {
				return
			}
			changed := append(bytes.Clone(file.Plain), "\n"...)
			s, err := file.Update(changed, time.Now())
			if err != nil {
				t.Fatal(err)
			}
			again, err := Open(context.Background(), env, f, s.Text, OpenOptions{})
			if err != nil || !bytes.Equal(again.Plain, changed) || !again.Exact {
				t.Errorf("after an update: %v", err)
			}
		})
	}
}

// values reads a plaintext with a library that is not ours.
func values(t *testing.T, name string, text []byte) any {
	t.Helper()
	switch filepath.Ext(name) {
	case ".json":
		var v any
		if err := json.Unmarshal(text, &v); err != nil {
			t.Fatal(err)
		}
		return v
	case ".yaml":
		var docs []any
		dec := yaml.NewDecoder(bytes.NewReader(text))
		for {
			var v any
			if err := dec.Decode(&v); err != nil {
				break
			}
			docs = append(docs, v)
		}
		if len(docs) == 0 {
			t.Fatal("no YAML document")
		}
		return docs
	}
	return strings.TrimRight(string(text), "\n")
}
