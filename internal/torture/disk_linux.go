package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
)

// exitCannotWrite is encfg's exit code for a file that cannot be written.
const exitCannotWrite = 3

// fullDisks encrypts, sets and rotates on file systems that are too small for
// the result. They are mounted, which needs root.
func (b *bench) fullDisks(n int) error {
	mount := filepath.Join(b.dir, "disk")
	if err := os.Mkdir(mount, 0o700); err != nil {
		return err
	}
	if err := syscall.Mount("tmpfs", mount, "tmpfs", 0, "size=1m"); err != nil {
		fmt.Printf("full disk: not tried, a file system cannot be mounted here (%v)\n", err)
		return nil
	}
	defer func() { _ = syscall.Unmount(mount, syscall.MNT_DETACH) }()
	project := b.project
	defer func() { b.project = project }()
	b.project = mount
	rule, err := os.ReadFile(filepath.Join(project, ".encfg.yaml"))
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(mount, ".encfg.yaml"), rule, 0o644); err != nil {
		return err
	}
	full := 0
	for i := range n {
		// From files whose result just does not fit to those that nearly fill it.
		hit, err := b.fullDisk(2000+i*6000/n, i)
		if err != nil {
			return fmt.Errorf("full disk, round %d: %w", i, err)
		}
		if hit {
			full++
		}
	}
	if full == 0 {
		return errors.New("the disk was never full")
	}
	fmt.Printf("full disk: %d of %d writes failed for want of room; exit code %d, the old file is whole, nothing is left behind\n", full, n, exitCannotWrite)
	return nil
}

// fullDisk tries one operation where there is no room for its result.
func (b *bench) fullDisk(values, i int) (hit bool, err error) {
	file := filepath.Join(b.project, "s.yaml")
	filler := filepath.Join(b.project, "filler")
	args, stdin := []string{"encrypt", "-q", "s.yaml"}, ""
	if i%2 == 0 {
		if err := os.WriteFile(file, []byte(plaintext(values)), 0o600); err != nil {
			return false, err
		}
	} else {
		if err := os.WriteFile(file, []byte(plaintext(200)), 0o600); err != nil {
			return false, err
		}
		if _, err := b.run("", args...); err != nil {
			return false, err
		}
		args, stdin = []string{"set", "-q", "s.yaml", "key7"}, canary+"\n"
		if i%4 == 1 {
			args, stdin = []string{"rotate", "-q", "s.yaml"}, ""
		}
		if err := fill(filler); err != nil {
			return false, err
		}
	}
	defer os.Remove(filler)
	before, err := os.ReadFile(file)
	if err != nil {
		return false, err
	}
	_, err = b.run(stdin, args...)
	var exit *exec.ExitError
	if err != nil && (!errors.As(err, &exit) || exit.ExitCode() != exitCannotWrite) {
		return false, err
	}
	os.Remove(filler)
	now, rerr := os.ReadFile(file)
	if rerr != nil {
		return false, rerr
	}
	if err != nil && string(now) != string(before) {
		return false, errors.New("the file was changed")
	}
	if left, lerr := b.leftovers(); lerr != nil || left > 0 {
		return false, fmt.Errorf("%d files are left behind (%v)", left, lerr)
	}
	return err != nil, nil
}

// fill makes a file that takes all the room there is.
func fill(path string) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	block := make([]byte, 4096)
	for {
		if _, err := f.Write(block); errors.Is(err, syscall.ENOSPC) {
			return nil
		} else if err != nil {
			return err
		}
	}
}
