//go:build unix

package atomicfile

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

func TestSpecialFiles(t *testing.T) {
	dir := t.TempDir()
	pipe := filepath.Join(dir, "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{pipe, os.DevNull} {
		_, err := Open(t.Context(), path)
		wantKind(t, err, CannotRead, "no regular file")
		wantKind(t, Create(t.Context(), path, nil, Options{Overwrite: true}), CannotWrite, "no regular file")
	}
}

func TestCreateModes(t *testing.T) {
	old := syscall.Umask(0o022)
	defer syscall.Umask(old)
	dir := t.TempDir()
	for _, c := range []struct{ before, mode, want os.FileMode }{
		{0, 0o666, 0o644}, // new: the umask counts
		{0, 0o600, 0o600},
		{0o666, 0o666, 0o666}, // overwritten: kept
		{0o640, 0o666, 0o640},
		{0o664, 0o600, 0o600}, // but never more than asked for
		{0o066, 0o600, 0o000},
	} {
		path := filepath.Join(dir, "f")
		os.Remove(path)
		if c.before != 0 {
			write(t, path, "old", c.before)
			if os.Getuid() != 0 && c.before&0o400 == 0 {
				continue
			}
		}
		if err := Create(t.Context(), path, []byte("new"), Options{Mode: c.mode, Overwrite: true}); err != nil {
			t.Fatal(err)
		}
		if info, _ := os.Stat(path); info.Mode() != c.want {
			t.Errorf("%o created with %o becomes %o, want %o", c.before, c.mode, info.Mode(), c.want)
		}
	}
}

func TestOwnerAndModeKept(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("needs root to give a file to another user")
	}
	path := filepath.Join(t.TempDir(), "f")
	write(t, path, "old", 0o600)
	if err := os.Chown(path, 1234, 5678); err != nil {
		t.Fatal(err)
	}
	const mode = 0o751 | os.ModeSetgid | os.ModeSetuid
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
	f := mustOpen(t, path)
	if err := f.Replace([]byte("new")); err != nil {
		t.Fatal(err)
	}
	info, _ := os.Stat(path)
	if st := info.Sys().(*syscall.Stat_t); st.Uid != 1234 || st.Gid != 5678 || info.Mode() != mode {
		t.Errorf("the file is now %d:%d %v", st.Uid, st.Gid, info.Mode())
	}
}
