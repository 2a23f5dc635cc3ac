//go:build unix

package runner

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/encfg/encfg/internal/mask"
	"github.com/encfg/encfg/internal/testneed"
)

// TestMain lets the test binary be a small encfg: "run" and "replace" take a
// command line; RUNNER_MASK is a secret.
func TestMain(m *testing.M) {
	if len(os.Args) > 2 && (os.Args[1] == "run" || os.Args[1] == "replace") {
		os.Exit(small(os.Args[1], os.Args[2:]))
	}
	os.Exit(m.Run())
}

func small(how string, args []string) int {
	path, err := Find(args[0])
	c := Command{Path: path, Args: args, Env: os.Environ(), In: os.Stdin, Out: os.Stdout, Err: os.Stderr}
	if v := os.Getenv("RUNNER_MASK"); v != "" {
		c.Mask, c.MaskOut, c.MaskErr = mask.New([]mask.Secret{{Path: "it", Value: v}}, 0), true, true
	}
	code := 0
	if err == nil && how == "replace" {
		err = c.Replace()
	} else if err == nil {
		code, err = c.Run(context.Background())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		var e *Error
		if errors.As(err, &e) {
			return e.Code
		}
		return 99
	}
	return code
}

// self is the small encfg as a command, in a session without a terminal.
func self(t *testing.T, how string, args ...string) *exec.Cmd {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe, append([]string{how}, args...)...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	return cmd
}

func code(err error) int {
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return exit.ExitCode()
	}
	if err != nil {
		return -1
	}
	return 0
}

func TestExitCodes(t *testing.T) {
	dir := t.TempDir()
	script := func(name, text string, mode os.FileMode) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for _, c := range []struct {
		args []string
		want int
	}{
		{[]string{"true"}, 0},
		{[]string{"sh", "-c", "exit 7"}, 7},
		{[]string{"sh", "-c", "exit 255"}, 255},
		{[]string{"sh", "-c", "kill -TERM $$"}, 143},
		{[]string{"sh", "-c", "kill -KILL $$"}, 137},
		{[]string{"sh", "-c", "kill -INT $$"}, 130},
		{[]string{"no-such-program"}, 127},
		{[]string{filepath.Join(dir, "none")}, 127},
		{[]string{dir}, 126},
		{[]string{script("plain", "x", 0o644)}, 126},
		{[]string{script("empty", "no program", 0o755)}, 126},
		{[]string{script("interpreter", "#!/does/not/exist\n", 0o755)}, 127},
		{[]string{script("good", "#!/bin/sh\nexit 3\n", 0o755)}, 3},
	} {
		for _, how := range []string{"run", "replace"} {
			cmd := self(t, how, c.args...)
			out, err := cmd.CombinedOutput()
			want := c.want
			if how == "replace" && want > 128 && want < 160 {
				want = -1 // the signal itself
			}
			if got := code(err); got != want {
				t.Errorf("%s %v: code %d, want %d: %s", how, c.args, got, want, out)
			}
		}
	}
}

func TestNothingIsChanged(t *testing.T) {
	for _, how := range []string{"run", "replace"} {
		cmd := self(t, how, "sh", "-c", `printf '%s|' "$0" "$@"; cat; echo "$X" >&2`, "a b", "*", "$X", "")
		cmd.Env = []string{"X=two\nlines\xff", "PATH=" + os.Getenv("PATH")}
		cmd.Stdin = strings.NewReader("input")
		var out, stderr bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &stderr
		if err := cmd.Run(); err != nil || out.String() != "a b|*|$X||input" || stderr.String() != "two\nlines\xff\n" {
			t.Errorf("%s: %v: %q, %q", how, err, out.String(), stderr.String())
		}
	}
}

