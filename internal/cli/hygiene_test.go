//go:build linux

package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"math/rand"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/encfg/encfg/internal/secure"
	"github.com/encfg/encfg/internal/testneed"
	"github.com/encfg/encfg/keysource"
)

const hygieneCanary = "canary-7f3a9c51e2"

// lab is a project with an encrypted file, whose folders are all known.
type lab struct {
	dir, memory string
	env         []string
}

func newLab(t *testing.T) lab {
	t.Helper()
	if ok, err := secure.IsMemoryBacked("/dev/shm"); !ok {
		testneed.Skip(t, fmt.Sprintf("/dev/shm is no tmpfs (%v)", err))
	}
	memory, err := os.MkdirTemp("/dev/shm", "test-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(memory) })
	l := lab{dir: t.TempDir(), memory: memory}
	for _, d := range []string{"tmp", "home/.config/encfg"} {
		if err := os.MkdirAll(filepath.Join(l.dir, d), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	id, err := keysource.GenerateIdentity(false, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	home := filepath.Join(l.dir, "home")
	if err := os.WriteFile(filepath.Join(home, ".config/encfg/keys.txt"), []byte(id.File), 0o600); err != nil {
		t.Fatal(err)
	}
	l.env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + home, "XDG_CONFIG_HOME=" + home + "/.config",
		"XDG_RUNTIME_DIR=" + memory, "TMPDIR=" + l.dir + "/tmp"}
	if err := os.WriteFile(filepath.Join(l.dir, "c.yaml"), []byte("a: "+hygieneCanary+"\nb: "+strings.Repeat(hygieneCanary+" ", 5000)+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	enc := l.command("encrypt", "--age", id.Public, "c.yaml")
	if out, err := enc.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return l
}

// command is encfg, in a process group of its own.
func (l lab) command(args ...string) *exec.Cmd {
	cmd := exec.Command("encfg", args...)
	cmd.Dir, cmd.Env = l.dir, l.env
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	return cmd
}

// eventuallyEmpty waits until nothing is left in the memory folder.
func (l lab) eventuallyEmpty(t *testing.T) {
	t.Helper()
	var left []os.DirEntry
	for range 1000 {
		if left, _ = os.ReadDir(l.memory); len(left) == 0 {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("left behind: %v", left)
}

// onDisk lists the files below the lab's folder that hold the canary.
func (l lab) onDisk(t *testing.T) (found []string) {
	t.Helper()
	err := filepath.WalkDir(l.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return nil // gone meanwhile
		}
		if b, err := os.ReadFile(path); err == nil && bytes.Contains(b, []byte(hygieneCanary)) {
			found = append(found, path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// start runs encfg with a file handed over, until the program has it.
func (l lab) start(t *testing.T, mode string, prepare func(*exec.Cmd)) *exec.Cmd {
	t.Helper()
	cmd := l.command("run", "--file-mode", mode, "--file", "C=c.yaml", "--", "sh", "-c", `cat "$C" >/dev/null; echo ready; exec sleep 60`)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if prepare != nil {
		prepare(cmd)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	pid := cmd.Process.Pid
	t.Cleanup(func() { _ = syscall.Kill(-pid, syscall.SIGKILL) })
	if _, err := out.Read(make([]byte, 6)); err != nil {
		t.Fatal("the program did not start:", err)
	}
	return cmd
}

func TestNothingIsLeftBySignals(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	for _, mode := range []string{"tmpfs", "fifo"} {
		for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT, syscall.SIGKILL, syscall.SIGABRT, syscall.SIGSEGV} {
			if signal.Ignored(sig) {
				continue // by who runs the tests, as nohup does
			}
			cmd := l.start(t, mode, nil)
			if err := cmd.Process.Signal(sig); err != nil {
				t.Fatal(err)
			}
			_ = cmd.Wait()
			l.eventuallyEmpty(t)
			_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		}
	}
	if found := l.onDisk(t); found != nil {
		t.Errorf("on the disk: %v", found)
	}
}

// TestInterruptWhileReading sees that nobody has to wait for the end of standard
// input.
func TestInterruptWhileReading(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	for _, command := range []string{"encrypt", "decrypt"} {
		cmd := l.command(command, "--type", "json", "-")
		in, err := cmd.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(500 * time.Millisecond)
		timeout := time.AfterFunc(10*time.Second, func() { _ = cmd.Process.Kill() })
		_ = cmd.Process.Signal(syscall.SIGINT)
		_ = cmd.Wait()
		if !timeout.Stop() {
			t.Errorf("%s goes on reading", command)
		} else if code := cmd.ProcessState.ExitCode(); code != exitInterrupted {
			t.Errorf("%s ends with %d", command, code)
		}
		in.Close()
	}
}

func TestKilledAtAnyMoment(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	// Half of the kills fall into the start, which takes about as long as
	// that of a run that ends by itself.
	begin := time.Now()
	if out, err := l.command("run", "--file-mode", "tmpfs", "--file", "C=c.yaml", "--", "true").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	whole := min(max(time.Since(begin), 10*time.Millisecond), 50*time.Millisecond)
	for range 100 {
		cmd := l.command("run", "--file-mode", "tmpfs", "--file", "C=c.yaml", "--", "sleep", "0.02")
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(rand.Int63n(int64(2 * whole))))
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}
	l.eventuallyEmpty(t)
	if found := l.onDisk(t); found != nil {
		t.Errorf("on the disk: %v", found)
	}
}

// TestProcFiles looks for the secret where other users' processes can look.
func TestProcFiles(t *testing.T) {
	l := newLab(t)
	cmd := l.start(t, "tmpfs", nil)
	own := 0
	for _, p := range processes(t) {
		exe, _ := os.Readlink(fmt.Sprintf("/proc/%d/exe", p))
		if filepath.Base(exe) != "encfg" {
			continue
		}
		own++
		for _, name := range []string{"cmdline", "environ"} {
			if b, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", p, name)); err == nil && bytes.Contains(b, []byte(hygieneCanary)) {
				t.Errorf("process %d shows the secret in %s", p, name)
			}
		}
	}
	if own < 2 {
		t.Errorf("only %d processes of encfg were found: itself and the watcher are two", own)
	}
	if found := l.onDisk(t); found != nil {
		t.Errorf("on the disk while it runs: %v", found)
	}
	_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM)
	_ = cmd.Wait()
	if found := l.onDisk(t); found != nil {
		t.Errorf("on the disk: %v", found)
	}
}

func processes(t *testing.T) (pids []int) {
	t.Helper()
	entries, err := os.ReadDir("/proc")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if pid, err := strconv.Atoi(e.Name()); err == nil {
			pids = append(pids, pid)
		}
	}
	return pids
}

// TestNoCore crashes encfg while it holds a secret. A process that may write a
// core shows first that there would be one.
func TestNoCore(t *testing.T) {
	t.Parallel()
	pattern, err := os.ReadFile("/proc/sys/kernel/core_pattern")
	if err != nil || bytes.ContainsAny(pattern, "|/") {
		t.Skipf("core files go elsewhere here (%s)", bytes.TrimSpace(pattern))
	}
	l := newLab(t)
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_CORE, &limit); err != nil || limit.Max == 0 {
		t.Skip("core files are forbidden here")
	}
	old := limit
	limit.Cur = limit.Max
	if err := syscall.Setrlimit(syscall.RLIMIT_CORE, &limit); err != nil {
		t.Skip("core files are forbidden here")
	}
	defer func() { _ = syscall.Setrlimit(syscall.RLIMIT_CORE, &old) }()

	control := exec.Command("sh", "-c", "kill -ABRT $$")
	control.Dir, control.Env = l.dir, append(l.env, "X="+hygieneCanary)
	if err := control.Run(); err == nil || cores(t, l.dir) == 0 {
		t.Skip("no core file is written here at all")
	}
	// A Go program needs some seconds to crash: one of the signals is enough.
	for _, sig := range []syscall.Signal{syscall.SIGABRT} {
		cmd := l.start(t, "memfd", func(c *exec.Cmd) { c.Env = append(c.Env, "GOTRACEBACK=crash") })
		if err := cmd.Process.Signal(sig); err != nil {
			t.Fatal(err)
		}
		err := cmd.Wait()
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			t.Errorf("%v: it did not crash: %v", sig, err)
		}
		if status, ok := exit.Sys().(syscall.WaitStatus); !ok || status.CoreDump() || !status.Signaled() {
			t.Errorf("%v: %v", sig, err)
		}
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
	}
	if n := cores(t, l.dir); n > 0 {
		t.Errorf("%d core files with the secret", n)
	}
}

// cores counts the core files with the secret, and removes all.
func cores(t *testing.T, dir string) (n int) {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "core*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err == nil && bytes.Contains(b, []byte(hygieneCanary)) {
			n++
		}
		os.Remove(name)
	}
	return n
}
