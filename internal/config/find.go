package config

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
)

// The names of configuration files. In each folder our own one comes first.
const (
	OwnName  = ".encfg.yaml"
	SopsName = ".sops.yaml"
)

// otherNames are what people write by mistake; sops does not read them either.
var otherNames = []string{".encfg.yml", ".sops.yml"}

// Found is the result of a search.
type Found struct {
	Path string // absolute; "" with ErrNotFound
	// Ignored are files on the way that have nearly the right name.
	Ignored []string
}

// Find looks for the configuration of a file, which need not exist, in the
// file's folder and then in each one above it. It does not follow symbolic
// links: the folder is the one that the name says. ErrNotFound: there is none.
//
// A configuration that cannot be read does not make the search go on: another
// one further up could have weaker rules.
func Find(file string) (Found, error) { return new(Finder).Find(file) }

// Finder is Find for many files: it looks into each folder once. It may be used
// from several goroutines.
type Finder struct {
	folders sync.Map // of folder, by its path
}

// folder is what a folder has to say to the search.
type folder struct {
	found Found
	err   error
	here  bool // the search ends here
}

// Find is as the function Find.
func (f *Finder) Find(file string) (Found, error) {
	abs, err := filepath.Abs(file)
	if err != nil {
		return Found{}, err
	}
	var ignored []string
	for dir := filepath.Dir(abs); ; dir = filepath.Dir(dir) {
		known, ok := f.folders.Load(dir)
		if !ok {
			known, _ = f.folders.LoadOrStore(dir, look(dir))
		}
		l := known.(folder)
		ignored = append(ignored, l.found.Ignored...)
		if l.here {
			return Found{Path: l.found.Path, Ignored: ignored}, l.err
		}
		if dir == filepath.Dir(dir) {
			return Found{Ignored: ignored}, ErrNotFound
		}
	}
}

// look looks into one folder.
func look(dir string) folder {
	var l folder
	for _, name := range otherNames {
		if p := filepath.Join(dir, name); exists(p) {
			l.found.Ignored = append(l.found.Ignored, p)
		}
	}
	for _, name := range []string{OwnName, SopsName} {
		p := filepath.Join(dir, name)
		info, err := os.Stat(p)
		if errors.Is(err, fs.ErrNotExist) && !linked(p) {
			continue
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fs.ErrPermission) {
			continue // the folder is no folder: a name below a file
		}
		l.found.Path, l.here = p, true
		if err != nil {
			l.err = &Error{Path: p, Msg: "cannot read the configuration: " + reason(err), Err: err}
		} else {
			l.err = planted(p, info)
		}
		break
	}
	return l
}

// exists reports whether there is a regular file.
func exists(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// linked reports whether there is a symbolic link, wherever it leads to.
func linked(path string) bool {
	info, err := os.Lstat(path)
	return err == nil && info.Mode()&fs.ModeSymlink != 0
}

// planted refuses a configuration that somebody else put into a folder in
// which everybody may write, such as /tmp: its recipients would be theirs.
func planted(path string, info fs.FileInfo) error {
	dir, err := os.Stat(filepath.Dir(path))
	if err != nil || !foreign(dir, info) {
		return nil
	}
	return &Error{
		Path: path, Err: fs.ErrPermission,
		Msg:  "refused: it belongs to another user, and everybody can write to its folder",
		Hint: "if you trust it, name it with --config",
	}
}

// reason is the text of an error of the operating system without its path.
func reason(err error) string {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return p.Err.Error()
	}
	return err.Error()
}

// isOwn reports whether a configuration may have our own fields: every one but
// those that sops reads.
func isOwn(path string) bool {
	return !slices.Contains([]string{SopsName, ".sops.yml"}, filepath.Base(path))
}
