package cli

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/encfg/encfg/crypt"
	"github.com/encfg/encfg/formats"
	"github.com/encfg/encfg/internal/atomicfile"
	"github.com/encfg/encfg/internal/merge3"
)

// finish saves the edited text. again says that the user wants to go on
// editing. When it fails, the text has been saved encrypted beside the file, or
// the user has given it up.
func (e *editing) finish(ctx context.Context, text []byte) (again bool, err error) {
	if merge3.HasMarks(text) && !merge3.HasMarks(e.base) {
		return e.mend(ctx, text, fail(exitGeneric, "", "there are marks of a conflict left (<<<<<<<, =======, >>>>>>>)"))
	}
	sealed, err := e.seal(ctx, text)
	if err != nil {
		return e.mend(ctx, text, err)
	}
	now, err := e.write(ctx, sealed)
	switch {
	case err != nil:
		return e.mend(ctx, text, err)
	case now != nil:
		return e.meanwhile(ctx, text, now)
	}
	return false, nil
}

// seal encrypts the text.
func (e *editing) seal(ctx context.Context, text []byte) ([]byte, error) {
	if e.file == nil {
		r, err := e.app.sealText(ctx, e.c, e.t, text)
		if err != nil {
			return nil, err
		}
		return r.text, nil
	}
	s, err := e.file.Update(text, time.Time{})
	if err != nil {
		return nil, err
	}
	return s.Text, nil
}

// write puts the encrypted text in place. If somebody else has changed the
// file, it stays, and its content is returned.
func (e *editing) write(ctx context.Context, sealed []byte) (now []byte, err error) {
	if e.file == nil {
		err := atomicfile.Create(ctx, e.t.path, sealed, atomicfile.Options{Mode: 0o644})
		if errors.Is(err, fs.ErrExist) {
			return os.ReadFile(e.t.path)
		}
		return nil, err
	}
	af, err := atomicfile.Open(ctx, e.t.path)
	if err != nil {
		return nil, err
	}
	defer af.Close()
	if !bytes.Equal(af.Data, e.enc) {
		return bytes.Clone(af.Data), nil
	}
	return nil, af.Replace(sealed)
}

// mend says what is wrong with the text, and asks whether to go on.
func (e *editing) mend(ctx context.Context, text []byte, problem error) (again bool, err error) {
	problem = inFile(e.t.path, problem)
	if e.app.interactive() {
		e.app.report(problem)
		answer, err := e.app.ask(ctx, "Go back to the editor? [Y]es, [s]ave the text encrypted beside the file, [d]iscard it: ", "y", "s", "d")
		if err != nil {
			answer = "s"
		}
		switch answer {
		case "y":
			return true, nil
		case "d":
			return false, fail(asFailure(problem).code, "", "the edit was discarded, the file is as it was")
		}
	}
	f := *asFailure(problem)
	f.hint = e.saveBeside(ctx, text)
	return false, &f
}

// meanwhile deals with a file that somebody else has changed.
func (e *editing) meanwhile(ctx context.Context, text, now []byte) (again bool, err error) {
	changed := fail(exitCannotWrite, "", "somebody else has changed the file meanwhile: their version is kept")
	answer := "s"
	switch {
	case e.file == nil:
	case e.c.Bool("merge"):
		answer = "m"
	case e.app.interactive():
		e.app.report(inFile(e.t.path, changed))
		if answer, err = e.app.ask(ctx, "[M]erge the two, or [s]ave your text encrypted beside the file: ", "m", "s"); err != nil {
			answer = "s"
		}
	default:
		e.app.warnf("%s: --merge would merge the two versions", e.t.path)
	}
	if answer == "s" {
		changed.hint = e.saveBeside(ctx, text)
		return false, changed
	}
	return e.merge(ctx, text, now)
}

