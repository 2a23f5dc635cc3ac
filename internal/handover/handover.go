// Package handover gives plaintext to another process as a file that exists
// only in memory and only as long as that process needs it.
//
// A Keeper owns the files of one run. Add makes a file and gives the path by
// which the child opens it; Close overwrites and removes everything. Should
// this process be killed, a watcher process does it within a second. Nothing
// is ever written to a disk unless Options.AllowDisk says so.
package handover

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// Mode is the kind of a file.
type Mode string

const (
	// Auto is a Memfd where the system has it and no name is wanted, else
	// Tmpfs.
	Auto Mode = ""
	// Memfd is a sealed file without a name, opened as /proc/PID/fd/N of the
	// watcher process, which alone holds it. So the program's own children can
	// open it too, also where they inherit no descriptors.
	Memfd Mode = "memfd"
	// Tmpfs is a file with mode 0600 in a fresh folder with mode 0700 on a
	// file system that was proved to be memory.
	Tmpfs Mode = "tmpfs"
	// FIFO is a named pipe that every reader gets the whole content from.
	FIFO Mode = "fifo"
)

// Modes lists the modes a user can name.
var Modes = []Mode{Memfd, Tmpfs, FIFO}

// Options says how files are handed over.
type Options struct {
	// Dirs are the folders to try for Tmpfs and FIFO, the best first, such as
	// secure.Candidates.
	Dirs []string
	// AllowDisk permits the system's folder for temporary files where none of
	// Dirs is proved to be in memory.
	AllowDisk bool
	// Watcher is the command line of the process that calls Watch.
	Watcher []string
	// TTL is how long after Add a file exists; 0 for as long as the Keeper.
	TTL time.Duration
	// Replace says that the child will be exec'd in place of this process.
	Replace bool
}

// Error is a failure with what to try.
type Error struct {
	Msg  string
	hint string
	Err  error
}

