package gitrepo

import (
	"context"
	"errors"
	"os"
	"path/filepath"
)

// Head is Repo.Head for a single file: with one git process, and with none
// outside of a repository.
func Head(ctx context.Context, path string) ([]byte, error) {
	real, err := filepath.EvalSymlinks(path)
	if err == nil {
		real, err = filepath.Abs(real)
	}
	if err != nil {
		return nil, err
	}
	dir, base := filepath.Split(real)
	if !inRepository(dir) {
		return nil, ErrNoRepo
	}
	r := &Repo{root: dir, ctx: ctx}
	out, err := r.run(nil, "cat-file", "blob", "HEAD:./"+base)
	if _, ok := errors.AsType[*exitError](err); ok {
		err = ErrNotFound
	}
	return out, err
}

// inRepository looks for a .git from a folder upward, which is cheaper than to
// run git.
func inRepository(dir string) bool {
	for dir = filepath.Clean(dir); ; dir = filepath.Dir(dir) {
		if _, err := os.Lstat(filepath.Join(dir, ".git")); err == nil {
			return true
		}
		if dir == filepath.Dir(dir) {
			return false
		}
	}
}
