package atomicfile

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// Options say how Create makes a file.
type Options struct {
	// Mode is that of a new file, before the umask. An existing file keeps its
	// mode, less what is not in Mode.
	Mode fs.FileMode
	// Overwrite allows the file to exist already.
	Overwrite bool
}

// Create writes a whole file, which appears with all of its content at once. A
// file that exists is Exists, or is replaced as by Open and Replace.
func Create(ctx context.Context, path string, data []byte, opts Options) error {
	info, err := os.Stat(path)
	switch {
	case err == nil && !opts.Overwrite:
		return existsError(path)
	case err == nil:
		if err := checkKind(path, info); err != nil {
			e, _ := errors.AsType[*Error](err)
			e.Kind, e.Hint = CannotWrite, ""
			return e
		}
		return overwrite(ctx, path, data, opts.Mode)
	case !errors.Is(err, fs.ErrNotExist):
		return writeError(path, err)
	}
	if _, err := os.Lstat(path); err == nil {
		return &Error{Kind: CannotWrite, Path: path, Msg: "it is a symbolic link that leads nowhere"}
	}
	return create(path, data, opts.Mode)
}

func existsError(path string) error {
	return &Error{Kind: Exists, Path: path, Msg: "the file exists already", Err: fs.ErrExist}
}

// overwrite replaces an existing file.
func overwrite(ctx context.Context, path string, data []byte, mode fs.FileMode) error {
	f, err := openKeeping(ctx, path, false)
	if err != nil {
		return err
	}
	defer f.Close()
	f.Mode &^= fs.ModePerm &^ mode
	return f.Replace(data)
}

// create makes a file that does not exist yet.
func create(path string, data []byte, mode fs.FileMode) error {
	dir := filepath.Dir(path)
	cleanFolder(dir)
	t, err := newTemp(dir, mode.Perm())
	if err != nil {
		return folderError(path, err)
	}
	_, err = t.file.Write(data)
	if err == nil {
		err = t.file.Sync()
	}
	if err == nil {
		err = t.rename(path)
	}
	if err != nil {
		t.remove()
		if errors.Is(err, fs.ErrExist) {
			return existsError(path)
		}
		return writeError(path, err)
	}
	forget(t)
	t.file.Close()
	if err := syncFolder(dir); err != nil {
		return writeError(path, err)
	}
	return nil
}

// rename gives the file its name unless a file with that name exists.
func (t *temp) rename(path string) error {
	if closeFirst {
		t.file.Close()
	}
	err := renameNew(t.path, path)
	if !errors.Is(err, errors.ErrUnsupported) {
		return err
	}
	// The file system cannot do it in one step.
	if _, err := os.Lstat(path); err == nil {
		return fs.ErrExist
	}
	return os.Rename(t.path, path)
}
