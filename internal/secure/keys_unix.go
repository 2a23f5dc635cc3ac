//go:build unix

package secure

import "golang.org/x/sys/unix"

// newKeyPage maps memory outside of the heap; where that fails, the heap must do.
func newKeyPage(size int) []byte {
	b, err := unix.Mmap(-1, 0, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
	if err != nil {
		return make([]byte, size)
	}
	_ = Lock(b)
	noDump(b)
	return b
}
