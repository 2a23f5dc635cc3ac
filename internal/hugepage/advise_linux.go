package hugepage

import "golang.org/x/sys/unix"

// advise asks for huge pages; where there are none, the memory is as it was.
func advise(pages []byte) { _ = unix.Madvise(pages, unix.MADV_HUGEPAGE) }
