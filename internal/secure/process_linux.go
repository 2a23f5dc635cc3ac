package secure

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// undumpable makes /proc/self root's, so that no other process of the user can
// attach to this one or read its memory. An exec ends this state.
func undumpable() error {
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {
		return fmt.Errorf("cannot make the process non-dumpable: %w", err)
	}
	return nil
}

// noDump leaves whole pages out of core dumps.
func noDump(b []byte) { _ = unix.Madvise(b, unix.MADV_DONTDUMP) }