// merge applies the edit to the newer file. A conflict goes to the editor.
func (e *editing) merge(ctx context.Context, text, now []byte) (again bool, err error) {
	saved := func(err error) (bool, error) {
		f := *asFailure(err)
		f.hint = e.saveBeside(ctx, text)
		return false, &f
	}
	old := e.base
	if err := e.take(ctx, now); err != nil {
		return saved(fmt.Errorf("the file that somebody else has changed cannot be merged: %w", err))
	}
	merged, conflicts := merge3.Merge(old, text, e.file.Plain, merge3.Labels{Ours: "your edit", Theirs: "the newer file"})
	clear(old)
	e.base, e.what = bytes.Clone(e.file.Plain), "merged"
	if conflicts == 0 {
		return e.finish(ctx, merged)
	}
	problem := fail(exitCannotWrite, "", "%s between the edit and the newer file", plural(conflicts, "conflict"))
	if !e.app.interactive() {
		return saved(problem)
	}
	if err := os.WriteFile(e.path, merged, 0o600); err != nil {
		return saved(problem)
	}
	return e.mend(ctx, text, problem)
}

// saveBeside writes a text, encrypted as a blob, to a new file beside the file,
// and says where it is. A text that cannot be parsed is safe so, too. If the
// folder takes no file, the one for temporary files or the home folder may.
func (e *editing) saveBeside(ctx context.Context, text []byte) string {
	sealed, err := e.sealBlob(ctx, text)
	if err != nil {
		return "your text could not be encrypted, it is lost: " + asFailure(err).Error()
	}
	base := filepath.Base(e.t.path)
	for _, path := range []string{e.t.path, filepath.Join(os.TempDir(), base), filepath.Join(homeDir(), base)} {
		var name string
		if name, err = newBeside(ctx, path, sealed); err == nil {
			return "your text is saved, encrypted, in " + name + ": encfg decrypt --type binary " + name
		}
	}
	return "your text could not be saved, it is lost: " + asFailure(err).Error()
}

// newBeside writes a new file with a name like that of path.
func newBeside(ctx context.Context, path string, text []byte) (name string, err error) {
	for n := 1; n < 1000; n++ {
		if name = path + ".edit"; n > 1 {
			name += "-" + strconv.Itoa(n)
		}
		err = atomicfile.Create(ctx, name, text, atomicfile.Options{Mode: 0o600})
		if !errors.Is(err, fs.ErrExist) {
			break
		}
	}
	return name, err
}

// sealBlob encrypts a text as a blob: under the file's own data key, so that
// just those can read it who can read the file.
func (e *editing) sealBlob(ctx context.Context, text []byte) ([]byte, error) {
	blob := formats.ByName("binary")
	if e.file != nil {
		f := *e.file
		f.Format = blob
		ch := f.Unchanged()
		ch.Rules, ch.MACOnlyEncrypted = crypt.Rules{}, false
		s, err := f.Reencrypt(ctx, nil, text, ch, time.Time{})
		if err != nil {
			return nil, err
		}
		return s.Text, nil
	}
	p, err := e.app.project(e.c, e.t.path)
	if err != nil {
		return nil, err
	}
	groups, threshold, err := e.app.recipients(e.c, p, e.t.path)
	if err != nil {
		return nil, err
	}
	s, err := crypt.Encrypt(ctx, e.app.env(e.c), blob, text, crypt.Options{Groups: groups, Threshold: threshold})
	if err != nil {
		return nil, err
	}
	return s.Text, nil
}

// ask asks on the terminal until one of the answers is given; the first letter
// is enough, and nothing at all is the first answer.
func (a *app) ask(ctx context.Context, question string, answers ...string) (string, error) {
	for {
		a.mu.Lock()
		fmt.Fprint(a.err, question)
		a.mu.Unlock()
		type result struct {
			text string
			err  error
		}
		ch := make(chan result, 1)
		go func() {
			text, err := bufio.NewReader(a.in).ReadString('\n')
			ch <- result{text, err}
		}()
		select {
		case <-ctx.Done():
			return "", ctx.Err()
		case r := <-ch:
			text := strings.ToLower(strings.TrimSpace(r.text))
			if text == "" && r.err == nil {
				return answers[0], nil
			}
			for _, one := range answers {
				if text != "" && text[:1] == one {
					return one, nil
				}
			}
			if r.err != nil {
				return "", r.err
			}
		}
	}
}
