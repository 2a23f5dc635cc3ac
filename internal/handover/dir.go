package handover

import (
	"errors"
	"os"
	"runtime"

	"github.com/encfg/encfg/internal/secure"
)

// tempDir makes a folder for the owner alone, on a file system that is proved
// to be memory, or, where the user allows it, in the usual place.
func tempDir(candidates []string, allowDisk bool) (string, error) {
	dir, err := secure.TempDir(candidates)
	if err == nil {
		return dir, nil
	}
	if allowDisk {
		dir, err := os.MkdirTemp("", "encfg-")
		if err != nil {
			return "", &Error{Msg: "cannot make a temporary folder", Err: cause(err)}
		}
		return dir, nil
	}
	hint := "--allow-disk permits a folder on a disk"
	switch {
	case runtime.GOOS == "linux":
		hint = "name one in XDG_RUNTIME_DIR, or use --file-mode memfd; " + hint
	case hasFIFO && errors.Is(err, secure.ErrNoMemoryDir):
		hint = "this system has no folder that is known to be in memory only; " + hint
	}
	return "", &Error{Msg: "nothing is handed over", Err: err, hint: hint}
}
