package atomicfile

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/windows"
)

// noFollow has no counterpart here.
const noFollow = 0

// closeFirst says that open files cannot be renamed.
const closeFirst = true

// lock is a named object of the system that exists as long as its maker lives:
// a lock on the file itself would stand in the way of replacing it.
type lock struct {
	object windows.Handle
	file   *os.File
}

// lockFile waits until it can make the object.
func lockFile(ctx context.Context, h *os.File, path string) (*lock, error) {
	sum := sha256.Sum256([]byte(strings.ToLower(path)))
	name, err := windows.UTF16PtrFromString(`Global\encfg-` + hex.EncodeToString(sum[:]))
	if err != nil {
		return nil, err
	}
	for {
		object, err := windows.CreateMutex(nil, false, name)
		if err == nil {
			return &lock{object, h}, nil
		}
		if object != 0 {
			windows.CloseHandle(object)
		}
		if !errors.Is(err, windows.ERROR_ALREADY_EXISTS) && !errors.Is(err, windows.ERROR_ACCESS_DENIED) {
			return nil, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// moveTo closes both files, as neither may be open when one replaces the other.
func (l *lock) moveTo(t *temp) error {
	l.file.Close()
	return t.file.Close()
}

// moved has nothing to do: the object stands for the name.
func (l *lock) moved(*temp) {}

func (l *lock) release() error {
	l.file.Close()
	return windows.CloseHandle(l.object)
}

// lockTemp has nothing to do: a file that is open cannot be removed.
func lockTemp(*os.File) bool { return true }

// staleAge is the age from which a temporary file cannot be in use: it is open
// for most of its life, and closed for a moment before it is renamed.
const staleAge = time.Hour

// removeStale removes a temporary file unless it may be in use.
func removeStale(path string) {
	if info, err := os.Lstat(path); err == nil && time.Since(info.ModTime()) > staleAge {
		os.Remove(path)
	}
}
