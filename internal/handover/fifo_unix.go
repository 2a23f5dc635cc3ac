//go:build unix

package handover

import (
	"bytes"
	"os"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

const hasFIFO = true

// pipe serves the content to one reader after the other.
type pipe struct {
	path    string
	content []byte
	closed  atomic.Bool
	done    chan struct{}
}

func newPipe(path string, content []byte) (*pipe, error) {
	if err := unix.Mkfifo(path, 0o600); err != nil {
		return nil, err
	}
	p := &pipe{path: path, content: bytes.Clone(content), done: make(chan struct{})}
	go p.serve()
	return p, nil
}

// serve waits for a reader, puts a fresh pipe in the place of the one that it
// opened, and only then writes: so the next reader has a pipe of its own and
// neither of them sees two contents or waits for an end that does not come.
func (p *pipe) serve() {
	defer close(p.done)
	for !p.closed.Load() {
		f, err := os.OpenFile(p.path, os.O_WRONLY, 0) // waits for a reader
		if err != nil || p.closed.Load() {
			if err == nil {
				_ = f.Close()
			}
			return
		}
		next := p.path + ".next"
		if err := unix.Mkfifo(next, 0o600); err == nil {
			_ = os.Rename(next, p.path)
		}
		go func() {
			_, _ = f.Write(p.content) // a reader may stop early
			_ = f.Close()
		}()
	}
}

// close ends the waiting by opening the pipe for a moment, until the server,
// which may be between two pipes, has seen it.
func (p *pipe) close() {
	p.closed.Store(true)
	for {
		f, err := os.OpenFile(p.path, os.O_RDONLY|unix.O_NONBLOCK, 0)
		if err != nil {
			return // the child removed it
		}
		select {
		case <-p.done:
		case <-time.After(time.Millisecond):
		}
		_ = f.Close()
		select {
		case <-p.done:
			return
		default:
		}
	}
}