func TestSignals(t *testing.T) {
	for name, sig := range map[string]syscall.Signal{"INT": syscall.SIGINT, "TERM": syscall.SIGTERM, "HUP": syscall.SIGHUP,
		"QUIT": syscall.SIGQUIT, "USR1": syscall.SIGUSR1, "USR2": syscall.SIGUSR2, "WINCH": syscall.SIGWINCH, "ALRM": syscall.SIGALRM} {
		if signal.Ignored(sig) {
			continue // by who runs the tests, as nohup does
		}
		cmd := self(t, "run", "bash", "-c", "trap 'echo got; exit 9' "+name+"; echo ready; while :; do sleep 0.01; done")
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			testneed.Skip(t, "bash is missing: install it")
		}
		ready := make([]byte, 6)
		if _, err := io.ReadFull(out, ready); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Process.Signal(sig)
		rest, _ := io.ReadAll(out)
		if got := code(cmd.Wait()); got != 9 || string(rest) != "got\n" {
			t.Errorf("%s: code %d, %q", name, got, rest)
		}
	}
}

func TestNohup(t *testing.T) {
	// What was ignored when encfg began stays ignored.
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("sh", "-c", `trap '' HUP; exec "$0" run sh -c 'kill -HUP $PPID; kill -HUP $$; echo alive'`, exe).CombinedOutput()
	if err != nil || string(out) != "alive\n" {
		t.Errorf("%v: %q", err, out)
	}
}

func TestMasking(t *testing.T) {
	cmd := self(t, "run", "sh", "-c", `echo "out $RUNNER_MASK"; echo "err $RUNNER_MASK" >&2; printf 'end %s' "$RUNNER_MASK"; exit 4`)
	cmd.Env = append(os.Environ(), "RUNNER_MASK=canary-value")
	var out, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &stderr
	err := cmd.Run()
	if code(err) != 4 || out.String() != "out [MASKED:it]\nend [MASKED:it]" || stderr.String() != "err [MASKED:it]\n" {
		t.Errorf("%v: %q, %q", err, out.String(), stderr.String())
	}
}

func TestMaskingKeepsAll(t *testing.T) {
	cmd := self(t, "run", "sh", "-c", `i=0; while [ $i -lt 20000 ]; do echo "line $i of much text"; i=$((i+1)); done`)
	cmd.Env = append(os.Environ(), "RUNNER_MASK=canary-value")
	out, err := cmd.Output()
	var want strings.Builder
	for i := range 20000 {
		fmt.Fprintf(&want, "line %d of much text\n", i)
	}
	if err != nil || string(out) != want.String() {
		t.Errorf("%v: %d bytes, want %d", err, len(out), want.Len())
	}
}

func TestMaskingBrokenPipe(t *testing.T) {
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	// "yes" must end when nobody reads; 141 is 128 + SIGPIPE.
	cmd := exec.Command("bash", "-c", `"$0" run yes canary-value | head -n 1; echo "${PIPESTATUS[0]}"`, exe)
	cmd.Env = append(os.Environ(), "RUNNER_MASK=canary-value")
	if out, err := cmd.Output(); err != nil || string(out) != "[MASKED:it]\n141\n" {
		t.Errorf("%v: %q", err, out)
	}
}

func TestLeftBehindProcess(t *testing.T) {
	cmd := self(t, "run", "sh", "-c", `sleep 60 & echo "$! canary-value"`)
	cmd.Env = append(os.Environ(), "RUNNER_MASK=canary-value")
	out, err := cmd.Output()
	var pid int
	if _, serr := fmt.Sscanf(string(out), "%d [MASKED:it]\n", &pid); err != nil || serr != nil {
		t.Fatalf("%v: %q", err, out)
	}
	if p, err := os.FindProcess(pid); err == nil {
		_ = p.Kill()
	}
}

