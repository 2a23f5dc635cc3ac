package atomicfile

import "golang.org/x/sys/unix"

// renameNew renames a file unless the new name exists. errors.ErrUnsupported:
// the file system cannot do that.
func renameNew(from, to string) error { return unix.RenamexNp(from, to, unix.RENAME_EXCL) }
