package handover

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"time"
)

// watcher is a process that makes the folder and erases it when this process
// is gone, or that holds a memfd until then. It is never told a secret. The end
// of its input is how it learns that nobody holds the other end any more.
type watcher struct {
	pipe *os.File
	cmd  *exec.Cmd
}

// order is what the watcher is asked, once, on its input.
type order struct {
	Dirs      []string
	AllowDisk bool
	TTL       time.Duration
	Hold      bool // make no folder: hold what was inherited
}

// heldFD is the number of the descriptor that a watcher holds.
const heldFD = 3

// answer is what it says, once, on its output.
type answer struct {
	Dir              string
	Msg, Hint, Cause string // of an error
}

func startWatcher(opts Options, hold *os.File) (*watcher, string, error) {
	failed := func(err error) (*watcher, string, error) {
		return nil, "", &Error{Msg: "cannot start the process that removes files after a crash", Err: err}
	}
	if len(opts.Watcher) == 0 {
		return failed(os.ErrInvalid)
	}
	r, pipe, err := os.Pipe()
	if err != nil {
		return failed(err)
	}
	defer r.Close()
	cmd := exec.Command(opts.Watcher[0], opts.Watcher[1:]...)
	cmd.Args[0] = os.Args[0] // whatever the path: the name by which we were called
	cmd.Stdin = r
	cmd.Env = []string{"TMPDIR=" + os.TempDir()} // and nothing that is secret
	cmd.Dir = string(filepath.Separator)
	cmd.SysProcAttr = detached()
	if hold != nil {
		cmd.ExtraFiles = []*os.File{hold}
	}
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		_ = pipe.Close()
		return failed(err)
	}
	w := &watcher{pipe: pipe, cmd: cmd}
	var a answer
	err = json.NewEncoder(pipe).Encode(order{opts.Dirs, opts.AllowDisk, opts.TTL, hold != nil})
	if err == nil {
		err = json.NewDecoder(out).Decode(&a)
	}
	if err == nil && a.Msg == "" {
		return w, a.Dir, nil
	}
	w.stop()
	if err != nil {
		return failed(err)
	}
	return nil, "", a.error()
}

func (a answer) error() error {
	e := &Error{Msg: a.Msg, hint: a.Hint}
	if a.Cause != "" {
		e.Err = errors.New(a.Cause)
	}
	return e
}

// stop ends the watcher, which erases what is still there.
func (w *watcher) stop() {
	_ = w.pipe.Close()
	_ = w.cmd.Wait()
}

// Watch is the watcher process: it makes a folder as asked on in, tells its
// path on out, and erases it at the end of in or of its time to live. A file
// that it holds goes when it ends. Signals that a terminal or a service manager
// sends to all are ignored. The process must stay dumpable, or no other could
// open what it holds.
func Watch(in io.Reader, out io.WriteCloser) error {
	signal.Ignore(watchIgnores...)
	var o order
	d := json.NewDecoder(in)
	if err := d.Decode(&o); err != nil {
		return &Error{Msg: "this command is for encfg itself", hint: "use encfg run --file"}
	}
	var a answer
	var err error
	if !o.Hold {
		a.Dir, err = tempDir(o.Dirs, o.AllowDisk)
	}
	if e := (*Error)(nil); errors.As(err, &e) {
		a.Msg, a.Hint = e.Msg, e.hint
		if e.Err != nil {
			a.Cause = e.Err.Error()
		}
	}
	// Where the answer finds nobody, the input has ended too.
	_ = json.NewEncoder(out).Encode(a)
	_ = out.Close()
	if err != nil {
		return nil
	}
	end := make(chan struct{})
	go func() {
		_, _ = io.Copy(io.Discard, in)
		close(end)
	}()
	var expired <-chan time.Time // never, if there is no time to live
	if o.TTL > 0 {
		expired = time.After(o.TTL)
	}
	select {
	case <-end:
	case <-expired:
	}
	if a.Dir == "" {
		return nil
	}
	return eraseDir(a.Dir)
}
