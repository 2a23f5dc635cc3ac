package atomicfile

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// write makes a file with the mode.
func write(t *testing.T, path, text string, mode os.FileMode) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}

// content reads a file.
func content(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// only checks that a folder holds these names and nothing else.
func only(t *testing.T, dir string, names ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
	}
	slices.Sort(names)
	if !slices.Equal(got, names) {
		t.Errorf("the folder holds %q, want %q", got, names)
	}
}

// wantKind checks an error's kind and that its text is one line with the path.
func wantKind(t *testing.T, err error, kind Kind, msg string) {
	t.Helper()
	e, ok := errors.AsType[*Error](err)
	if !ok || e.Kind != kind || !strings.Contains(e.Error(), msg) || strings.Contains(e.Error(), "\n") || strings.Contains(e.Error(), ".tmp") {
		t.Errorf("error is %#v (%v), want kind %d with %q", err, err, kind, msg)
	}
}

func mustOpen(t *testing.T, path string) *File {
	t.Helper()
	f, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func TestReplace(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "f")
	write(t, path, "old", 0o640)
	f := mustOpen(t, path)
	if string(f.Data) != "old" {
		t.Errorf("read %q", f.Data)
	}
	for _, text := range []string{"new", "", strings.Repeat("x", 1<<20)} {
		if err := f.Replace([]byte(text)); err != nil {
			t.Fatal(err)
		}
		if content(t, path) != text {
			t.Errorf("the file is not %.10q", text)
		}
		info, _ := os.Stat(path)
		if info.Mode() != 0o640 {
			t.Errorf("the mode is %v", info.Mode())
		}
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
	if err := f.Close(); err != nil {
		t.Errorf("closing twice: %v", err)
	}
	only(t, dir, "f")
}

func TestOpenReadsAll(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	for _, size := range []int{0, 1, 511, 512, 513, 1<<20 + 7} {
		want := bytes.Repeat([]byte{'a'}, size)
		write(t, path, string(want), 0o600)
		f := mustOpen(t, path)
		if !bytes.Equal(f.Data, want) {
			t.Errorf("%d bytes are read as %d", size, len(f.Data))
		}
		f.Close()
	}
}

func TestStageOnly(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "f")
	write(t, path, "old", 0o600)
	f := mustOpen(t, path)
	if err := f.Stage([]byte("one")); err != nil {
		t.Fatal(err)
	}
	if err := f.Stage([]byte("two")); err != nil {
		t.Fatal(err)
	}
	if content(t, path) != "old" {
		t.Error("staging changes the file")
	}
	f.Close()
	only(t, dir, "f")
	wantKind(t, f.Commit(), CannotWrite, "nothing is staged")
}

func TestSymlink(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "real"), 0o700); err != nil {
		t.Fatal(err)
	}
	target := filepath.Join(dir, "real", "f")
	write(t, target, "old", 0o600)
	for link, to := range map[string]string{"a": "real/f", "b": "a", "c": "real"} {
		if err := os.Symlink(to, filepath.Join(dir, link)); err != nil {
			t.Skip("symbolic links cannot be made here")
		}
	}
	for _, name := range []string{"a", "b", "c/f"} {
		f := mustOpen(t, filepath.Join(dir, name))
		if err := f.Replace([]byte(name)); err != nil {
			t.Fatal(err)
		}
		f.Close()
		if content(t, target) != name {
			t.Errorf("writing to %s does not reach the file", name)
		}
	}
	if to, err := os.Readlink(filepath.Join(dir, "b")); to != "a" || err != nil {
		t.Errorf("the link is now %q, %v", to, err)
	}
	only(t, dir, "a", "b", "c", "real")
	only(t, filepath.Join(dir, "real"), "f")
}

func TestOpenRefuses(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "ro"), "x", 0o444)
	write(t, filepath.Join(dir, "linked"), "x", 0o600)
	if err := os.Link(filepath.Join(dir, "linked"), filepath.Join(dir, "other")); err != nil {
		t.Skip("hard links cannot be made here")
	}
	_ = os.Symlink("nowhere", filepath.Join(dir, "dangling"))
	_ = os.Symlink("loop", filepath.Join(dir, "loop"))
	for name, want := range map[string]struct {
		kind Kind
		msg  string
	}{
		"ro":       {CannotWrite, "read-only"},
		"linked":   {CannotWrite, "hard links"},
		"missing":  {NotFound, "does not exist"},
		"dangling": {NotFound, "does not exist"},
		"loop":     {CannotRead, "too many links"},
		".":        {CannotRead, "folder"},
		"ro/x":     {CannotRead, "not a directory"},
	} {
		f, err := Open(t.Context(), filepath.Join(dir, name))
		if f != nil {
			t.Errorf("%s is opened", name)
		}
		wantKind(t, err, want.kind, want.msg)
	}
}

