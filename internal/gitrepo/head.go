// Package gitrepo asks git about files. It runs the git binary, only to read,
// and never gives it content.
//
// Where there is no git, no repository or no such version, the answer is
// ErrNone: nothing that is built on git may fail without it.
package gitrepo

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
)

// ErrNone says that git has no answer.
var ErrNone = errors.New("git does not know")

// Head gives the content of a file in the last commit.
func Head(ctx context.Context, path string) ([]byte, error) {
	real, err := filepath.EvalSymlinks(path)
	if err != nil || !inRepository(real) {
		return nil, ErrNone
	}
	return run(ctx, filepath.Dir(real), "cat-file", "blob", "HEAD:./"+filepath.Base(real))
}

// inRepository looks for a .git upward, which is cheaper than to run git.
func inRepository(path string) bool {
	abs, err := filepath.Abs(path)
	if err != nil {
		return false
	}
	for dir := filepath.Dir(abs); ; dir = filepath.Dir(dir) {
		if _, err := os.Lstat(filepath.Join(dir, ".git")); err == nil {
			return true
		}
		if dir == filepath.Dir(dir) {
			return false
		}
	}
}

// run calls git in a folder.
func run(ctx context.Context, dir string, args ...string) ([]byte, error) {
	out, err := exec.CommandContext(ctx, "git", append([]string{"-C", dir}, args...)...).Output()
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		return nil, ErrNone
	}
	return out, nil
}
