// Torture kills encfg at random moments, fills the disk, and lets many
// processes write to one file; then it looks whether a file was lost or torn,
// an update was lost, or plaintext was left behind. It is a tool for
// development: make torture.
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

func main() {
	encfg := flag.String("encfg", "bin/encfg", "the encfg to torment")
	short := flag.Bool("short", false, "a short campaign")
	flag.Parse()
	if err := campaign(*encfg, *short); err != nil {
		fmt.Fprintln(os.Stderr, "torture:", err)
		os.Exit(1)
	}
}

func campaign(encfg string, short bool) error {
	b, err := newBench(encfg)
	if err != nil {
		return err
	}
	defer os.RemoveAll(b.dir)
	kills, rounds, disks := 200, 5, 40
	if short {
		kills, rounds, disks = 30, 1, 8
	}
	for _, step := range []func() error{
		func() error { return b.kills(kills) },
		func() error { return b.fullDisks(disks) },
		func() error { return b.writers(32, rounds) },
	} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// canary is in every value; it must not be found where no plaintext belongs.
const canary = "canary-7d1f"

// bench is the place of the torture: a folder with an identity and a project.
type bench struct {
	dir, project, temp string
	encfg              string
	env                []string
	recipient          string
}

func newBench(encfg string) (*bench, error) {
	path, err := filepath.Abs(encfg)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "encfg-torture")
	if err != nil {
		return nil, err
	}
	b := &bench{dir: dir, encfg: path, project: filepath.Join(dir, "project"), temp: filepath.Join(dir, "tmp")}
	for _, d := range []string{b.project, b.temp} {
		if err := os.Mkdir(d, 0o700); err != nil {
			return nil, err
		}
	}
	key := filepath.Join(dir, "key.txt")
	b.env = []string{"HOME=" + dir, "XDG_CONFIG_HOME=" + dir, "TMPDIR=" + b.temp, "PATH=" + os.Getenv("PATH"), "ENCFG_AGE_KEY_FILE=" + key, "CI=true"}
	if _, err := b.run("", "keygen", "-q", "-o", key); err != nil {
		return nil, err
	}
	text, err := os.ReadFile(key)
	if err != nil {
		return nil, err
	}
	_, rest, _ := strings.Cut(string(text), "public key: ")
	b.recipient, _, _ = strings.Cut(rest, "\n")
	rule := "creation_rules:\n- age: " + b.recipient + "\n"
	return b, os.WriteFile(filepath.Join(b.project, ".encfg.yaml"), []byte(rule), 0o644)
}

func (b *bench) command(stdin string, args ...string) *exec.Cmd {
	cmd := exec.Command(b.encfg, args...)
	cmd.Dir, cmd.Env, cmd.Stdin = b.project, b.env, strings.NewReader(stdin)
	return cmd
}

// run runs encfg, which must succeed, and gives its output.
func (b *bench) run(stdin string, args ...string) (string, error) {
	var out, errs bytes.Buffer
	cmd := b.command(stdin, args...)
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("encfg %s: %w: %s", strings.Join(args, " "), err, errs.String())
	}
	return out.String(), nil
}

// plaintext is a YAML file with n values.
func plaintext(n int) string {
	var s strings.Builder
	for i := range n {
		fmt.Fprintf(&s, "# %s %d\nkey%d: %s-%d\n", canary, i, i, canary, i)
	}
	return s.String()
}

// leaked lists the files below the torture's folder that hold a canary. The
// files that may are named.
func (b *bench) leaked(allowed ...string) (found []string, err error) {
	err = filepath.WalkDir(b.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			if errors.Is(err, fs.ErrNotExist) {
				return nil
			}
			return err
		}
		for _, a := range allowed {
			if path == a {
				return nil
			}
		}
		text, err := os.ReadFile(path)
		if err == nil && bytes.Contains(text, []byte(canary)) {
			found = append(found, path)
		}
		return err
	})
	return found, err
}

// leftovers counts the files of the project that do not belong there.
func (b *bench) leftovers() (int, error) {
	list, err := os.ReadDir(b.project)
	n := 0
	for _, f := range list {
		if f.Name() != ".encfg.yaml" && f.Name() != "s.yaml" {
			n++
		}
	}
	return n, err
}
