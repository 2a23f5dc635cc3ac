package atomicfile

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// asNobody runs a function with the rights of a user that owns nothing. They
// belong to the thread, which ends with it.
func asNobody(t *testing.T, do func()) {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("needs root to act for two users")
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread()
		if _, err := unix.SetfsgidRetGid(65534); err != nil {
			t.Error(err)
		}
		if _, err := unix.SetfsuidRetUid(65534); err != nil {
			t.Error(err)
		}
		do()
	}()
	<-done
}

// open755 makes a folder that nobody can enter, by opening those above it.
func open755(t *testing.T) string {
	dir, err := os.MkdirTemp("/tmp", "atomicfile")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestNoPermission(t *testing.T) {
	dir := open755(t)
	write(t, filepath.Join(dir, "unreadable"), "x", 0o600)
	write(t, filepath.Join(dir, "unwritable"), "x", 0o644)
	write(t, filepath.Join(dir, "writable"), "x", 0o666)
	asNobody(t, func() {
		_, err := Open(t.Context(), filepath.Join(dir, "unreadable"))
		wantKind(t, err, CannotRead, "permission denied")
		_, err = Open(t.Context(), filepath.Join(dir, "unwritable"))
		wantKind(t, err, CannotWrite, "permission denied")
		f, err := Open(t.Context(), filepath.Join(dir, "writable"))
		if err != nil {
			t.Error(err)
			return
		}
		defer f.Close()
		err = f.Replace([]byte("new")) // the folder is not ours
		wantKind(t, err, CannotWrite, "folder: permission denied")
		if e, _ := errors.AsType[*Error](err); e == nil || e.Hint == "" {
			t.Errorf("no hint: %v", err)
		}
		wantKind(t, Create(t.Context(), filepath.Join(dir, "new"), nil, Options{Mode: 0o600}), CannotWrite, "permission denied")
	})
	only(t, dir, "unreadable", "unwritable", "writable")
	if got := content(t, filepath.Join(dir, "writable")); got != "x" {
		t.Errorf("the file is now %q", got)
	}
}

// TestForeignOwner pins that a file of somebody else, which we may write, does
// not become ours.
func TestForeignOwner(t *testing.T) {
	dir := open755(t)
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "f")
	write(t, path, "old", 0o666)
	asNobody(t, func() {
		f, err := Open(t.Context(), path)
		if err != nil {
			t.Error(err)
			return
		}
		defer f.Close()
		wantKind(t, f.Replace([]byte("new")), CannotWrite, "belongs to another user")
	})
	only(t, dir, "f")
	if content(t, path) != "old" {
		t.Error("the file was written")
	}
}

func TestAttributes(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "f")
	write(t, path, "old", 0o640)
	if err := unix.Setxattr(path, "user.note", []byte("kept"), 0); err != nil {
		t.Skipf("no extended attributes here: %v", err)
	}
	f := mustOpen(t, path)
	if err := f.Replace([]byte("new")); err != nil {
		t.Fatal(err)
	}
	if v, err := attribute(path, "user.note"); string(v) != "kept" || err != nil {
		t.Errorf("the attribute is %q, %v", v, err)
	}
}

// acl makes the system's form of an access control list: user 1234 may do what
// perm says, the group may read.
func acl(perm uint16) []byte {
	b := binary.LittleEndian.AppendUint32(nil, 2)
	for _, e := range []struct {
		tag, perm uint16
		id        uint32
	}{{1, 6, ^uint32(0)}, {2, perm, 1234}, {4, 4, ^uint32(0)}, {16, 7, ^uint32(0)}, {32, 0, ^uint32(0)}} {
		b = binary.LittleEndian.AppendUint16(b, e.tag)
		b = binary.LittleEndian.AppendUint16(b, e.perm)
		b = binary.LittleEndian.AppendUint32(b, e.id)
	}
	return b
}