func (e *Error) Error() string {
	if e.Err != nil {
		return e.Msg + ": " + e.Err.Error()
	}
	return e.Msg
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// Hint says what to try.
func (e *Error) Hint() string { return e.hint }

// Keeper owns the files of one run. It is safe for concurrent use.
type Keeper struct {
	opts Options

	mu       sync.Mutex
	dir      string
	pipes    []*pipe
	watchers []*watcher // of the folder, and one for each memfd
	timer    *time.Timer
	closed   bool
}

// New makes a Keeper; nothing happens before Add.
func New(opts Options) *Keeper { return &Keeper{opts: opts} }

// Add makes a file with the content and returns its path for the child. name
// is the wanted base name, "" for any; content may be wiped afterwards.
func (k *Keeper) Add(name string, content []byte, mode Mode) (string, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.closed {
		return "", os.ErrClosed
	}
	if err := k.check(name, mode); err != nil {
		return "", err
	}
	switch mode {
	case Auto:
		if !hasMemfd || name != "" {
			return k.tmpfs(name, content)
		}
		return k.memfd(content)
	case Memfd:
		return k.memfd(content)
	case Tmpfs:
		return k.tmpfs(name, content)
	default:
		return k.fifo(name, content)
	}
}

func (k *Keeper) check(name string, mode Mode) error {
	switch {
	case name != "" && (name != filepath.Base(name) || name == "." || name == ".." || name == string(filepath.Separator)):
		return &Error{Msg: fmt.Sprintf("%q is not a file name", name), hint: "give a name without folders"}
	case mode != Auto && mode != Memfd && mode != Tmpfs && mode != FIFO:
		return &Error{Msg: fmt.Sprintf("unknown file mode %q", mode), hint: "use memfd, tmpfs or fifo"}
	case mode == Memfd && !hasMemfd:
		return &Error{Msg: "this system has no memfd", hint: "use --file-mode fifo"}
	case mode == Memfd && name != "":
		return &Error{Msg: "a memfd has no file name", hint: "use --file-mode tmpfs for a file with a name"}
	case mode == FIFO && !hasFIFO:
		return &Error{Msg: "this system has no named pipes", hint: "use --file-mode tmpfs with --allow-disk"}
	case mode == FIFO && k.opts.Replace:
		return &Error{Msg: "a fifo needs encfg to go on running", hint: "use --file-mode memfd or tmpfs with --replace"}
	}
	return nil
}

// memfd makes an anonymous file that can no longer be changed.
func (k *Keeper) memfd(content []byte) (string, error) {
	f, err := sealedMemfd(content)
	if err != nil {
		return "", &Error{Msg: "cannot make a memfd", hint: "try --file-mode tmpfs", Err: err}
	}
	defer f.Close()
	w, _, err := startWatcher(k.opts, f)
	if err != nil {
		return "", err
	}
	k.watchers = append(k.watchers, w)
	k.startTimer()
	return fmt.Sprintf("/proc/%d/fd/%d", w.cmd.Process.Pid, heldFD), nil
}

// tmpfs writes a file into the Keeper's folder.
func (k *Keeper) tmpfs(name string, content []byte) (string, error) {
	path, err := k.place(name)
	if err != nil {
		return "", err
	}
	if err := writeNew(path, content); err != nil {
		erase(path)
		return "", &Error{Msg: "cannot write to memory-backed " + filepath.Dir(k.dir), hint: "make room there, or name another folder in XDG_RUNTIME_DIR", Err: cause(err)}
	}
	return path, nil
}

// fifo makes a named pipe in the Keeper's folder.
func (k *Keeper) fifo(name string, content []byte) (string, error) {
	path, err := k.place(name)
	if err != nil {
		return "", err
	}
	p, err := newPipe(path, content)
	if err != nil {
		return "", &Error{Msg: "cannot make a named pipe", Err: cause(err)}
	}
	k.pipes = append(k.pipes, p)
	return path, nil
}

// place is an unused path in the folder, which is made, and watched, first.
func (k *Keeper) place(name string) (string, error) {
	if k.dir == "" {
		if err := k.start(); err != nil {
			return "", err
		}
	}
	if name == "" {
		name = "file"
	}
	sub, err := os.MkdirTemp(k.dir, "")
	if err != nil {
		return "", &Error{Msg: "cannot make a folder", Err: cause(err)}
	}
	return filepath.Join(sub, name), nil
}

// start makes the watcher, which makes the folder: so there is no moment in
// which a folder has nobody to remove it.
func (k *Keeper) start() error {
	w, dir, err := startWatcher(k.opts, nil)
	if err != nil {
		return err
	}
	k.dir, k.watchers = dir, append(k.watchers, w)
	k.startTimer()
	return nil
}

func (k *Keeper) startTimer() {
	if k.opts.TTL > 0 && k.timer == nil {
		k.timer = time.AfterFunc(k.opts.TTL, k.expire)
	}
}

// expire takes the files back while the child may still run.
func (k *Keeper) expire() {
	k.mu.Lock()
	defer k.mu.Unlock()
	if !k.closed {
		_ = k.erase()
	}
}

// Close removes everything. It must be called when the child has ended, and
// after a failed Add too; calling it again does nothing.
func (k *Keeper) Close() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.closed {
		return nil
	}
	k.closed = true
	if k.timer != nil {
		k.timer.Stop()
	}
	return k.erase()
}

// Release lets the program that replaces this process inherit the ends of the
// watchers' pipes, so that they wait for that program's end.
func (k *Keeper) Release() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, w := range k.watchers {
		if err := inheritable(w.pipe); err != nil {
			return &Error{Msg: "cannot hand a file over", Err: err}
		}
	}
	return nil
}

func (k *Keeper) erase() error {
	for _, p := range k.pipes {
		p.close()
	}
	k.pipes = nil
	var err error
	if k.dir != "" {
		err = eraseDir(k.dir)
	}
	for _, w := range k.watchers {
		w.stop()
	}
	k.watchers = nil
	return err
}

// cause drops the path from an error: it says nothing to the user.
func cause(err error) error {
	var p *os.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}