func TestTooLarge(t *testing.T) {
	for name, c := range map[string]struct {
		env  []string
		want string
	}{
		"one": {[]string{"A=b", "BIG=" + strings.Repeat("canary", 22000)}, "BIG"},
		"all": {append(many(200), "LARGEST="+strings.Repeat("canary", 20001)), "LARGEST"},
	} {
		cmd := &Command{Path: "/bin/true", Args: []string{"true"}, Env: c.env}
		_, err := cmd.Run(context.Background())
		var e *Error
		if !errors.As(err, &e) || !strings.Contains(e.Error(), "variable "+c.want) && !strings.Contains(e.Error(), "variable is "+c.want) ||
			!strings.Contains(e.Hint(), "--file") || strings.Contains(e.Error(), "canary") {
			t.Errorf("%s: %v", name, err)
		}
		if err := cmd.Replace(); !errors.As(err, &e) {
			t.Errorf("%s: replace: %v", name, err)
		}
	}
	// Up to the limit it works.
	fits := &Command{Path: "/bin/true", Args: []string{"true"}, Env: []string{"A=" + strings.Repeat("x", 100000)}}
	if code, err := fits.Run(context.Background()); code != 0 || err != nil {
		t.Errorf("%d, %v", code, err)
	}
}

func many(n int) (env []string) {
	for i := range n {
		env = append(env, fmt.Sprintf("V%d=%s", i, strings.Repeat("canary", 19000)))
	}
	return env
}

func TestInterruptedBefore(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	c := &Command{Path: "/bin/false", Args: []string{"false"}}
	if code, err := c.Run(ctx); code != 0 || !errors.Is(err, context.Canceled) {
		t.Errorf("%d, %v", code, err)
	}
}

func TestEmptyEnvironment(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	path, err := Find("env")
	if err != nil {
		t.Fatal(err)
	}
	c := &Command{Path: path, Args: []string{"env"}, Out: w}
	code, err := c.Run(context.Background())
	w.Close()
	out, _ := io.ReadAll(r)
	if code != 0 || err != nil || len(out) != 0 {
		t.Errorf("%d, %v, %q", code, err, out)
	}
}

const onTerminal = `
import os, pty, select, signal, struct, sys, termios, fcntl, time
exe, = sys.argv[1:]
def session(args, script):
    pid, fd = pty.fork()
    if pid == 0:
        os.execv(args[0], args)
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 33, 77, 0, 0))
    text = b""
    for wait, send in script:
        while wait not in text:
            if not select.select([fd], [], [], 20)[0]:
                sys.exit("no %r in %r" % (wait, text))
            text += os.read(fd, 1000)
        text = text.split(wait, 1)[1]
        os.write(fd, send)
    try:
        while True:
            more = os.read(fd, 1000)
            if not more: break
            text += more
    except OSError:
        pass
    return text, os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])

# The program sees the terminal and its size, and gets one Ctrl-C, not two.
child = r'''
trap 'n=$((n+1))' INT
test -t 0 && test -t 1 && test -t 2 && echo "tty"
echo "size $(stty size) ready"
while [ -z "$n" ]; do sleep 0.01; done; i=0; while [ $i -lt 30 ]; do sleep 0.01; i=$((i+1)); done
echo "interrupts: $n"; exit 5
'''
text, code = session([exe, "run", "bash", "-c", "sleep 0.2;" + child], [(b"tty", b""), (b"size 33 77 ready", b"\x03")])
assert b"interrupts: 1\r" in text and code == 5, (text, code)

# Job control: Ctrl-Z stops both, fg continues both.
text, code = session(["/bin/bash", "--norc", "-i"], [
    (b"bash-", exe.encode() + b" run bash -c 'echo be''gun; read x; echo read $x; exit 6'\n"),
    (b"begun", b"\x1a"), (b"Stopped", b"fg\n"), (b"run bash -c", b""), (b"run bash -c", b"word\n"),
    (b"read word", b"echo code $?; exit 0\n"), (b"code 6", b"")])
assert code == 0, (text, code)
print("fine")
`

func TestTerminal(t *testing.T) {
	python := testneed.Python(t, "pty")
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(python, "-c", onTerminal, exe)
	time.AfterFunc(time.Minute, func() { _ = cmd.Process.Kill() })
	if out, err := cmd.CombinedOutput(); err != nil || string(out) != "fine\n" {
		t.Errorf("%v\n%s", err, out)
	}
}