func TestAccessLists(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "f")
	write(t, path, "old", 0o600)
	if err := unix.Setxattr(path, accessList, acl(4), 0); err != nil {
		t.Skipf("no access control lists here: %v", err)
	}
	f := mustOpen(t, path)
	want, _ := attribute(path, accessList)
	if err := f.Replace([]byte("new")); err != nil {
		t.Fatal(err)
	}
	if got, err := attribute(path, accessList); err != nil || !bytes.Equal(got, want) {
		t.Errorf("the list is %x, %v, want %x", got, err, want)
	}
	// A file without a list does not get that of its folder.
	plain := filepath.Join(dir, "plain")
	write(t, plain, "old", 0o640)
	if err := unix.Setxattr(dir, "system.posix_acl_default", acl(6), 0); err != nil {
		t.Fatal(err)
	}
	g := mustOpen(t, plain)
	if err := g.Replace([]byte("new")); err != nil {
		t.Fatal(err)
	}
	if got, err := attribute(plain, accessList); err == nil {
		t.Errorf("the file got the list %x", got)
	}
	if info, _ := os.Stat(plain); info.Mode() != 0o640 {
		t.Errorf("the mode is %v", info.Mode())
	}
}

// inNamespace runs the calling test again in a process that may mount, with
// the folder of a small tmpfs; there it returns that folder.
func inNamespace(t *testing.T) string {
	t.Helper()
	if dir := os.Getenv("ATOMICFILE_MOUNT"); dir != "" {
		if err := unix.Mount("none", dir, "tmpfs", 0, "size=256k"); err != nil {
			t.Skipf("nothing can be mounted here: %v", err)
		}
		return dir
	}
	cmd := exec.Command(os.Args[0], "-test.v", "-test.run=^"+t.Name()+"$")
	cmd.Env = append(os.Environ(), "ATOMICFILE_MOUNT="+t.TempDir())
	cmd.SysProcAttr = &syscall.SysProcAttr{Unshareflags: syscall.CLONE_NEWNS}
	if uid := os.Getuid(); uid != 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{
			Cloneflags:  syscall.CLONE_NEWNS | syscall.CLONE_NEWUSER,
			UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: uid, Size: 1}},
			GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}},
		}
	}
	out, err := cmd.CombinedOutput()
	switch {
	case errors.Is(err, unix.EPERM), errors.Is(err, unix.ENOSPC), strings.Contains(string(out), "--- SKIP"):
		t.Skipf("nothing can be mounted here: %v", err)
	case err != nil || !strings.Contains(string(out), "--- PASS: "+t.Name()):
		t.Fatalf("%v\n%s", err, out)
	}
	return ""
}

func TestFullDisk(t *testing.T) {
	dir := inNamespace(t)
	if dir == "" {
		return
	}
	path := filepath.Join(dir, "f")
	old := strings.Repeat("old", 30_000)
	write(t, path, old, 0o600)
	f := mustOpen(t, path)
	for size := 1; size < 1<<20; size *= 4 {
		if err := f.Replace([]byte(old)); err != nil {
			t.Fatal(err)
		}
		err := f.Replace(bytes.Repeat([]byte("n"), size+200_000))
		wantKind(t, err, CannotWrite, "no space left")
		if e, _ := errors.AsType[*Error](err); e == nil || !strings.Contains(e.Hint, "full") {
			t.Errorf("no hint: %v", err)
		}
		if content(t, path) != old {
			t.Fatal("the file was lost")
		}
		only(t, dir, "f")
	}
	wantKind(t, Create(t.Context(), filepath.Join(dir, "g"), make([]byte, 1<<20), Options{Mode: 0o600}), CannotWrite, "no space left")
	only(t, dir, "f")
}

func TestReadOnlyDisk(t *testing.T) {
	dir := inNamespace(t)
	if dir == "" {
		return
	}
	path := filepath.Join(dir, "f")
	write(t, path, "old", 0o600)
	staged := mustOpen(t, path)
	staged.Close()
	if err := unix.Mount("none", dir, "tmpfs", unix.MS_REMOUNT|unix.MS_RDONLY, ""); err != nil {
		t.Fatal(err)
	}
	_, err := Open(t.Context(), path)
	wantKind(t, err, CannotWrite, "read-only file system")
	wantKind(t, Create(t.Context(), path+"2", nil, Options{Mode: 0o600}), CannotWrite, "read-only file system")
}
