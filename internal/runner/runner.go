// Package runner runs a program as if encfg were not there: the same terminal
// and process group, signals passed on, the exit code passed back. Where
// wanted, the program's output goes through a filter that masks secrets.
//
// Find looks the program up, Command.Run runs it, Command.Replace puts it in
// the place of this process.
package runner

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/encfg/encfg/internal/mask"
)

// Exit codes as shells give them.
const (
	NotExecutable = 126
	NotFound      = 127
)

// Error says why a program does not run.
type Error struct {
	Code int // for the exit: NotFound, NotExecutable or 1
	Msg  string
	hint string
	Err  error
}

func (e *Error) Error() string { return e.Msg }

// Hint says what to try.
func (e *Error) Hint() string { return e.hint }

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// Find looks for a program as a shell does: in the PATH of this process, or at
// a path that has a slash.
func Find(name string) (string, error) {
	path, err := exec.LookPath(name)
	switch {
	case err == nil:
		return path, nil
	case errors.Is(err, exec.ErrDot):
		return "", &Error{NotFound, fmt.Sprintf("the command %q is found in the current folder only", name), "write ./" + name + " if you mean that one", err}
	case errors.Is(err, exec.ErrNotFound), errors.Is(err, fs.ErrNotExist):
		return "", &Error{NotFound, fmt.Sprintf("the command %q is not found", name), "write -- between the files and the command; look for the program with: command -v " + name, err}
	}
	return "", &Error{NotExecutable, fmt.Sprintf("the command %q cannot be executed", name), "is it a program, and may you execute it? chmod +x makes it one", err}
}

// Command is a program to run.
type Command struct {
	Path string   // from Find
	Args []string // the program's name first
	Env  []string
	// In, Out and Err are the program's own; nil discards.
	In, Out, Err *os.File
	// Mask filters Out where MaskOut, and Err where MaskErr says so.
	Mask             *mask.Set
	MaskOut, MaskErr bool
}

// Grace is how long, after the program's end, silence is taken for the end of
// its filtered output while a process that it left behind holds it open.
var Grace = 2 * time.Second

// Run runs the program and waits for it. The code is its exit code, or 128 and
// the number of the signal that ended it; err says that it could not be run,
// and is an *Error then.
// A context that is over before the program starts is an error; later it
// changes nothing.
func (c *Command) Run(ctx context.Context) (code int, err error) {
	if err := checkSize(c.Args, c.Env); err != nil {
		return 0, err
	}
	cmd := &exec.Cmd{Path: c.Path, Args: c.Args, Env: c.Env}
	if len(c.Env) == 0 {
		cmd.Env = []string{} // nil would mean the inherited one
	}
	if c.In != nil {
		cmd.Stdin = c.In
	}
	var f filters
	if cmd.Stdout, err = f.add(c.Out, c.MaskOut, c.Mask); err == nil {
		cmd.Stderr, err = f.add(c.Err, c.MaskErr, c.Mask)
	}
	if err != nil {
		f.finish()
		return 0, &Error{Code: 1, Msg: "cannot make a pipe", Err: err}
	}
	// From here on no signal ends this process: the program decides.
	signals := make(chan os.Signal, 32)
	signal.Notify(signals, caught()...)
	defer signal.Stop(signals)
	if err = ctx.Err(); err == nil {
		err = cmd.Start()
	}
	f.start()
	if err != nil {
		f.finish()
		if ctx.Err() != nil {
			return 0, err
		}
		return 0, c.startError(err)
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	for {
		select {
		case s := <-signals:
			if forwards(s) {
				_ = cmd.Process.Signal(s)
			}
		case <-done:
			f.finish()
			return exitCode(cmd.ProcessState), nil
		}
	}
}

// Replace puts the program in the place of this process; its output is not
// filtered. It returns only when that fails.
func (c *Command) Replace() error {
	if err := checkSize(c.Args, c.Env); err != nil {
		return err
	}
	return c.startError(replace(c.Path, c.Args, c.Env))
}

func (c *Command) startError(err error) error {
	switch {
	case isTooLong(err):
		return tooLong(c.Args, c.Env)
	case errors.Is(err, fs.ErrNotExist):
		return &Error{NotFound, fmt.Sprintf("the command %q, or the interpreter in its first line, is not found", c.Args[0]), "", err}
	case errors.Is(err, errors.ErrUnsupported):
		return &Error{1, "this system cannot replace a process", "leave --replace out", err}
	}
	var pe *fs.PathError
	if errors.As(err, &pe) {
		err = pe.Err
	}
	return &Error{NotExecutable, fmt.Sprintf("the command %q cannot be executed: %s", c.Args[0], err), "a script needs a first line such as #!/bin/sh", err}
}

// filters are the pipes through which output is masked.
type filters struct {
	list   []*filter
	wait   sync.WaitGroup
	exited atomic.Bool
}

type filter struct {
	r, w *os.File
	out  *mask.Writer
}

// add gives what the program is to write to.
func (f *filters) add(out *os.File, masked bool, set *mask.Set) (io.Writer, error) {
	switch {
	case out == nil:
		return nil, nil
	case !masked || set == nil:
		return out, nil
	}
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	f.list = append(f.list, &filter{r: r, w: w, out: mask.NewWriter(out, set, 0)})
	return w, nil
}

// start copies; the program holds the other ends by now.
func (f *filters) start() {
	for _, one := range f.list {
		_ = one.w.Close()
		f.wait.Go(func() { one.copy(&f.exited) })
	}
}

func (one *filter) copy(exited *atomic.Bool) {
	buf := make([]byte, 64<<10)
	for {
		n, err := one.r.Read(buf)
		if _, werr := one.out.Write(buf[:n]); werr != nil {
			break // nobody reads; the program is told so, as by a pipe
		}
		if err != nil {
			break
		}
		if exited.Load() {
			_ = one.r.SetReadDeadline(time.Now().Add(Grace))
		}
	}
	_ = one.r.Close()
	_ = one.out.Close()
	clear(buf)
}

// finish waits for the rest of the output.
func (f *filters) finish() {
	f.exited.Store(true)
	for _, one := range f.list {
		_ = one.r.SetReadDeadline(time.Now().Add(Grace))
	}
	f.wait.Wait()
	for _, one := range f.list {
		_ = one.w.Close()
		_ = one.r.Close()
	}
}

// largest is the entry of an environment that takes most room.
func largest(env []string) (name string, size int) {
	for _, e := range env {
		if len(e) > size {
			name, _, _ = strings.Cut(e, "=")
			size = len(e)
		}
	}
	return name, size
}

const hintFile = "hand the value over as a file: --file NAME=FILE; leave it out of the environment with --except"

// tooLong names the variable to take out.
func tooLong(args, env []string) error {
	name, size := largest(env)
	if _, arg := largest(args); arg > size {
		return &Error{1, "the arguments and the environment are larger than this system takes", "give the program fewer or shorter arguments", nil}
	}
	return &Error{1, fmt.Sprintf("the environment is larger than this system takes; the largest variable is %s with %d bytes", name, size), hintFile, nil}
}
