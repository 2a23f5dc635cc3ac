package main

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// operation is a way to write a file in place.
type operation struct {
	name  string
	args  []string
	stdin string
	plain bool // before it, the file is in plain text
	// after says whether a decrypted file is the one after the operation.
	after func(decrypted string) bool
}

// kills ends each operation n times at a random moment.
func (b *bench) kills(n int) error {
	before := plaintext(1500)
	changed := strings.Replace(before, "key7: "+canary+"-7\n", "key7: "+canary+"-new\n", 1)
	operations := []operation{
		{name: "encrypt", args: []string{"encrypt", "-q", "s.yaml"}, plain: true, after: func(s string) bool { return s == before }},
		{name: "set", args: []string{"set", "-q", "s.yaml", "key7"}, stdin: canary + "-new\n", after: func(s string) bool { return s == changed }},
		{name: "rotate", args: []string{"rotate", "-q", "s.yaml"}, after: func(s string) bool { return s == before }},
	}
	for _, op := range operations {
		if err := b.killed(op, before, n); err != nil {
			return fmt.Errorf("%s: %w", op.name, err)
		}
	}
	return nil
}

// outcome counts how kills ended.
type outcome struct{ old, new, finished, left int }

func (b *bench) killed(op operation, before string, n int) error {
	file := filepath.Join(b.project, "s.yaml")
	start, err := b.start(op, before)
	if err != nil {
		return err
	}
	took, err := b.duration(op, file, start)
	if err != nil {
		return err
	}
	var o outcome
	for i := range n {
		if err := os.WriteFile(file, start, 0o600); err != nil {
			return err
		}
		cmd := b.command(op.stdin, op.args...)
		if err := cmd.Start(); err != nil {
			return err
		}
		time.Sleep(time.Duration(rand.Int64N(int64(took) * 5 / 4)))
		_ = cmd.Process.Kill()
		var exit *exec.ExitError
		switch err := cmd.Wait(); {
		case err == nil:
			o.finished++
		case !errors.As(err, &exit) || exit.ExitCode() != -1:
			return fmt.Errorf("kill %d: %w", i, err)
		}
		if err := b.whole(op, file, start, before, &o); err != nil {
			return fmt.Errorf("kill %d: %w", i, err)
		}
	}
	// What was left is swept up by the next call.
	if err := os.WriteFile(file, start, 0o600); err != nil {
		return err
	}
	if _, err := b.run(op.stdin, op.args...); err != nil {
		return err
	}
	rest, err := b.leftovers()
	if err != nil {
		return err
	}
	if rest > 0 {
		return fmt.Errorf("%d files are still left after a further call", rest)
	}
	fmt.Printf("kill -9 in %s: %d times; %d had ended before; %d old files and %d new ones, all whole; no plaintext left; %d times an encrypted temporary file was left, and swept up by the next call\n",
		op.name, n, o.finished, o.old, o.new, o.left)
	return nil
}

// start is the file before the operation.
func (b *bench) start(op operation, before string) ([]byte, error) {
	file := filepath.Join(b.project, "s.yaml")
	if err := os.WriteFile(file, []byte(before), 0o600); err != nil || op.plain {
		return []byte(before), err
	}
	if _, err := b.run("", "encrypt", "-q", "s.yaml"); err != nil {
		return nil, err
	}
	return os.ReadFile(file)
}

// duration is how long the operation lasts here, in the middle of three runs.
func (b *bench) duration(op operation, file string, start []byte) (time.Duration, error) {
	longest := time.Duration(0)
	for range 3 {
		if err := os.WriteFile(file, start, 0o600); err != nil {
			return 0, err
		}
		begin := time.Now()
		if _, err := b.run(op.stdin, op.args...); err != nil {
			return 0, err
		}
		longest = max(longest, time.Since(begin))
	}
	return longest, nil
}

// whole checks that the file is the old or the new one, and nothing leaked.
func (b *bench) whole(op operation, file string, start []byte, before string, o *outcome) error {
	now, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	allowed := []string{}
	if string(now) == string(start) {
		o.old++
		if op.plain {
			allowed = append(allowed, file)
		}
	} else {
		text, err := b.run("", "decrypt", "s.yaml")
		if err != nil {
			return fmt.Errorf("the file is torn: %w", err)
		}
		if !op.after(text) {
			return errors.New("the file is neither the old nor the new one")
		}
		o.new++
	}
	found, err := b.leaked(allowed...)
	if err != nil {
		return err
	}
	if len(found) > 0 {
		return fmt.Errorf("plaintext is left in %s", strings.Join(found, ", "))
	}
	left, err := b.leftovers()
	if left > 0 {
		o.left++
	}
	return err
}
