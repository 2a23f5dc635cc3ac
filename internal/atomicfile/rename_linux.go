package atomicfile

import (
	"errors"

	"golang.org/x/sys/unix"
)

// renameNew renames a file unless the new name exists. errors.ErrUnsupported:
// the file system cannot do that.
func renameNew(from, to string) error {
	err := unix.Renameat2(unix.AT_FDCWD, from, unix.AT_FDCWD, to, unix.RENAME_NOREPLACE)
	if err == unix.EINVAL || err == unix.ENOSYS {
		return errors.ErrUnsupported
	}
	return err
}