// TestChanged pins that a change by a program that takes no lock is not lost.
func TestChanged(t *testing.T) {
	for name, change := range map[string]func(path string) error{
		"same size":  func(p string) error { return os.WriteFile(p, []byte("OLD"), 0o600) },
		"other size": func(p string) error { return os.WriteFile(p, []byte("longer"), 0o600) },
		"removed":    os.Remove,
		"mode":       func(p string) error { return os.Chmod(p, 0o640) },
		"replaced": func(p string) error {
			if err := os.WriteFile(p+"2", []byte("OLD"), 0o600); err != nil {
				return err
			}
			return os.Rename(p+"2", p)
		},
		"folder": func(p string) error { return errors.Join(os.Remove(p), os.Mkdir(p, 0o700)) },
	} {
		dir := t.TempDir()
		path := filepath.Join(dir, "f")
		write(t, path, "old", 0o600)
		f := mustOpen(t, path)
		clear(f.Data) // the check does not depend on what the caller does
		if err := f.Stage([]byte("new")); err != nil {
			t.Fatal(err)
		}
		if err := change(path); err != nil {
			t.Fatal(err)
		}
		err := f.Commit()
		if e, ok := errors.AsType[*Error](err); !ok || e.Kind != Changed {
			t.Errorf("%s: %v", name, err)
		}
		f.Close()
		if b, _ := os.ReadFile(path); string(b) == "new" {
			t.Errorf("%s: the change is lost", name)
		}
		if name != "removed" {
			only(t, dir, "f")
		}
	}
}

// TestRewrittenAlike pins that a file which others wrote anew with the same
// content has not changed.
func TestRewrittenAlike(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	write(t, path, "old", 0o600)
	f := mustOpen(t, path)
	write(t, path+"2", "old", 0o600)
	if err := os.Rename(path+"2", path); err != nil {
		t.Fatal(err)
	}
	if err := f.Replace([]byte("new")); err != nil || content(t, path) != "new" {
		t.Errorf("%v, %q", err, content(t, path))
	}
}

func TestBusy(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	write(t, path, "old", 0o600)
	f := mustOpen(t, path)
	busy := func() {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		defer cancel()
		_, err := Open(ctx, path)
		wantKind(t, err, Busy, "another process")
	}
	busy()
	if err := f.Replace([]byte("new")); err != nil {
		t.Fatal(err)
	}
	busy() // the lock went over to the new file
	f.Close()
	if g := mustOpen(t, path); string(g.Data) != "new" {
		t.Errorf("read %q", g.Data)
	}
}

// TestWaitersSeeTheNewFile pins that who waited for the lock of a file that was
// then replaced reads the new one.
func TestWaitersSeeTheNewFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	write(t, path, "0", 0o600)
	done := make(chan error)
	const writers = 20
	for range writers {
		go func() { done <- increment(path) }()
	}
	for range writers {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	if got := content(t, path); got != fmt.Sprint(writers) {
		t.Errorf("the count is %s", got)
	}
}

// increment adds one to the number in a file.
func increment(path string) error {
	f, err := Open(context.Background(), path)
	if err != nil {
		return err
	}
	defer f.Close()
	var n int
	if _, err := fmt.Sscan(string(f.Data), &n); err != nil {
		return fmt.Errorf("the file holds %q: %w", f.Data, err)
	}
	return f.Replace(fmt.Append(nil, n+1))
}

func TestStaleTemps(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "f")
	write(t, path, "old", 0o600)
	stale := filepath.Join(dir, ".encfg-0123456789abcdef.tmp")
	write(t, stale, "left by a killed process", 0o600)
	long := time.Now().Add(-24 * time.Hour)
	if err := os.Chtimes(stale, long, long); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, ".encfg-notes.tmp"), "somebody's own", 0o600)
	used, err := newTemp(dir, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	f := mustOpen(t, path)
	if err := f.Replace([]byte("new")); err != nil {
		t.Fatal(err)
	}
	only(t, dir, "f", ".encfg-notes.tmp", filepath.Base(used.path))
	RemoveTemps()
	only(t, dir, "f", ".encfg-notes.tmp")
	used.remove()
}
