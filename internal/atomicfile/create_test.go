package atomicfile

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

func TestCreate(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "f")
	if err := Create(t.Context(), path, []byte("one"), Options{Mode: 0o600}); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || content(t, path) != "one" || runtime.GOOS != "windows" && info.Mode() != 0o600 {
		t.Errorf("%v, %v, %q", info.Mode(), err, content(t, path))
	}
	wantKind(t, Create(t.Context(), path, []byte("two"), Options{Mode: 0o600}), Exists, "exists already")
	if content(t, path) != "one" {
		t.Error("the file that exists was overwritten")
	}
	only(t, dir, "f")
}

func TestCreateRefuses(t *testing.T) {
	dir := t.TempDir()
	_ = os.Symlink("nowhere", filepath.Join(dir, "dangling"))
	for name, msg := range map[string]string{
		"missing/f": "the folder does not exist",
		".":         "it is a folder",
		"dangling":  "leads nowhere",
	} {
		wantKind(t, Create(t.Context(), filepath.Join(dir, name), nil, Options{Mode: 0o600, Overwrite: true}), CannotWrite, msg)
	}
	only(t, dir, "dangling")
}

// TestCreateOnce pins that of many that create one file exactly one succeeds.
func TestCreateOnce(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "f")
	results := make(chan string)
	for i := range 16 {
		go func() {
			text := fmt.Sprint("writer ", i)
			if err := create(path, []byte(text), 0o600); err != nil {
				text = ""
			}
			results <- text
		}()
	}
	var winners []string
	for range 16 {
		if r := <-results; r != "" {
			winners = append(winners, r)
		}
	}
	if len(winners) != 1 || content(t, path) != winners[0] {
		t.Errorf("winners are %q, the file is %q", winners, content(t, path))
	}
	only(t, dir, "f")
}
