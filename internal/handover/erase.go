package handover

import (
	"io/fs"
	"os"
	"path/filepath"
)

// writeNew writes a file that must not exist, readable by its owner alone.
func writeNew(path string, content []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if e := f.Close(); err == nil {
		err = e
	}
	return err
}

// eraseDir overwrites and removes all in a folder, and the folder itself. It
// goes on after an error, and returns the first. The child may have replaced
// or added files: they are erased just so. A folder that is gone is no error.
func eraseDir(dir string) error {
	var first error
	keep := func(err error) {
		if first == nil && err != nil && !os.IsNotExist(err) {
			first = err
		}
	}
	keep(filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			keep(err)
		case d.IsDir():
			// A child may have taken the right to remove files away.
			_ = os.Chmod(path, 0o700)
		case d.Type().IsRegular():
			keep(erase(path))
		}
		return nil
	}))
	keep(os.RemoveAll(dir))
	return first
}

// erase overwrites a regular file, so that its memory holds nothing while a
// descriptor is still open, and removes it.
func erase(path string) error {
	err := overwrite(path)
	if e := os.Remove(path); e != nil && !os.IsNotExist(e) {
		return e
	}
	if os.IsNotExist(err) {
		return nil
	}
	return err
}

func overwrite(path string) error {
	_ = os.Chmod(path, 0o600)
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	zeros := make([]byte, min(info.Size(), 64<<10))
	for left := info.Size(); left > 0; left -= int64(len(zeros)) {
		if _, err := f.Write(zeros[:min(left, int64(len(zeros)))]); err != nil {
			return err
		}
	}
	return nil
}
