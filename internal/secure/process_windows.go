package secure

import (
	"unsafe"

	"golang.org/x/sys/windows"
)

// Harden does nothing: Windows writes no core dumps unless an administrator
// asks for them.
func Harden() (restore func() error, err error) {
	return func() error { return nil }, nil
}

// Lock keeps the pages of b in memory, as far as the working set allows.
func Lock(b []byte) error {
	if len(b) == 0 {
		return nil
	}
	return windows.VirtualLock(uintptr(unsafe.Pointer(&b[0])), uintptr(len(b)))
}

// Unlock undoes Lock.
func Unlock(b []byte) error {
	if len(b) == 0 {
		return nil
	}
	return windows.VirtualUnlock(uintptr(unsafe.Pointer(&b[0])), uintptr(len(b)))
}
