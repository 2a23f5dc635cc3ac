package cli

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/encfg/encfg/formats"
	"github.com/encfg/encfg/internal/atomicfile"
	"github.com/encfg/encfg/internal/gitrepo"
)

// plainNames are the names that plaintext has in a project: git is to ignore
// them, unless there is an encrypted file of that name.
var plainNames = []string{".env", "*.dec.*"}

func yesFlag() cli.Flag {
	return &cli.BoolFlag{Name: "yes", Aliases: []string{"y"}, Usage: "change .gitignore without asking"}
}

// guardPlaintext makes sure that git ignores plaintext and does not ignore
// encrypted files and templates. It asks first; where there is nobody to ask,
// it says what it would do. Without a git work tree it does nothing.
func (a *app) guardPlaintext(c *cli.Context, dir string, files []string) error {
	repo, err := gitrepo.Open(c.Context, dir)
	if err != nil {
		return nil
	}
	defer repo.Close()
	hide, err := a.unguarded(repo, dir)
	if err != nil {
		return err
	}
	if len(hide) > 0 {
		agreed, err := a.agree(c, "git does not ignore "+strings.Join(hide, " and "), "add it to .gitignore")
		if agreed {
			err = appendLines(c.Context, filepath.Join(dir, ".gitignore"), hide)
		}
		if err != nil {
			return err
		}
	}
	show, err := hidden(repo, a.shownFiles(dir, files))
	if err != nil {
		return err
	}
	for _, path := range show {
		agreed, err := a.agree(c, "git ignores "+path, "change .gitignore")
		if agreed {
			err = unignore(c.Context, repo, path)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// unguarded lists the plaintext names that git would take.
func (a *app) unguarded(repo *gitrepo.Repo, dir string) ([]string, error) {
	var names, samples []string
	for _, name := range plainNames {
		sample := filepath.Join(dir, strings.ReplaceAll(name, "*", "x"))
		if !encryptedAt(sample) {
			names, samples = append(names, name), append(samples, sample)
		}
	}
	tracked, err := repo.Tracked(samples...)
	if err != nil {
		return nil, err
	}
	ignored, err := repo.Ignored(samples...)
	if err != nil {
		return nil, err
	}
	var out []string
	for i, name := range names {
		switch {
		case tracked[i]:
			a.warnf("%s is in plain text, and git tracks it: encrypt it, or git rm --cached %s; change what it holds", samples[i], samples[i])
		case !ignored[i]:
			out = append(out, name)
		}
	}
	return out, nil
}

// shownFiles are those of the files that git is to take, and a .env file that
// is encrypted.
func (a *app) shownFiles(dir string, files []string) []string {
	files = append(slices.Clone(files), filepath.Join(dir, ".env"))
	files = slices.DeleteFunc(files, func(f string) bool { return !encryptedAt(f) && !strings.Contains(filepath.Base(f), "example") })
	return slices.Compact(files)
}

func encryptedAt(path string) bool {
	src, err := os.ReadFile(path)
	if err != nil {
		return false
	}
	f := formats.ForFile(path)
	return f != nil && isEncrypted(f, src)
}

// hidden lists the files that git ignores.
func hidden(repo *gitrepo.Repo, files []string) ([]string, error) {
	ignored, err := repo.Ignored(files...)
	var out []string
	for i, is := range ignored {
		if is {
			out = append(out, files[i])
		}
	}
	return out, err
}

// agree asks whether to do something about a fact. --yes agrees; where nobody
// can be asked, nothing is done.
func (a *app) agree(c *cli.Context, fact, what string) (bool, error) {
	switch {
	case c.Bool("yes"):
		a.notef("%s: done: %s", fact, what)
		return true, nil
	case !a.interactive():
		a.notef("%s; to %s: encfg %s --yes", fact, what, c.Command.Name)
		return false, nil
	}
	answer, err := a.ask(c.Context, fact+". Shall encfg "+what+"? [Y/n] ", "y", "n")
	return answer == "y", err
}

// appendLines adds lines to a file, which may not exist yet.
func appendLines(ctx context.Context, path string, lines []string) error {
	text, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return inFile(path, pathReason(err))
	}
	if len(text) > 0 && text[len(text)-1] != '\n' {
		text = append(text, '\n')
	}
	text = append(text, strings.Join(lines, "\n")+"\n"...)
	return inFile(path, atomicfile.Create(ctx, path, text, atomicfile.Options{Mode: 0o644, Overwrite: true}))
}

// unignore takes the line of a file out of .gitignore; where a pattern hides
// the file, it adds an exception.
func unignore(ctx context.Context, repo *gitrepo.Repo, path string) error {
	dir, name := filepath.Split(path)
	ignore := filepath.Join(dir, ".gitignore")
	text, err := os.ReadFile(ignore)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return inFile(ignore, pathReason(err))
	}
	var kept []byte
	for line := range bytes.Lines(text) {
		if word := strings.TrimSpace(string(line)); word != name && word != "/"+name {
			kept = append(kept, line...)
		}
	}
	if len(kept) < len(text) {
		if err := atomicfile.Create(ctx, ignore, kept, atomicfile.Options{Mode: 0o644, Overwrite: true}); err != nil {
			return inFile(ignore, err)
		}
	}
	still, err := repo.Ignored(path)
	if err != nil || !still[0] {
		return err
	}
	if err := appendLines(ctx, ignore, []string{"!/" + name}); err != nil {
		return err
	}
	if still, err = repo.Ignored(path); err == nil && still[0] {
		err = inFile(path, fail(exitGeneric, "git check-ignore -v "+path+" says which rule", "git ignores the folder of this file"))
	}
	return err
}
