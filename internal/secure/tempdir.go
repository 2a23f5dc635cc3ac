package secure

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// prefix begins the names of the folders that TempDir makes.
const prefix = "encfg-"

// Candidates lists the folders that TempDir tries, best first. The variable's
// value is $XDG_RUNTIME_DIR; it may be empty.
func Candidates(xdgRuntimeDir string) []string {
	dirs := []string{}
	if filepath.IsAbs(xdgRuntimeDir) {
		dirs = append(dirs, xdgRuntimeDir)
	}
	return append(dirs, "/run/user/"+strconv.Itoa(os.Getuid()), "/dev/shm", "/tmp")
}

// TempDir makes a new folder of mode 0700 in the first of the candidates that
// statfs proves to be in memory. The caller removes it. ErrNoMemoryDir
// (wrapped): there is none.
func TempDir(candidates []string) (string, error) {
	var reasons []string
	for _, c := range candidates {
		dir, err := memoryDir(c)
		if err == nil {
			return dir, nil
		}
		reasons = append(reasons, err.Error())
	}
	return "", fmt.Errorf("%w; tried: %s", ErrNoMemoryDir, strings.Join(reasons, "; "))
}

// memoryDir makes a new folder below parent, and checks the new folder itself:
// what is looked at is then what will be used.
func memoryDir(parent string) (string, error) {
	if ok, err := IsMemoryBacked(parent); err != nil {
		return "", err
	} else if !ok {
		return "", fmt.Errorf("%s is on a disk", parent)
	}
	dir, err := os.MkdirTemp(parent, prefix)
	if err != nil {
		return "", err
	}
	ok, err := IsMemoryBacked(dir)
	if err == nil && !ok {
		err = fmt.Errorf("%s is on a disk", parent)
	}
	if err == nil {
		err = os.Chmod(dir, 0o700) // whatever the umask or a default ACL says
	}
	if err != nil {
		os.Remove(dir)
		return "", err
	}
	return dir, nil
}
