//go:build linux

package handover

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/encfg/encfg/internal/secure"
	"github.com/encfg/encfg/internal/testneed"
)

const canary = "canary-5d41402abc4b2a76"

// TestMain lets the test binary play the watcher, and a process that holds
// files until it is killed.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 {
		switch os.Args[1] {
		case "watch":
			if err := Watch(os.Stdin, os.Stdout); err != nil {
				fmt.Fprintln(os.Stderr, err)
				os.Exit(1)
			}
			os.Exit(0)
		case "hold":
			hold(os.Args[2], Mode(os.Args[3]))
		}
	}
	os.Exit(m.Run())
}

// hold makes a file below a folder, prints its path, and sleeps.
func hold(parent string, mode Mode) {
	k := New(Options{Dirs: []string{parent}, Watcher: self()})
	path, err := k.Add("", bytes.Repeat([]byte(canary), 2000), mode)
	if err != nil {
		fmt.Println("error:", err)
		_ = k.Close()
		os.Exit(1)
	}
	fmt.Println(path)
	time.Sleep(time.Minute)
	os.Exit(1)
}

func self() []string { return []string{"/proc/self/exe", "watch"} }

// shm is an empty folder in memory.
func shm(t *testing.T) string {
	t.Helper()
	if ok, err := secure.IsMemoryBacked("/dev/shm"); !ok {
		testneed.Skip(t, fmt.Sprintf("/dev/shm is no tmpfs here (%v)", err))
	}
	dir, err := os.MkdirTemp("/dev/shm", "test-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

func keeper(t *testing.T, opts Options) *Keeper {
	t.Helper()
	if opts.Dirs == nil {
		opts.Dirs = []string{shm(t)}
	}
	opts.Watcher = self()
	k := New(opts)
	t.Cleanup(func() { k.Close() })
	return k
}

func add(t *testing.T, k *Keeper, name, content string, mode Mode) string {
	t.Helper()
	path, err := k.Add(name, []byte(content), mode)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// gone waits until a path does not exist.
func gone(t *testing.T, path string) {
	t.Helper()
	for range 1000 {
		if _, err := os.Lstat(path); os.IsNotExist(err) {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("%s is still there", path)
}

func empty(t *testing.T, dir string) {
	t.Helper()
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestMemfd(t *testing.T) {
	k := keeper(t, Options{})
	one := add(t, k, "", "one\n", Auto)
	two := add(t, k, "", "two\n", Memfd)
	// A grandchild opens it too, again and again, and nobody can write.
	script := `cat "$1" "$2" && sh -c 'exec 3>&- 4>&-; cat "$0"' "$1"; echo x 2>/dev/null >"$1" || echo sealed; echo x 2>/dev/null >>"$1" || echo sealed`
	out, err := exec.Command("sh", "-c", script, "sh", one, two).CombinedOutput()
	if string(out) != "one\ntwo\none\nsealed\nsealed\n" {
		t.Errorf("%q, %v", out, err)
	}
	f, err := os.Open(one)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	seals, err := unix.FcntlInt(f.Fd(), unix.F_GET_SEALS, 0)
	if want := unix.F_SEAL_SEAL | unix.F_SEAL_WRITE | unix.F_SEAL_GROW | unix.F_SEAL_SHRINK; err != nil || seals != want {
		t.Errorf("seals %x, %v", seals, err)
	}
	if err := k.Close(); err != nil {
		t.Error(err)
	}
	for _, path := range []string{one, two} {
		if _, err := os.Stat(path); err == nil {
			t.Errorf("%s is still there", path)
		}
	}
}

func TestTmpfs(t *testing.T) {
	parent := shm(t)
	k := keeper(t, Options{Dirs: []string{"/does/not/exist", "/proc", parent}})
	path := add(t, k, "config.yaml", canary, Tmpfs)
	other := add(t, k, "config.yaml", "other", Auto)
	if filepath.Base(path) != "config.yaml" || filepath.Base(other) != "config.yaml" || path == other {
		t.Errorf("%s, %s", path, other)
	}
	for p, want := range map[string]os.FileMode{path: 0o600, filepath.Dir(path): 0o700 | os.ModeDir, filepath.Dir(filepath.Dir(path)): 0o700 | os.ModeDir} {
		if info, err := os.Stat(p); err != nil || info.Mode() != want {
			t.Errorf("%s: %v, %v", p, info.Mode(), err)
		}
	}
	open, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer open.Close()
	if err := k.Close(); err != nil {
		t.Error(err)
	}
	empty(t, parent)
	if left, err := io.ReadAll(open); err != nil || strings.Trim(string(left), "\x00") != "" || len(left) != len(canary) {
		t.Errorf("the open file holds %q, %v", left, err)
	}
	if _, err := k.Add("", nil, Tmpfs); !errors.Is(err, os.ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
}

func TestWhatTheChildDid(t *testing.T) {
	parent := shm(t)
	k := keeper(t, Options{Dirs: []string{parent}})
	path := add(t, k, "", canary, Tmpfs)
	dir := filepath.Dir(path)
	outside := filepath.Join(shm(t), "outside")
	script := `set -e; cd "$1"; echo new > n && mv n file; mkdir -p a/b; echo x > a/b/c; chmod 0 a/b/c; chmod 500 a/b
		echo kept > "$2"; ln -s "$2" link; ln -s /etc linkdir; chmod 500 .`
	if out, err := exec.Command("sh", "-c", script, "sh", dir, outside).CombinedOutput(); err != nil {
		t.Fatalf("%v %s", err, out)
	}
	if err := k.Close(); err != nil {
		t.Error(err)
	}
	empty(t, parent)
	if b, err := os.ReadFile(outside); string(b) != "kept\n" {
		t.Errorf("a link was followed: %q, %v", b, err)
	}
}

func TestFIFO(t *testing.T) {
	parent := shm(t)
	k := keeper(t, Options{Dirs: []string{parent}})
	big := strings.Repeat(canary, 20000)
	path := add(t, k, "pipe.json", big, FIFO)
	for range 50 {
		got, err := os.ReadFile(path)
		if err != nil || string(got) != big {
			t.Fatalf("%d bytes, %v", len(got), err)
		}
		early, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(early, make([]byte, 10)); err != nil {
			t.Fatal(err)
		}
		early.Close()
	}
	if err := k.Close(); err != nil {
		t.Error(err)
	}
	empty(t, parent)
}

func TestTTL(t *testing.T) {
	for _, mode := range []Mode{Auto, Tmpfs, FIFO} {
		k := keeper(t, Options{TTL: 20 * time.Millisecond})
		gone(t, add(t, k, "", canary, mode))
		if err := k.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestRefusals(t *testing.T) {
	for name, c := range map[string]struct {
		opts Options
		name string
		mode Mode
	}{
		"folder in the name": {name: "../x"},
		"dots":               {name: ".."},
		"unknown mode":       {mode: "disk"},
		"named memfd":        {name: "x", mode: Memfd},
		"replaced fifo":      {opts: Options{Replace: true}, mode: FIFO},
		"no tmpfs":           {opts: Options{Dirs: []string{"/proc", "/does/not/exist"}}, mode: Tmpfs},
		"no tmpfs for auto":  {opts: Options{Dirs: []string{"/proc"}}, name: "x"},
	} {
		path, err := keeper(t, c.opts).Add(c.name, []byte(canary), c.mode)
		var e *Error
		if path != "" || !errors.As(err, &e) || e.Hint() == "" || strings.Contains(err.Error(), canary) {
			t.Errorf("%s: %q, %v", name, path, err)
		}
	}
}

func TestAllowDisk(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	k := keeper(t, Options{Dirs: []string{"/proc"}, AllowDisk: true})
	path := add(t, k, "", canary, Tmpfs)
	if !strings.HasPrefix(path, os.Getenv("TMPDIR")) {
		t.Error(path)
	}
	if err := k.Close(); err != nil {
		t.Error(err)
	}
	empty(t, os.Getenv("TMPDIR"))
}

func TestNoWatcher(t *testing.T) {
	parent := shm(t)
	k := New(Options{Dirs: []string{parent}, Watcher: []string{"/does/not/exist"}})
	if path, err := k.Add("", []byte(canary), Tmpfs); err == nil {
		t.Errorf("%s was made without a watcher", path)
	}
	k.Close()
	empty(t, parent)
}

// holder starts a process that holds a file, in a process group of its own.
func holder(t *testing.T, parent string, mode Mode) (*exec.Cmd, io.Reader) {
	t.Helper()
	cmd := exec.Command("/proc/self/exe", "hold", parent, string(mode))
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd, out
}

func TestKilled(t *testing.T) {
	for _, sig := range []syscall.Signal{syscall.SIGKILL, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT} {
		if signal.Ignored(sig) {
			continue // by who runs the tests, as nohup does
		}
		for _, mode := range []Mode{Tmpfs, Memfd} {
			killed(t, mode, sig)
		}
	}
}

func killed(t *testing.T, mode Mode, sig syscall.Signal) {
	cmd, out := holder(t, shm(t), mode)
	line := make([]byte, 200)
	n, err := out.Read(line)
	path := strings.TrimSpace(string(line[:n]))
	if b, e := os.ReadFile(path); err != nil || e != nil || !strings.HasPrefix(string(b), canary) {
		t.Fatal(path, err, e)
	}
	// The whole group gets it, as from a terminal.
	if err := syscall.Kill(-cmd.Process.Pid, sig); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	gone(t, path)
	if mode == Tmpfs {
		gone(t, filepath.Dir(filepath.Dir(path)))
	}
}

func TestKilledAtAnyMoment(t *testing.T) {
	parent := shm(t)
	for range 100 {
		cmd, _ := holder(t, parent, Tmpfs)
		time.Sleep(time.Duration(rand.Intn(20000)) * time.Microsecond)
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}
	for range 1000 {
		if left, _ := os.ReadDir(parent); len(left) == 0 {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	empty(t, parent)
}

func TestFullTmpfs(t *testing.T) {
	unshare := testneed.Command(t, "unshare", "install util-linux")
	parent := shm(t)
	if out, err := exec.Command(unshare, "-m", "mount", "-t", "tmpfs", "none", parent).CombinedOutput(); err != nil {
		t.Skipf("run as root: no right to mount: %s", out)
	}
	script := `mount -t tmpfs -o size=16k none "$2" && { "$1" hold "$2" tmpfs; ls -A "$2"; }`
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(unshare, "-m", "sh", "-c", script, "sh", exe, parent).CombinedOutput()
	if want := "error: cannot write to memory-backed " + parent + ": no space left on device\n"; string(out) != want {
		t.Errorf("%q, %v; want %q", out, err, want)
	}
}

func TestWatchAlone(t *testing.T) {
	var out nopCloser
	if err := Watch(strings.NewReader(""), &out); err == nil {
		t.Error("no order was accepted")
	}
	parent := shm(t)
	if err := Watch(strings.NewReader(fmt.Sprintf(`{"Dirs": [%q]}`, parent)), &out); err != nil {
		t.Error(err)
	}
	if !strings.Contains(out.String(), parent) {
		t.Error(out.String())
	}
	empty(t, parent)
}

type nopCloser struct{ bytes.Buffer }

func (nopCloser) Close() error { return nil }
