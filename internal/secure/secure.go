// Package secure keeps plaintext out of core dumps, swap and disks, as far as
// the operating system allows.
//
// Call Harden first in a process that will hold secrets; Lock and Wipe are for
// single buffers; TempDir gives a folder for plaintext files that is proven to
// be in memory. All of it works on Linux. Elsewhere the functions do what they
// can, and those that cannot keep their promise return an error.
//
// The package reads no environment: the folders to try come from the caller.
package secure

import (
	"errors"
	"runtime"
)

// ErrNoMemoryDir says that no folder could be proven to be in memory only.
var ErrNoMemoryDir = errors.New("no memory-backed folder (tmpfs or ramfs) found")

// Wipe overwrites b with zeros. Copies that the runtime or a library made are
// out of reach.
func Wipe(b []byte) {
	clear(b)
	runtime.KeepAlive(b)
}
