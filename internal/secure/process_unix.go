//go:build unix

package secure

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// Harden forbids core dumps of this process and of the processes that it
// starts and, on Linux, forbids other processes of the same user to read its
// memory or to open its /proc/PID/fd. Restore undoes what children would inherit.
func Harden() (restore func() error, err error) {
	var old unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_CORE, &old); err != nil {
		return nil, fmt.Errorf("cannot read the limit of core dumps: %w", err)
	}
	// Only the soft limit, which is enough: a lower hard limit could not be
	// raised again for the programs that are run.
	limit := unix.Rlimit{Cur: 0, Max: old.Max}
	if err := unix.Setrlimit(unix.RLIMIT_CORE, &limit); err != nil {
		return nil, fmt.Errorf("cannot turn core dumps off: %w", err)
	}
	restore = func() error { return unix.Setrlimit(unix.RLIMIT_CORE, &old) }
	return restore, undumpable()
}

// Lock keeps the pages of b out of swap. It is best effort: the limit on
// locked memory may be too low. Whole pages are locked, and locks do not nest:
// the Unlock of a neighbour in the same page undoes a Lock.
func Lock(b []byte) error {
	if len(b) == 0 {
		return nil
	}
	return unix.Mlock(b)
}

// Unlock undoes Lock.
func Unlock(b []byte) error {
	if len(b) == 0 {
		return nil
	}
	return unix.Munlock(b)
}
