// Package gitrepo asks git about files: their version at HEAD, their history,
// whether they are tracked or ignored. It never changes a repository.
//
// Start with Open, and Close the Repo; Head is for a single file. It runs the git program, which is on
// every machine that has a repository. Paths given to it may be absolute or
// relative; contents go through pipes, never through arguments.
//
// What it finds out is a help, not a necessity: callers go on without it when
// they get ErrNoGit, ErrNoRepo or ErrNotFound.
package gitrepo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// What can be missing. The errors of this package wrap them.
var (
	ErrNoGit    = errors.New("git is not installed")
	ErrNoRepo   = errors.New("not in a git work tree")
	ErrNotFound = errors.New("git has no such version of the file")
)

// Repo is a work tree with its repository. Its methods may be called by several
// goroutines.
type Repo struct {
	root string // real path
	ctx  context.Context
	cat  catFile
}

// Open finds the work tree that a folder is in. The context ends all that git
// does for the Repo.
func Open(ctx context.Context, dir string) (*Repo, error) {
	real, err := filepath.EvalSymlinks(dir)
	if err == nil {
		real, err = filepath.Abs(real)
	}
	if err != nil {
		return nil, err
	}
	if !inRepository(real) {
		return nil, ErrNoRepo
	}
	r := &Repo{root: real, ctx: ctx}
	out, err := r.run(nil, "rev-parse", "--show-toplevel")
	if err != nil {
		return nil, err
	}
	r.root = filepath.FromSlash(strings.TrimSuffix(string(out), "\n"))
	return r, nil
}

// Root is the top folder of the work tree, as a real path.
func (r *Repo) Root() string { return r.root }

// Close ends the processes that answer for the Repo.
func (r *Repo) Close() { r.cat.close() }

// follow gives the path of the file that a link leads to.
func follow(path string) string {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real
	}
	return path
}

// rel gives the path from the root, with slashes. The file itself may be a
// link, or missing; its folder is followed to its real place, as far as it
// exists.
func (r *Repo) rel(path string) (string, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	dir, rest := filepath.Dir(abs), filepath.Base(abs)
	for {
		real, err := filepath.EvalSymlinks(dir)
		if err == nil {
			dir = real
			break
		}
		if dir == filepath.Dir(dir) {
			return "", err
		}
		dir, rest = filepath.Dir(dir), filepath.Join(filepath.Base(dir), rest)
	}
	rel, err := filepath.Rel(r.root, filepath.Join(dir, rest))
	if err != nil || !filepath.IsLocal(rel) {
		return "", fmt.Errorf("%s: %w", path, ErrNoRepo)
	}
	return filepath.ToSlash(rel), nil
}

// command prepares a git command in the root.
func (r *Repo) command(args ...string) (*exec.Cmd, error) {
	git, err := exec.LookPath("git")
	if err != nil {
		return nil, ErrNoGit
	}
	// No monitor programs of a repository that is perhaps not ours are started.
	args = append([]string{"-c", "core.fsmonitor=false"}, args...)
	cmd := exec.CommandContext(r.ctx, git, args...)
	cmd.Dir = r.root
	cmd.Env = append(outside(cmd.Environ()), "LC_ALL=C", "GIT_OPTIONAL_LOCKS=0", "GIT_NO_LAZY_FETCH=1", "GIT_TERMINAL_PROMPT=0")
	return cmd, nil
}

// outside drops the variables by which git tells its hooks where the repository
// is: they are relative to another folder, or mean another index.
func outside(env []string) []string {
	return slices.DeleteFunc(env, func(v string) bool {
		name, _, _ := strings.Cut(v, "=")
		return slices.Contains([]string{"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_COMMON_DIR", "GIT_NAMESPACE"}, name)
	})
}

// run gives the output of a git command.
func (r *Repo) run(stdin []byte, args ...string) ([]byte, error) {
	cmd, err := r.command(args...)
	if err != nil {
		return nil, err
	}
	cmd.Stdin = bytes.NewReader(stdin)
	out, err := cmd.Output()
	if ended := r.ctx.Err(); ended != nil {
		return nil, ended
	}
	if err != nil {
		return out, gitError(err)
	}
	return out, nil
}

// exitError is a git command that ended with a code.
type exitError struct {
	code    int
	message string
}

func (e *exitError) Error() string {
	return fmt.Sprintf("git failed (%d): %s", e.code, e.message)
}

// gitError makes an error of what a git command did.
func gitError(err error) error {
	exit, ok := errors.AsType[*exec.ExitError](err)
	if !ok {
		return fmt.Errorf("git: %w", err)
	}
	message := string(exit.Stderr)
	for _, none := range []string{"not a git repository", "must be run in a work tree"} {
		if strings.Contains(message, none) {
			return ErrNoRepo
		}
	}
	message, _, _ = strings.Cut(strings.TrimSpace(message), "\n")
	return &exitError{exit.ExitCode(), message}
}
