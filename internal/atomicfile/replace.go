package atomicfile

import (
	"errors"
	"hash/maphash"
	"io/fs"
	"os"
	"path/filepath"
)

// Replace gives the file a new content and keeps its mode, owner and extended
// attributes. After an error the file is as it was. The lock stays, so that
// Replace can be called again.
func (f *File) Replace(data []byte) error {
	if err := f.Stage(data); err != nil {
		return err
	}
	return f.Commit()
}

// Stage writes the new content to a temporary file beside the file, so that
// little can go wrong in Commit.
func (f *File) Stage(data []byte) error {
	f.discard()
	cleanFolder(filepath.Dir(f.Path))
	t, err := newTemp(filepath.Dir(f.Path), 0o600)
	if err != nil {
		return folderError(f.named, err)
	}
	f.temp = t
	if err := f.fill(t, data); err != nil {
		f.discard()
		if e, ok := errors.AsType[*Error](err); ok {
			return e
		}
		return writeError(f.named, err)
	}
	t.sum = maphash.Bytes(seed, data)
	return nil
}

// fill writes the content and makes the temporary file look like the file.
func (f *File) fill(t *temp, data []byte) error {
	if _, err := t.file.Write(data); err != nil {
		return err
	}
	if err := keepOwner(t.file, f.info); err != nil {
		return &Error{
			Kind: CannotWrite, Path: f.named, Err: err,
			Msg:  "the file belongs to another user or group, which cannot be kept",
			Hint: "run it as the owner, or write elsewhere with -o",
		}
	}
	if err := t.file.Chmod(f.Mode & keptMode); err != nil {
		return err
	}
	if err := keepAttributes(t.file, f.Path); err != nil {
		return err
	}
	return t.file.Sync()
}

// keptMode is what is kept of a mode.
const keptMode = fs.ModePerm | fs.ModeSetuid | fs.ModeSetgid | fs.ModeSticky

// Commit puts the staged content in the file's place. If the file is no longer
// what was read, that is Changed, and the file stays.
func (f *File) Commit() error {
	t := f.temp
	if t == nil {
		return &Error{Kind: CannotWrite, Path: f.named, Msg: "nothing is staged"}
	}
	defer f.discard()
	if err := f.checkUnchanged(); err != nil {
		return err
	}
	info, err := t.file.Stat()
	if err != nil {
		return writeError(f.named, err)
	}
	if err := f.lock.moveTo(t); err != nil {
		return writeError(f.named, err)
	}
	if err := os.Rename(t.path, f.Path); err != nil {
		return folderError(f.named, err)
	}
	f.lock.moved(t)
	f.info, f.Mode, f.sum, f.temp = info, info.Mode(), t.sum, nil
	forget(t)
	if err := syncFolder(filepath.Dir(f.Path)); err != nil {
		return &Error{
			Kind: CannotWrite, Path: f.named, Err: err,
			Msg: "the file is written, but may be the old one again after a crash of the system: " + reason(err),
		}
	}
	return nil
}

// checkUnchanged compares the file with what was read.
func (f *File) checkUnchanged() error {
	changed := &Error{
		Kind: Changed, Path: f.named,
		Msg:  "the file was changed by another program in the meantime",
		Hint: "it is kept as it is now; try again",
	}
	info, err := os.Lstat(f.Path)
	if errors.Is(err, fs.ErrNotExist) {
		changed.Msg = "the file was removed in the meantime"
		changed.Hint = ""
		return changed
	}
	if err != nil {
		return readError(f.named, err)
	}
	if info.Mode() != f.info.Mode() {
		return changed
	}
	h, err := os.OpenFile(f.Path, os.O_RDONLY|noFollow, 0)
	if err != nil {
		return readError(f.named, err)
	}
	defer h.Close()
	sum, err := sumOf(h)
	if err != nil {
		return readError(f.named, err)
	}
	if sum != f.sum {
		return changed
	}
	return nil
}

// discard removes the staged content.
func (f *File) discard() {
	if f.temp != nil {
		f.temp.remove()
		f.temp = nil
	}
}
