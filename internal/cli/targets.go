package cli

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/bmatcuk/doublestar/v4"
	"github.com/urfave/cli/v2"

	"github.com/encfg/encfg/formats"
	"github.com/encfg/encfg/internal/config"
	"github.com/encfg/encfg/internal/hugepage"
)

// stdio is the operand that means standard input.
const stdio = "-"

// skippedFolders are not entered by -r: they hold other people's files.
var skippedFolders = []string{".git", ".hg", ".svn", "node_modules", ".terraform", ".venv", "__pycache__"}

// treeFlags are the flags of commands that take folders.
func treeFlags() []cli.Flag {
	return []cli.Flag{
		&cli.BoolFlag{Name: "recursive", Aliases: []string{"r"}, Usage: "go through folders"},
		&cli.StringSliceFlag{Name: "include", Usage: "with -r, only files that match this `GLOB` (repeatable; ** matches folders)"},
		&cli.StringSliceFlag{Name: "exclude", Usage: "with -r, not the files that match this `GLOB` (repeatable)"},
	}
}

// typeFlags are the flags that say what a file is.
func typeFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "type", Aliases: []string{"input-type"}, Usage: "treat the input as this `FORMAT`: " + strings.Join(formatNames(), ", ")},
		&cli.StringFlag{Name: "filename", Aliases: []string{"filename-override"}, Usage: "for standard input: the `NAME` that decides format and rule"},
	}
}

func formatNames() []string {
	var names []string
	for _, f := range formats.All() {
		names = append(names, f.Name())
	}
	return names
}

// target is one file to work on.
type target struct {
	path  string // stdio for standard input
	found bool   // found in a folder, not named
}

// targets turns operands into files. No operand is standard input, unless that
// is a terminal.
func (a *app) targets(c *cli.Context) ([]target, error) {
	args := c.Args().Slice()
	if len(args) == 0 {
		if terminal(a.in) {
			return nil, fail(exitNoFile, "encfg "+c.Command.Name+" --help shows how", "no file is named")
		}
		args = []string{stdio}
	}
	return a.targetsOf(c, args)
}

// targetsOf turns paths into files.
func (a *app) targetsOf(c *cli.Context, args []string) ([]target, error) {
	seen := map[string]bool{}
	var out []target
	for _, arg := range args {
		list := []target{{path: arg}}
		if arg != stdio {
			info, err := os.Stat(arg)
			if err != nil {
				return nil, inFile(arg, pathReason(err))
			}
			if info.IsDir() {
				if !c.Bool("recursive") {
					return nil, inFile(arg, fail(exitCannotRead, "-r goes through folders", "this is a folder"))
				}
				if list, err = walk(c, arg); err != nil {
					return nil, inFile(arg, pathReason(err))
				}
			}
		}
		for _, t := range list {
			if key := realPath(t.path); !seen[key] {
				seen[key] = true
				out = append(out, t)
			}
		}
	}
	if len(out) > 1 && slices.ContainsFunc(out, func(t target) bool { return t.path == stdio }) {
		return nil, fail(exitConflict, "name files, or pipe one in", "standard input cannot be one of several files")
	}
	return out, nil
}

// realPath makes two names of one file equal.
func realPath(path string) string {
	if p, err := filepath.EvalSymlinks(path); err == nil {
		path = p
	}
	if p, err := filepath.Abs(path); err == nil && path != stdio {
		path = p
	}
	return path
}

// pathReason keeps an error's kind and drops the path, which is said already.
func pathReason(err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return &failure{code: exitNoFile, msg: "there is no such file", err: err}
		case errors.Is(err, fs.ErrPermission):
			return &failure{code: exitCannotRead, msg: "cannot read it: permission denied", hint: "ls -l shows who may", err: err}
		}
		return &failure{code: exitCannotRead, msg: "cannot read it: " + pe.Err.Error(), err: err}
	}
	return err
}

func walk(c *cli.Context, root string) ([]target, error) {
	include, exclude := c.StringSlice("include"), c.StringSlice("exclude")
	for _, g := range slices.Concat(include, exclude) {
		if !doublestar.ValidatePattern(g) {
			return nil, fail(exitGeneric, "* matches within a name, ** matches folders", "%q is no valid glob", g)
		}
	}
	var out []target
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(root, path)
		rel = filepath.ToSlash(rel)
		if d.IsDir() {
			if path != root && (slices.Contains(skippedFolders, d.Name()) || matches(exclude, rel, path)) {
				return fs.SkipDir
			}
			return nil
		}
		if d.Name() == config.OwnName || d.Name() == config.SopsName {
			return nil // a rule without a path_regex matches them, too
		}
		wanted := formats.ForFile(path) != nil
		if len(include) > 0 {
			wanted = matches(include, rel, path)
		}
		if d.Type().IsRegular() && wanted && !matches(exclude, rel, path) {
			out = append(out, target{path: path, found: true})
		}
		return nil
	})
	return out, err
}

