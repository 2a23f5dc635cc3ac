package secure

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// TestHarden runs in a process of its own, as the state cannot be undone.
func TestHarden(t *testing.T) {
	if os.Getenv("ENCFG_TEST_CHILD") == "" {
		cmd := exec.Command(os.Args[0], "-test.run=^TestHarden$", "-test.v")
		cmd.Env = append(os.Environ(), "ENCFG_TEST_CHILD=1")
		if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "--- PASS: TestHarden") {
			t.Fatalf("%v\n%s", err, out)
		}
		return
	}
	old := unix.Rlimit{}
	if err := unix.Getrlimit(unix.RLIMIT_CORE, &old); err != nil {
		t.Fatal(err)
	}
	if old.Max > 0 { // so that there is something to turn off
		old.Cur = old.Max
		if err := unix.Setrlimit(unix.RLIMIT_CORE, &old); err != nil {
			t.Fatal(err)
		}
	}
	restore, err := Harden()
	if err != nil {
		t.Fatal(err)
	}
	if d, err := unix.PrctlRetInt(unix.PR_GET_DUMPABLE, 0, 0, 0, 0); err != nil || d != 0 {
		t.Errorf("dumpable is %d, %v", d, err)
	}
	var now unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_CORE, &now); err != nil || now.Cur != 0 {
		t.Errorf("the limit is %+v, %v", now, err)
	}
	// The limit that a child really gets.
	if out, err := exec.Command("sh", "-c", "ulimit -S -c").Output(); err != nil || strings.TrimSpace(string(out)) != "0" {
		t.Errorf("a child's limit is %q, %v", out, err)
	}
	if err := restore(); err != nil {
		t.Fatal(err)
	}
	if err := unix.Getrlimit(unix.RLIMIT_CORE, &now); err != nil || now != old {
		t.Errorf("the restored limit is %+v, %v; want %+v", now, err, old)
	}
}

func TestIsMemoryBacked(t *testing.T) {
	for dir, want := range map[string]bool{"/dev/shm": true, "/proc": false, "/sys": false} {
		if _, err := os.Stat(dir); err != nil {
			continue
		}
		if got, err := IsMemoryBacked(dir); got != want || err != nil {
			t.Errorf("%s: %v, %v", dir, got, err)
		}
	}
	if _, err := IsMemoryBacked("/does/not/exist"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a missing folder: %v", err)
	}
}

func TestTempDir(t *testing.T) {
	if ok, _ := IsMemoryBacked("/dev/shm"); !ok {
		t.Skip("/dev/shm is no tmpfs here")
	}
	old := unix.Umask(0)
	defer unix.Umask(old)
	dir, err := TempDir([]string{"/does/not/exist", "/proc", "/dev/shm"})
	if err != nil {
		t.Fatal(err)
	}
	defer os.Remove(dir)
	info, err := os.Lstat(dir)
	if err != nil || info.Mode() != os.ModeDir|0o700 || filepath.Dir(dir) != "/dev/shm" {
		t.Errorf("%s: %v, %v", dir, info.Mode(), err)
	}
	other, err := TempDir([]string{"/dev/shm"})
	if err != nil || other == dir {
		t.Errorf("the second folder is %q, %v", other, err)
	}
	os.Remove(other)
}

func TestNoTempDir(t *testing.T) {
	for _, candidates := range [][]string{nil, {"/proc"}, {"/does/not/exist", "/proc"}} {
		if dir, err := TempDir(candidates); !errors.Is(err, ErrNoMemoryDir) || dir != "" || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: %q, %v", candidates, dir, err)
		}
	}
}

func TestCandidates(t *testing.T) {
	for value, want := range map[string]string{"": "/run/user/", "relative": "/run/user/", "/run/me": "/run/me"} {
		got := Candidates(value)
		if !strings.HasPrefix(got[0], want) || len(got) < 3 {
			t.Errorf("%q: %q", value, got)
		}
	}
}
