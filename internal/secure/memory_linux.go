package secure

import (
	"io/fs"

	"golang.org/x/sys/unix"
)

// IsMemoryBacked reports whether a folder is on a file system that is in memory
// only: tmpfs or ramfs. (Pages of a tmpfs can go to swap, like all memory.)
func IsMemoryBacked(dir string) (bool, error) {
	var st unix.Statfs_t
	if err := statfs(dir, &st); err != nil {
		return false, &fs.PathError{Op: "statfs", Path: dir, Err: err}
	}
	return uint32(st.Type) == unix.TMPFS_MAGIC || uint32(st.Type) == unix.RAMFS_MAGIC, nil
}

// statfs repeats the call while signals interrupt it.
func statfs(dir string, st *unix.Statfs_t) error {
	for {
		if err := unix.Statfs(dir, st); err != unix.EINTR {
			return err
		}
	}
}
