// Package atomicfile replaces the content of a file such that there is always
// the old file or the new one, whole, and that no writer undoes what another
// one wrote.
//
// Open locks and reads a file, File.Replace writes it, File.Close gives the
// lock back. Several files are replaced together, as far as that is possible,
// with File.Stage on each and then File.Commit on each. Create makes a new
// file. Errors are *Error.
//
// The lock is on the file itself and leaves nothing behind. It binds only those
// who use this package; changes by others are noticed before the file is
// replaced. Who locks several files at a time must do it in the order of their
// real paths, each once, or two processes may wait for each other.
package atomicfile

import (
	"context"
	"errors"
	"hash/maphash"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/encfg/encfg/internal/hugepage"
)

// File is a locked file. It is not for use by several goroutines at once.
type File struct {
	// Path is the real path, without symbolic links.
	Path string
	// Data is the content as it was read. The caller may change or wipe it.
	Data []byte
	// Mode is the file's mode, which Stage gives to the new content.
	Mode fs.FileMode

	named string // the path as the user wrote it
	lock  *lock
	info  fs.FileInfo
	sum   uint64 // of the content
	temp  *temp  // what is staged
}

// seed makes sums comparable within this process.
var seed = maphash.MakeSeed()

// Open locks a regular file and reads it. Symbolic links are followed. It waits
// for another holder of the lock until the context ends, which is Busy.
//
// A file that its mode protects from writing is refused, although replacing it
// would work, and so is one with several names (hard links): the others would
// keep the old content.
func Open(ctx context.Context, path string) (*File, error) { return openKeeping(ctx, path, true) }

// openKeeping is Open; without keep the content is not wanted, and Data is nil.
func openKeeping(ctx context.Context, path string, keep bool) (*File, error) {
	real, err := resolve(path)
	if err != nil {
		return nil, err
	}
	for {
		f, err := open(ctx, path, real, keep)
		if err == nil || !errors.Is(err, errReplaced) {
			return f, err
		}
	}
}

// errReplaced says that somebody replaced the file while we waited.
var errReplaced = errors.New("the file was replaced")

// resolve follows symbolic links and checks what is there, without opening it.
func resolve(path string) (string, error) {
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return "", readError(path, err)
	}
	if real, err = filepath.Abs(real); err != nil {
		return "", readError(path, err)
	}
	info, err := os.Lstat(real)
	if err != nil {
		return "", readError(path, err)
	}
	return real, checkKind(path, info)
}

// checkKind refuses what is no regular file.
func checkKind(path string, info fs.FileInfo) error {
	switch {
	case info.Mode().IsRegular():
		return nil
	case info.IsDir():
		return &Error{Kind: CannotRead, Path: path, Msg: "it is a folder, not a file"}
	}
	return &Error{Kind: CannotRead, Path: path, Msg: "it is no regular file", Hint: "read it from stdin, and write with -o"}
}

// checkWritable refuses files that are not to be replaced.
func checkWritable(path string, info fs.FileInfo) error {
	if info.Mode().Perm()&0o222 == 0 {
		return &Error{
			Kind: CannotWrite, Path: path, Err: fs.ErrPermission,
			Msg: "the file is read-only", Hint: "allow writing with chmod u+w, or write elsewhere with -o",
		}
	}
	if links(info) > 1 {
		return &Error{
			Kind: CannotWrite, Path: path,
			Msg:  "the file has several names (hard links), and the others would keep the old content",
			Hint: "make it a file of its own, by copying it and moving the copy over it",
		}
	}
	return nil
}

// open makes one attempt to lock and read the file.
func open(ctx context.Context, named, real string, keep bool) (*File, error) {
	h, err := os.OpenFile(real, os.O_RDWR|noFollow, 0)
	if err != nil {
		return nil, openError(named, real, err)
	}
	l, err := lockFile(ctx, h, real)
	if err != nil {
		h.Close()
		if ctx.Err() != nil {
			return nil, &Error{Kind: Busy, Path: named, Msg: "another process is writing the file", Hint: "try again", Err: ctx.Err()}
		}
		return nil, readError(named, err)
	}
	f := &File{Path: real, named: named, lock: l}
	if err := f.read(h, keep); err != nil {
		l.release()
		return nil, err
	}
	return f, nil
}

// openError tells a file that cannot be read from one that cannot be written.
func openError(named, real string, cause error) error {
	info, err := os.Lstat(real)
	if err != nil {
		return readError(named, err)
	}
	if h, err := os.Open(real); err == nil {
		h.Close()
		if err := checkWritable(named, info); err != nil {
			return err
		}
		return writeError(named, cause)
	}
	return readError(named, cause)
}

// read fills f from the locked file, if that is still the one with the name.
func (f *File) read(h *os.File, keep bool) error {
	info, err := h.Stat()
	if err != nil {
		return readError(f.named, err)
	}
	now, err := os.Lstat(f.Path)
	if err != nil {
		return readError(f.named, err)
	}
	if !os.SameFile(info, now) {
		return errReplaced
	}
	if err := checkKind(f.named, info); err != nil {
		return err
	}
	if err := checkWritable(f.named, info); err != nil {
		return err
	}
	f.info, f.Mode = info, info.Mode()
	if !keep {
		if f.sum, err = sumOf(h); err != nil {
			return readError(f.named, err)
		}
		return nil
	}
	if f.Data, err = hugepage.ReadAll(h, info.Size()); err != nil {
		return readError(f.named, err)
	}
	f.sum = maphash.Bytes(seed, f.Data)
	return nil
}

// sumOf reads all of a file for its sum.
func sumOf(r io.Reader) (uint64, error) {
	var sum maphash.Hash
	sum.SetSeed(seed)
	_, err := io.Copy(&sum, r)
	return sum.Sum64(), err
}

// Close gives the lock back and drops what is staged. It can be called twice.
func (f *File) Close() error {
	f.discard()
	if f.lock == nil {
		return nil
	}
	err := f.lock.release()
	f.lock = nil
	return err
}
