package atomicfile

import (
	"errors"
	"io/fs"
	"os"

	"golang.org/x/sys/windows"
)

// links is not looked up here.
func links(fs.FileInfo) uint64 { return 1 }

// keepOwner does nothing: the new file belongs to who writes it.
func keepOwner(*os.File, fs.FileInfo) error { return nil }

// keepAttributes does nothing: there are none that matter.
func keepAttributes(*os.File, string) error { return nil }

// isFull reports whether there is no room.
func isFull(err error) bool { return errors.Is(err, windows.ERROR_DISK_FULL) }

// syncFolderNow has no counterpart here.
func syncFolderNow(string) error { return nil }

// renameNew renames a file unless the new name exists.
func renameNew(from, to string) error {
	f, err := windows.UTF16PtrFromString(from)
	if err != nil {
		return err
	}
	t, err := windows.UTF16PtrFromString(to)
	if err != nil {
		return err
	}
	return windows.MoveFileEx(f, t, 0)
}
