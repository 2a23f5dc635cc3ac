package handover

import (
	"os"

	"golang.org/x/sys/unix"
)

const hasMemfd = true

// sealedMemfd makes an anonymous file with the content that nobody, this
// process included, can write to, grow or shrink.
func sealedMemfd(content []byte) (*os.File, error) {
	fd, err := unix.MemfdCreate("encfg", unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING)
	if err != nil {
		return nil, err
	}
	f := os.NewFile(uintptr(fd), "memfd")
	if _, err := f.Write(content); err != nil {
		_ = f.Close()
		return nil, cause(err)
	}
	if err := f.Chmod(0o400); err != nil {
		_ = f.Close()
		return nil, cause(err)
	}
	seals := unix.F_SEAL_SHRINK | unix.F_SEAL_GROW | unix.F_SEAL_WRITE | unix.F_SEAL_SEAL
	if _, err := unix.FcntlInt(uintptr(fd), unix.F_ADD_SEALS, seals); err != nil {
		_ = f.Close()
		return nil, err
	}
	return f, nil
}
