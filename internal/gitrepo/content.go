package gitrepo

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strconv"
	"strings"
	"sync"
)

// Head gives the content of a file in the last commit, as it is stored:
// neither textconv nor filters change it. A symbolic link is followed.
// ErrNotFound: there is none.
func (r *Repo) Head(path string) ([]byte, error) {
	rel, err := r.rel(follow(path))
	if err != nil {
		return nil, err
	}
	return r.object("HEAD:" + rel)
}

// Content gives the content of a file in one of the versions of its History.
func (r *Repo) Content(v Version) ([]byte, error) { return r.object(v.Commit + ":" + v.path) }

// object gives a stored file by its name in git's language.
func (r *Repo) object(name string) ([]byte, error) {
	if strings.Contains(name, "\n") { // the process reads lines
		out, err := r.run(nil, "cat-file", "blob", name)
		if _, ok := errors.AsType[*exitError](err); ok {
			err = ErrNotFound
		}
		return out, err
	}
	return r.cat.ask(r, name)
}

// catFile is a git process that hands out one object after the other: starting
// one for each file would take longer than all the rest.
type catFile struct {
	mu  sync.Mutex
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
}

// ask gives one object.
func (c *catFile) ask(r *Repo, name string) ([]byte, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.start(r); err != nil {
		return nil, err
	}
	data, err := c.exchange(name)
	if err != nil && !errors.Is(err, ErrNotFound) {
		c.stop() // what comes next in the pipe is not known
		if ended := r.ctx.Err(); ended != nil {
			err = ended
		}
		return nil, fmt.Errorf("git cat-file: %w", err)
	}
	return data, err
}

// start starts the process if it does not run.
func (c *catFile) start(r *Repo) error {
	if c.cmd != nil {
		return nil
	}
	cmd, err := r.command("cat-file", "--batch")
	if err != nil {
		return err
	}
	in, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	c.cmd, c.in, c.out = cmd, in, bufio.NewReader(out)
	return nil
}

// exchange writes a request and reads the answer: a line with the object's
// name, kind and size, the content, and a line end.
func (c *catFile) exchange(name string) ([]byte, error) {
	if _, err := io.WriteString(c.in, name+"\n"); err != nil {
		return nil, err
	}
	line, err := c.out.ReadString('\n')
	if err != nil {
		return nil, unexpected(err)
	}
	if strings.HasPrefix(line, name+" ") { // "NAME missing"
		return nil, ErrNotFound
	}
	fields := strings.Fields(line)
	if len(fields) != 3 {
		return nil, ErrNotFound // "ID submodule" and the like
	}
	size, err := strconv.Atoi(fields[2])
	if err != nil || size < 0 {
		return nil, errors.New("an answer that is not understood")
	}
	data := make([]byte, size+1)
	if _, err := io.ReadFull(c.out, data); err != nil {
		return nil, unexpected(err)
	}
	if fields[1] != "blob" {
		return nil, ErrNotFound
	}
	return data[:size:size], nil
}

// unexpected says that the answer is not whole.
func unexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// close ends the process.
func (c *catFile) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stop()
}

// stop ends the process, which only reads: how it ends does not matter.
func (c *catFile) stop() {
	if c.cmd == nil {
		return
	}
	c.in.Close()
	_ = c.cmd.Process.Kill()
	_ = c.cmd.Wait()
	c.cmd = nil
}
