package config

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"syscall"
	"testing"
)

// tree makes files in a new folder, and the folders that they need.
func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestFind(t *testing.T) {
	dir := tree(t, map[string]string{
		".encfg.yaml": "", "a/.sops.yaml": "", "a/b/.encfg.yaml": "", "a/b/.sops.yaml": "", "a/b/c/.sops.yml": "", "a/x": "",
	})
	for _, c := range []struct {
		file, want string
		ignored    []string
	}{
		{"f.yaml", ".encfg.yaml", nil},
		{"z/f.yaml", ".encfg.yaml", nil},
		{"a/f.yaml", "a/.sops.yaml", nil},
		{"a/missing/f.yaml", "a/.sops.yaml", nil},
		{"a/x/below-a-file", "a/.sops.yaml", nil},
		{"a/b/f.yaml", "a/b/.encfg.yaml", nil},
		{"a/b/c/f.yaml", "a/b/.encfg.yaml", []string{"a/b/c/.sops.yml"}},
	} {
		got, err := Find(filepath.Join(dir, c.file))
		if err != nil {
			t.Errorf("%s: %v", c.file, err)
		}
		want := Found{Path: filepath.Join(dir, c.want)}
		for _, i := range c.ignored {
			want.Ignored = append(want.Ignored, filepath.Join(dir, i))
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: found %+v, want %+v", c.file, got, want)
		}
	}
	t.Chdir(filepath.Join(dir, "a"))
	if got, err := Find("f.yaml"); err != nil || filepath.Base(got.Path) != ".sops.yaml" {
		t.Errorf("a relative name: %+v, %v", got, err)
	}
}

func TestFindNothing(t *testing.T) {
	got, err := Find(filepath.Join(tree(t, map[string]string{".sops.yml": ""}), "f.yaml"))
	if !errors.Is(err, ErrNotFound) || got.Path != "" || len(got.Ignored) != 1 {
		t.Errorf("found %+v, %v", got, err)
	}
}

// TestFindUnreadable pins that a configuration which is there but cannot be
// used does not lead to one further up.
func TestFindUnreadable(t *testing.T) {
	dir := tree(t, map[string]string{".encfg.yaml": "", "a/x": ""})
	if err := os.Symlink("nowhere", filepath.Join(dir, "a", ".sops.yaml")); err != nil {
		t.Skip("symbolic links cannot be made here")
	}
	if got, err := Find(filepath.Join(dir, "a", "f.yaml")); err == nil {
		t.Errorf("a dangling link leads to %+v", got)
	}
	if err := os.Mkdir(filepath.Join(dir, "b"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "b", ".encfg.yaml"), 0o755); err != nil {
		t.Fatal(err)
	}
	got, err := Find(filepath.Join(dir, "b", "f.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Load(got.Path); err == nil || !strings.Contains(err.Error(), "directory") {
		t.Errorf("a folder is read: %v", err)
	}
}

func TestPlanted(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("needs root to give a file to another user")
	}
	dir := tree(t, map[string]string{".encfg.yaml": ""})
	path := filepath.Join(dir, ".encfg.yaml")
	if err := syscall.Chown(path, 12345, 12345); err != nil {
		t.Fatal(err)
	}
	if _, err := Find(filepath.Join(dir, "f")); err != nil {
		t.Errorf("another user's file in a folder of our own: %v", err)
	}
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	_, err := Find(filepath.Join(dir, "f"))
	if e, ok := errors.AsType[*Error](err); !ok || !strings.Contains(e.Hint, "--config") {
		t.Errorf("another user's file in a folder for all: %v", err)
	}
}

func TestLoadErrors(t *testing.T) {
	dir := tree(t, map[string]string{"big": strings.Repeat("#", maxSize+1)})
	for name, want := range map[string]string{"big": "larger than", "none": "no such file"} {
		_, err := Load(filepath.Join(dir, name))
		if err == nil || !strings.Contains(err.Error(), want) || strings.Count(err.Error(), dir) != 1 {
			t.Errorf("%s: %v", name, err)
		}
	}
}
