//go:build unix

package atomicfile

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// noFollow refuses a symbolic link that took the file's place, and does not
// wait for the other end of a pipe that did.
const noFollow = unix.O_NOFOLLOW | unix.O_NONBLOCK

// closeFirst says that open files cannot be renamed.
const closeFirst = false

// lock is held as long as the file is open, by flock(2). It belongs to the
// inode: whoever waited for an inode that was replaced has to start again.
type lock struct{ file *os.File }

// lockFile waits for the lock. It asks again and again, because a blocking
// flock could not be ended by the context.
func lockFile(ctx context.Context, h *os.File, _ string) (*lock, error) {
	for wait := time.Millisecond; ; wait = min(2*wait, 32*time.Millisecond) {
		err := tryLock(h)
		if err == nil {
			return &lock{h}, nil
		}
		if !errors.Is(err, unix.EWOULDBLOCK) {
			return nil, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(wait/2 + rand.N(wait)):
		}
	}
}

// tryLock takes the lock if it is free. A file system without locks counts as
// free: changes by others are still noticed before a file is replaced.
func tryLock(h *os.File) error {
	for {
		switch err := unix.Flock(int(h.Fd()), unix.LOCK_EX|unix.LOCK_NB); {
		case err == unix.EINTR:
		case err == unix.ENOTSUP, err == unix.EOPNOTSUPP, err == unix.ENOSYS, err == unix.ENOLCK:
			return nil
		default:
			return err
		}
	}
}

// moveTo prepares the move of the lock to the file that is about to take the
// name: its lock is held since it was made.
func (l *lock) moveTo(*temp) error { return nil }

// moved gives up the lock on the file that was replaced.
func (l *lock) moved(t *temp) {
	l.file.Close()
	l.file = t.file
}

func (l *lock) release() error { return l.file.Close() }

// lockTemp marks a temporary file as being in use.
func lockTemp(h *os.File) bool { return tryLock(h) == nil }

// removeStale removes a temporary file unless its writer lives.
func removeStale(path string) {
	h, err := os.OpenFile(path, os.O_RDONLY|noFollow, 0)
	if err != nil {
		return
	}
	defer h.Close()
	if unix.Flock(int(h.Fd()), unix.LOCK_EX|unix.LOCK_NB) == nil {
		os.Remove(path)
	}
}
