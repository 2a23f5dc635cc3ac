package atomicfile

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
)

// temp is a temporary file. Its writer holds a lock on it, by which others see
// that it is in use.
type temp struct {
	file *os.File
	path string
	sum  uint64 // of the content
}

// isTempName knows the names of temporary files.
func isTempName(name string) bool {
	name, ok := strings.CutPrefix(name, ".encfg-")
	random, isTemp := strings.CutSuffix(name, ".tmp")
	return ok && isTemp && len(random) == 16 && strings.Trim(random, "0123456789abcdef") == ""
}

// newTemp makes a temporary file, less what the umask takes from the mode.
func newTemp(dir string, mode fs.FileMode) (*temp, error) {
	for {
		var random [8]byte
		rand.Read(random[:])
		path := filepath.Join(dir, ".encfg-"+hex.EncodeToString(random[:])+".tmp")
		file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, mode)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		t := &temp{file: file, path: path}
		live.Store(t.path, nil)
		if lockTemp(file) && t.inPlace() {
			return t, nil
		}
		t.remove() // a cleaner took it for a stale one
	}
}

// inPlace reports whether the file is still there.
func (t *temp) inPlace() bool {
	info, err := t.file.Stat()
	if err != nil {
		return false
	}
	now, err := os.Lstat(t.path)
	return err == nil && os.SameFile(info, now)
}

// remove closes and removes the file.
func (t *temp) remove() {
	t.file.Close()
	os.Remove(t.path)
	forget(t)
}

// live holds the paths of this process's temporary files.
var live sync.Map

// forget takes a file that is removed or renamed off the list.
func forget(t *temp) { live.Delete(t.path) }

// RemoveTemps removes the temporary files of this process. It is for the
// handler of a signal that ends the process at once.
func RemoveTemps() {
	live.Range(func(path, _ any) bool {
		os.Remove(path.(string))
		return true
	})
}

// cleaned holds the folders that this process has cleaned.
var cleaned sync.Map

// cleanFolder removes what killed processes left in a folder. Errors do not
// matter: the next process tries again.
func cleanFolder(dir string) {
	if _, done := cleaned.LoadOrStore(dir, nil); done {
		return
	}
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		if e.Type().IsRegular() && isTempName(e.Name()) {
			removeStale(filepath.Join(dir, e.Name()))
		}
	}
}
