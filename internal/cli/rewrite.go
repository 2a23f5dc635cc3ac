package cli

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/encfg/encfg/crypt"
	"github.com/encfg/encfg/internal/atomicfile"
)

// rewriteFlags are the flags of commands that change many encrypted files.
func rewriteFlags() []cli.Flag {
	return slices.Concat([]cli.Flag{
		&cli.BoolFlag{Name: "dry-run", Aliases: []string{"n"}, Usage: "say what would be done, and write nothing"},
		&cli.BoolFlag{Name: "keep-going", Usage: "write what succeeds; by default either all files change or none"},
		&cli.StringFlag{Name: "type", Usage: "treat the files as this `FORMAT`"},
	}, treeFlags())
}

// rewritten is what a command did to one file.
type rewritten struct {
	File    string   `json:"file"`
	Changed bool     `json:"changed"`
	NewKey  bool     `json:"new_data_key"`
	Added   []string `json:"recipients_added,omitempty"`
	Removed []string `json:"recipients_removed,omitempty"`
	Expose  []string `json:"keys_to_change,omitempty"` // values that who was removed has known
	DryRun  bool     `json:"dry_run,omitempty"`

	lock   *atomicfile.File
	text   []byte
	failed bool // it could not be written
}

// rewrite opens all files, lets change compute the new text of each (nil to
// leave it), and then writes them: all or none, unless --keep-going.
func (a *app) rewrite(c *cli.Context, list []target, change func(ctx context.Context, t target, f *crypt.File, r *rewritten) ([]byte, error)) ([]*rewritten, error) {
	for _, t := range list {
		if t.path == stdio {
			return nil, fail(exitGeneric, "name files or folders", "this command works in place")
		}
	}
	// Locks are taken one by one in one order, so that two calls cannot wait
	// for each other.
	slices.SortFunc(list, func(x, y target) int { return strings.Compare(realPath(x.path), realPath(y.path)) })
	locks := map[string]*atomicfile.File{}
	defer func() {
		for _, l := range locks {
			l.Close()
		}
	}()
	keep := c.Bool("keep-going")
	failed := 0
	var open []target
	for _, t := range list {
		l, err := a.lockEncrypted(c, t)
		if err != nil {
			a.report(inFile(t.path, err))
			failed = worse(failed, asFailure(err).code)
			continue
		}
		if l != nil {
			locks[t.path] = l
			open = append(open, t)
		}
	}
	if failed != 0 && !keep {
		return nil, a.noneChanged(failed, len(list))
	}
	var results []*rewritten
	err := a.forEach(c.Context, open, func(ctx context.Context, t target) (any, error) {
		return a.rewriteOne(ctx, c, t, locks[t.path], change)
	}, func(_ target, v any) { results = append(results, v.(*rewritten)) })
	if err != nil {
		failed = worse(failed, codeOfDone(err))
		if !keep {
			return nil, a.noneChanged(failed, len(list))
		}
	}
	code, err := commit(results, keep, a.report)
	if err != nil {
		return nil, err
	}
	failed = worse(failed, code)
	results = slices.DeleteFunc(results, func(r *rewritten) bool { return r.failed })
	if failed != 0 {
		return results, &doneError{failed}
	}
	return results, nil
}

func codeOfDone(err error) int {
	var d *doneError
	if errors.As(err, &d) {
		return d.code
	}
	return codeOf(err)
}

func (a *app) noneChanged(code, files int) error {
	if files > 1 {
		a.line("no file was changed, since one failed; --keep-going changes the others")
	}
	return &doneError{code}
}

// lockEncrypted opens a target for writing; nil for a file found in a folder
// that is not encrypted.
func (a *app) lockEncrypted(c *cli.Context, t target) (*atomicfile.File, error) {
	if t.found {
		enc, err := a.read(t)
		if err != nil {
			return nil, err
		}
		if f, err := a.format(c, t, enc); err != nil || !isEncrypted(f, enc) {
			return nil, nil
		}
	}
	return atomicfile.Open(c.Context, t.path)
}

func (a *app) rewriteOne(ctx context.Context, c *cli.Context, t target, l *atomicfile.File, change func(context.Context, target, *crypt.File, *rewritten) ([]byte, error)) (*rewritten, error) {
	f, err := a.format(c, t, l.Data)
	if err != nil {
		return nil, err
	}
	file, err := a.open(ctx, c, t, f, l.Data, crypt.OpenOptions{})
	if err != nil {
		return nil, err
	}
	defer file.Close()
	r := &rewritten{File: t.path, DryRun: c.Bool("dry-run"), lock: l}
	text, err := change(ctx, t, file, r)
	if err != nil {
		return nil, err
	}
	r.Changed = text != nil
	if !r.DryRun {
		r.text = text
	}
	return r, nil
}

// commit writes the new texts. Where one cannot be written, those before it
// get their old text back. If the others are to go on (keep), the failure is
// reported and marked, and code is that of the first.
func commit(results []*rewritten, keep bool, report func(error)) (code int, err error) {
	failed := func(r *rewritten, err error) {
		report(err)
		code = worse(code, codeOf(err))
		r.text, r.failed = nil, true
	}
	for _, r := range results {
		if r.text == nil {
			continue
		}
		if err := r.lock.Stage(r.text); err != nil {
			if !keep {
				return 0, err
			}
			failed(r, err)
		}
	}
	for i, r := range results {
		if r.text == nil {
			continue
		}
		if err := r.lock.Commit(); err != nil {
			if keep {
				failed(r, err)
				continue
			}
			for _, done := range results[:i] {
				if done.text != nil {
					err = errors.Join(err, done.lock.Replace(done.lock.Data))
				}
			}
			return 0, err
		}
	}
	return code, nil
}
