// Package hugepage makes large slices whose memory the kernel may give out in
// huge pages, where it does so on request only. A fresh page costs about a
// microsecond when it is first touched, and what encfg puts into large slices
// is touched just once or twice, so that this shows.
package hugepage

import (
	"errors"
	"io"
	"unsafe"
)

// size is that of a huge page in bytes; worthwhile is the size of a slice from
// which one is asked for.
const (
	size       = 2 << 20
	worthwhile = 2 * size
)

// Make is make([]T, 0, capacity).
func Make[T any](capacity int) []T {
	s := make([]T, 0, capacity)
	bytes := uintptr(capacity) * unsafe.Sizeof(*new(T))
	if bytes < worthwhile {
		return s
	}
	start := unsafe.Pointer(unsafe.SliceData(s))
	skip := -uintptr(start) % size // to the first whole huge page
	advise(unsafe.Slice((*byte)(unsafe.Add(start, skip)), (bytes-skip)/size*size))
	return s
}

// ReadAll is io.ReadAll for a file of about the given size in bytes.
func ReadAll(r io.Reader, size int64) ([]byte, error) {
	text := Make[byte](int(size) + 1) // one more, so that the last read finds the end
	for {
		n, err := r.Read(text[len(text):cap(text)])
		text = text[:len(text)+n]
		if errors.Is(err, io.EOF) {
			return text, nil
		}
		if err != nil {
			return text, err
		}
		if len(text) == cap(text) {
			text = append(text, 0)[:len(text)]
		}
	}
}
