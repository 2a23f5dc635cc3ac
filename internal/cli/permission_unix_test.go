//go:build unix

package cli

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/encfg/encfg/keysource"
)

// nobody is a user without rights: root would be let in everywhere.
const nobody = 65534

// asUser runs encfg in a folder as somebody who is not root.
func asUser(t *testing.T, program, dir string, args ...string) (code int, stderr string) {
	t.Helper()
	cmd := exec.Command(program, args...)
	cmd.Dir = dir
	cmd.Env = []string{"HOME=" + dir, "XDG_CONFIG_HOME=" + dir, "PATH=" + os.Getenv("PATH")}
	if os.Geteuid() == 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	}
	var errs strings.Builder
	cmd.Stderr = &errs
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), errs.String()
}

// programFor copies the test binary to a place that everybody can reach; by the
// name of encfg it is encfg.
func programFor(t *testing.T, dir string) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	in, err := os.Open(self)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	path := filepath.Join(dir, "encfg")
	out, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE, 0o755)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(out, in); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestPermissions(t *testing.T) {
	// Not t.TempDir: a folder above it is closed to others on some systems.
	top, err := os.MkdirTemp("", "encfg-test")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = os.Chmod(filepath.Join(top, "work"), 0o755)
		_ = os.RemoveAll(top)
	})
	dir := filepath.Join(top, "work")
	id, err := keysource.GenerateIdentity(false, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{
		os.Chmod(top, 0o755),
		os.MkdirAll(filepath.Join(dir, "encfg"), 0o755),
		os.WriteFile(filepath.Join(dir, "encfg", "keys.txt"), []byte(id.File), 0o644),
		os.WriteFile(filepath.Join(dir, "s.json"), []byte(`{"a": "canary"}`), 0o644),
		os.WriteFile(filepath.Join(dir, "fixed.json"), []byte(`{"a": "canary"}`), 0o444),
		os.WriteFile(filepath.Join(dir, "closed.json"), []byte(`{"a": "canary"}`), 0o000),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if os.Geteuid() == 0 {
		for _, name := range []string{dir, filepath.Join(dir, "s.json"), filepath.Join(dir, "fixed.json")} {
			if err := os.Chown(name, nobody, nobody); err != nil {
				t.Fatal(err)
			}
		}
	}
	program := programFor(t, top)
	files := func() string {
		var names []string
		list, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range list {
			names = append(names, f.Name())
		}
		return strings.Join(names, " ")
	}
	before := files()
	check := func(want int, text string, args ...string) {
		t.Helper()
		code, errs := asUser(t, program, dir, args...)
		if code != want || !strings.Contains(errs, text) || traces.MatchString(errs) || strings.Contains(errs, "canary") {
			t.Errorf("%v: exit code %d, want %d: %s", args, code, want, errs)
		}
		if now := files(); now != before {
			t.Errorf("%v: the folder has %s, and had %s", args, now, before)
		}
	}
	check(exitCannotRead, "closed.json: cannot read", "encrypt", "--age", id.Public, "closed.json")
	check(exitCannotRead, "closed.json: cannot read", "decrypt", "closed.json")
	check(exitCannotWrite, "fixed.json: the file is read-only", "encrypt", "--age", id.Public, "fixed.json")

	if err := os.Chmod(dir, 0o555); err != nil {
		t.Fatal(err)
	}
	check(exitCannotWrite, "s.json: cannot", "encrypt", "--age", id.Public, "s.json")
	check(exitCannotWrite, "new.json: cannot", "encrypt", "--age", id.Public, "-o", "new.json", "s.json")
	check(exitCannotWrite, "k.txt: cannot", "keygen", "-o", "k.txt")
	check(exitCannotWrite, ".encfg.yaml: cannot", "init")
	if text, err := os.ReadFile(filepath.Join(dir, "s.json")); err != nil || string(text) != `{"a": "canary"}` {
		t.Errorf("s.json was touched: %v", err)
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	check(exitOK, "encrypted s.json", "encrypt", "--age", id.Public, "s.json")
	if err := os.Chmod(dir, 0o555); err != nil {
		t.Fatal(err)
	}
	check(exitCannotWrite, "s.json: cannot", "rotate", "s.json")
	check(exitCannotWrite, "s.json: cannot", "rotate", "--keep-going", "s.json")
}