// matches tries globs on the path below the folder, on the file's name, and on
// the path as messages show it, which is what people copy.
func matches(globs []string, rel, path string) bool {
	names := []string{rel, filepath.Base(rel), filepath.ToSlash(filepath.Clean(path))}
	for _, g := range globs {
		g = strings.TrimPrefix(g, "./")
		if slices.ContainsFunc(names, func(name string) bool { return doublestar.MatchUnvalidated(g, name) }) {
			return true
		}
	}
	return false
}

// read reads a target.
func (a *app) read(t target) ([]byte, error) {
	if t.path == stdio {
		data, err := readAll(a.ctx, a.in)
		return data, inFile("standard input", err)
	}
	info, err := os.Stat(t.path) // opening a pipe would wait for its other end
	if err != nil {
		return nil, inFile(t.path, pathReason(err))
	}
	if !info.Mode().IsRegular() {
		return nil, inFile(t.path, fail(exitCannotRead, "pipe it in with --type or --filename", "this is not a regular file"))
	}
	f, err := os.Open(t.path)
	if err != nil {
		return nil, inFile(t.path, pathReason(err))
	}
	defer f.Close()
	data, err := hugepage.ReadAll(f, info.Size())
	if err != nil {
		return nil, inFile(t.path, pathReason(err))
	}
	return data, nil
}

// name is the path that decides format and rule.
func (t target) name(c *cli.Context) string {
	if n := c.String("filename"); n != "" {
		return n
	}
	return t.path
}

// formatFlag is the name of the flag that says the format. Where a command has
// both, such as set, --type is something else.
func formatFlag(c *cli.Context) string {
	for _, f := range c.Command.Flags {
		if f.Names()[0] == "input-type" {
			return "input-type"
		}
	}
	return "type"
}

// format finds a target's format.
func (a *app) format(c *cli.Context, t target, data []byte) (formats.Format, error) {
	return a.formatOf(c, t.name(c), data)
}

// formatOf finds a format: by --type, by the file's name, or, for an encrypted
// file with an unknown name, as sops's binary form.
func (a *app) formatOf(c *cli.Context, name string, data []byte) (formats.Format, error) {
	flag := formatFlag(c)
	if named := c.String(flag); named != "" {
		if f := formats.ByName(named); f != nil {
			return f, nil
		}
		return nil, fail(exitGeneric, "use one of "+strings.Join(formatNames(), ", "), "there is no format %q", named)
	}
	if f := formats.ForFile(name); f != nil {
		return f, nil
	}
	if bytes.Contains(data, []byte(`"sops"`)) {
		binary := formats.ByName("binary")
		if _, err := binary.ParseEncrypted(data); err == nil {
			return binary, nil
		}
	}
	if name == stdio {
		return nil, fail(exitGeneric, "--"+flag+" says it, or --filename NAME", "the format of standard input is not known")
	}
	return nil, inFile(name, fail(exitGeneric, "--"+flag+" FORMAT says it: "+strings.Join(formatNames(), ", "), "the name does not tell the format"))
}

// forEach works on all targets in parallel. Each failure is reported, the
// others go on; the result tells that there was one. done is called in the
// order of the targets.
func (a *app) forEach(ctx context.Context, list []target, work func(ctx context.Context, t target) (any, error), done func(t target, result any)) error {
	results := make([]any, len(list))
	errs := make([]error, len(list))
	finished := make([]chan struct{}, len(list))
	next := make(chan int)
	var wg sync.WaitGroup
	for i := range finished {
		finished[i] = make(chan struct{})
	}
	one := func(i int) {
		if errs[i] = ctx.Err(); errs[i] == nil {
			results[i], errs[i] = guard(func() (any, error) { return work(ctx, list[i]) })
		}
		close(finished[i])
	}
	if len(list) == 1 {
		one(0)
	} else {
		for range min(len(list), max(16, 4*runtime.GOMAXPROCS(0))) {
			wg.Go(func() {
				for i := range next {
					one(i)
				}
			})
		}
		wg.Go(func() {
			for i := range list {
				next <- i
			}
			close(next)
		})
	}
	bar := a.progress(len(list))
	code := 0
	for i := range list {
		<-finished[i]
		bar.step()
		if errs[i] != nil {
			bar.clear()
			if !errors.Is(errs[i], context.Canceled) || code == 0 {
				err := inFile(list[i].path, errs[i])
				a.report(err)
				code = worse(code, asFailure(err).code)
			}
			continue
		}
		if results[i] != nil {
			bar.clear()
			done(list[i], results[i])
		}
	}
	bar.clear()
	wg.Wait()
	if code != 0 {
		return &doneError{code}
	}
	return nil
}

// worse keeps the code of the first failure.
func worse(code, other int) int {
	if code != 0 {
		return code
	}
	return other
}
