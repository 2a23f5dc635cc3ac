// Bench compares the speed and the memory of encfg with those of sops and age,
// in one run on one machine, and prints a table of ratios of medians with the
// targets. It is a tool for development: make bench.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

func main() {
	encfg := flag.String("encfg", "bin/encfg", "the encfg to measure")
	values := flag.Int("values", 100_000, "values in the large files")
	runs := flag.Int("runs", 3, "runs of the large files; the medians count")
	only := flag.String("only", "", "measure only lines whose name contains this")
	flag.Parse()
	b, err := newBench(*encfg, *runs, *values, *only)
	if err == nil {
		err = b.all()
	}
	if b != nil {
		os.RemoveAll(b.dir)
		os.RemoveAll(b.programs)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// bench is one campaign.
type bench struct {
	dir, programs    string // of the files and of the copied programs
	encfg, sops, age string
	env              []string
	runs, values     int
	only             string
	key              string
	table            table
}

func newBench(encfg string, runs, values int, only string) (*bench, error) {
	b := &bench{runs: runs, values: values, only: only}
	var err error
	if b.encfg, err = filepath.Abs(encfg); err != nil {
		return nil, err
	}
	for name, path := range map[string]*string{"sops": &b.sops, "age": &b.age} {
		if *path, err = exec.LookPath(name); err != nil {
			return nil, fmt.Errorf("%s is missing: go install github.com/getsops/sops/v3/cmd/sops@v3.13.3 filippo.io/age/cmd/...@v1.3.2", name)
		}
	}
	if b.dir, err = os.MkdirTemp(memoryFolder(), "encfg-bench"); err != nil {
		return b, err
	}
	if err := b.copyPrograms(); err != nil {
		return b, err
	}
	b.key = filepath.Join(b.dir, "key.txt")
	b.env = []string{"HOME=" + b.dir, "XDG_CONFIG_HOME=" + b.dir, "PATH=" + os.Getenv("PATH"),
		"SOPS_AGE_KEY_FILE=" + b.key, "SOPS_DISABLE_VERSION_CHECK=1"}
	if _, err := b.run(nil, b.encfg, "keygen", "-q", "-o", b.key); err != nil {
		return b, err
	}
	public, err := publicKey(b.key)
	b.env = append(b.env, "SOPS_AGE_RECIPIENTS="+public)
	return b, err
}

// copyPrograms measures copies of the programs, all made at the same time and on
// a disk: how the kernel's page cache came to hold a program, by a linker or by
// reading it back piecemeal, makes up to two milliseconds of a start.
func (b *bench) copyPrograms() error {
	dir, err := os.MkdirTemp("", "encfg-bench-programs")
	if err != nil {
		return err
	}
	b.programs = dir
	for name, path := range map[string]*string{"encfg": &b.encfg, "sops": &b.sops, "age": &b.age} {
		copied := filepath.Join(dir, name)
		if err := copyProgram(copied, *path); err != nil {
			return err
		}
		*path = copied
	}
	return nil
}

// copyProgram copies without much memory: what a program starts with counts as
// its peak, and that is what this one has.
func copyProgram(to, from string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o755)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}

// memoryFolder is a folder that no disk is behind, where there is one: encfg
// waits until what it writes in place has reached the disk, sops does not, and
// how long that takes says nothing about either.
func memoryFolder() string {
	if info, err := os.Stat("/dev/shm"); err == nil && info.IsDir() {
		return "/dev/shm"
	}
	return ""
}

// publicKey finds the comment with the public key in an identity file.
func publicKey(path string) (string, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	_, rest, _ := strings.Cut(string(text), "public key: ")
	public, _, _ := strings.Cut(rest, "\n")
	return public, nil
}

func (b *bench) all() error {
	load := loadAverage()
	for _, step := range []struct {
		name string
		run  func() error
	}{
		{"json", func() error { return b.large("json", jsonText, 40, 20) }},
		{"yaml", func() error { return b.large("yaml", yamlText, 6, 6) }},
		{"env", func() error { return b.large("env", envText, 3, 7) }},
		{"small", b.small},
		{"tree", b.tree},
	} {
		if !strings.Contains(step.name, b.only) {
			continue
		}
		fmt.Fprintln(os.Stderr, "measuring", step.name)
		if err := step.run(); err != nil {
			return fmt.Errorf("%s: %w", step.name, err)
		}
	}
	fmt.Printf("encfg against sops 3.13.3 and age on %s/%s, %d cores, %s; medians of %d runs; files of %d values, in %s%s\n\n",
		runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), time.Now().Format(time.DateOnly), b.runs, b.values, filepath.Dir(b.dir), load)
	fmt.Print(b.table.text())
	return nil
}

// loadAverage tells how busy the machine was before; "" where it is not known.
// On a busy one the ratios mean little.
func loadAverage() string {
	text, err := os.ReadFile("/proc/loadavg")
	load, _, ok := strings.Cut(string(text), " ")
	if err != nil || !ok {
		return ""
	}
	return "; load average before: " + load
}
