//go:build linux || darwin

package atomicfile

import (
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// accessList holds the access control list of a file on Linux.
const accessList = "system.posix_acl_access"

// keepAttributes copies the extended attributes of the file at path. An access
// control list that cannot be copied is an error: the mode alone would allow
// more. Other attributes are copied where that is allowed.
func keepAttributes(file *os.File, path string) error {
	to := int(file.Fd())
	hasList := false
	for _, name := range attributes(path) {
		value, err := attribute(path, name)
		if err == nil {
			err = unix.Fsetxattr(to, name, value, 0)
		}
		if name == accessList {
			if err != nil {
				return &os.PathError{Op: "setxattr", Path: path, Err: err}
			}
			hasList = true
		}
	}
	if !hasList {
		// The folder may have given one to the new file.
		_ = unix.Fremovexattr(to, accessList)
	}
	return nil
}

// attributes lists the names of a file's attributes; none if it cannot.
func attributes(path string) []string {
	size, err := unix.Listxattr(path, nil)
	if err != nil || size == 0 {
		return nil
	}
	buf := make([]byte, size)
	if size, err = unix.Listxattr(path, buf); err != nil {
		return nil
	}
	return strings.FieldsFunc(string(buf[:size]), func(r rune) bool { return r == 0 })
}

// attribute reads one attribute.
func attribute(path, name string) ([]byte, error) {
	size, err := unix.Getxattr(path, name, nil)
	if err != nil || size == 0 {
		return nil, err
	}
	buf := make([]byte, size)
	size, err = unix.Getxattr(path, name, buf)
	return buf[:max(size, 0)], err
}
