package cli

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/urfave/cli/v2"

	"github.com/encfg/encfg/crypt"
	"github.com/encfg/encfg/formats"
	"github.com/encfg/encfg/internal/atomicfile"
	"github.com/encfg/encfg/internal/editor"
	"github.com/encfg/encfg/internal/handover"
	"github.com/encfg/encfg/internal/runner"
	"github.com/encfg/encfg/internal/secure"
)

func (a *app) editCommand() *cli.Command {
	return &cli.Command{
		Name:      "edit",
		Usage:     "edit the plaintext of a file, in memory",
		ArgsUsage: "FILE",
		Description: "Opens the plaintext in the editor that ENCFG_EDITOR, SOPS_EDITOR, VISUAL or EDITOR\n" +
			"names, from a folder in memory that is removed at the end, whatever happens.\n" +
			"What did not change keeps its ciphertext. A FILE that is not there is made, for\n" +
			"the recipients of the rule that matches it. Without a change the exit code is 200.",
		Flags: slices.Concat([]cli.Flag{
			&cli.BoolFlag{Name: "merge", Usage: "if somebody else changes the file meanwhile, merge without asking"},
			&cli.BoolFlag{Name: "allow-disk", Usage: "permit a folder on a disk where the system has none in memory"},
			ignoreMACFlag(),
		}, inputTypeFlags()),
		OnUsageError: usageError,
		Action:       a.edit,
	}
}

// editing is one call of edit.
type editing struct {
	app    *app
	c      *cli.Context
	t      target
	keeper *handover.Keeper
	path   string // of the plaintext
	runs   editor.Session
	format formats.Format

	enc  []byte      // the file as it was when the plaintext was taken; nil for a new one
	file *crypt.File // nil for a new one
	base []byte      // the plaintext that was given to the editor
	what string      // "edited", "merged", "made"
}

func (a *app) edit(c *cli.Context) error {
	if c.NArg() != 1 || c.Args().First() == stdio {
		return fail(exitGeneric, "encfg edit FILE", "edit takes one file")
	}
	command, err := editor.Find(a.getenv, exec.LookPath)
	if err != nil {
		return &failure{code: exitNoEditor, msg: err.Error(), hint: asFailure(err).hint, err: err}
	}
	e := &editing{app: a, c: c, t: target{path: c.Args().First()}}
	defer e.close()
	if err := e.begin(c.Context); err != nil {
		return inFile(e.t.path, err)
	}
	if err := e.handOver(command); err != nil {
		return inFile(e.t.path, err)
	}
	// While the editor runs, signals are its concern; afterwards they end encfg.
	changed, err := e.loop()
	if err != nil {
		return inFile(e.t.path, err)
	}
	if a.json {
		if err := a.printJSON(changedFile{e.t.path, changed}); err != nil {
			return err
		}
	}
	if !changed {
		a.notef("%s: nothing was changed", e.t.path)
		return &doneError{exitNotModified}
	}
	a.notef("%s %s", e.what, e.t.path)
	return nil
}

// changedFile is the result of edit.
type changedFile struct {
	File    string `json:"file"`
	Changed bool   `json:"changed"`
}

// begin reads the file, or makes the text of a new one. What would fail at the
// end is tried now.
func (e *editing) begin(ctx context.Context) error {
	if _, err := os.Lstat(e.t.path); errors.Is(err, fs.ErrNotExist) {
		return e.beginNew()
	}
	af, err := atomicfile.Open(ctx, e.t.path)
	if err != nil {
		return err
	}
	enc := bytes.Clone(af.Data)
	err = af.Stage(enc) // is it possible? Close takes it back
	if cerr := af.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return err
	}
	if err := e.take(ctx, enc); err != nil {
		return err
	}
	e.base, e.what = bytes.Clone(e.file.Plain), "edited"
	return nil
}

// take makes an encrypted text the one that is being edited.
func (e *editing) take(ctx context.Context, enc []byte) error {
	format, err := e.app.format(e.c, e.t, enc)
	if err != nil {
		return err
	}
	f, err := e.app.open(ctx, e.c, e.t, format, enc, crypt.OpenOptions{IgnoreMAC: e.c.Bool("ignore-mac")})
	if err != nil {
		return err
	}
	if e.file != nil {
		e.file.Close()
	}
	e.format, e.enc, e.file = format, enc, f
	return nil
}

// beginNew checks that a rule says for whom the file will be.
func (e *editing) beginNew() error {
	dir := filepath.Dir(e.t.path)
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return fail(exitNoFile, "make it first: mkdir -p "+dir, "there is no folder %s", dir)
	}
	probe, err := os.MkdirTemp(dir, ".encfg-")
	if err != nil {
		return writeReason(err)
	}
	if err := os.Remove(probe); err != nil {
		return writeReason(err)
	}
	if e.format, err = e.app.format(e.c, e.t, nil); err != nil {
		return err
	}
	p, err := e.app.project(e.c, e.t.path)
	if err != nil {
		return err
	}
	if _, _, err := e.app.recipients(e.c, p, e.t.path); err != nil {
		return err
	}
	e.base, e.what = []byte(newFileText[e.format.Name()]), "made"
	return nil
}

// newFileText is what the editor shows of a new file.
var newFileText = map[string]string{
	"yaml":   "password: change-me\n",
	"json":   "{\n  \"password\": \"change-me\"\n}\n",
	"dotenv": "PASSWORD=change-me\n",
	"ini":    "[section]\npassword = change-me\n",
}

// handOver writes the plaintext into a folder in memory.
func (e *editing) handOver(command []string) error {
	w, err := watcher()
	if err != nil {
		return err
	}
	e.keeper = handover.New(handover.Options{
		Dirs:      secure.Candidates(e.app.getenv("XDG_RUNTIME_DIR")),
		AllowDisk: e.c.Bool("allow-disk"),
		Watcher:   w,
	})
	e.path, err = e.keeper.Add(filepath.Base(e.t.path), e.base, handover.Tmpfs)
	if err != nil {
		return &failure{code: exitCannotWrite, msg: "the plaintext has no place in memory: " + err.Error(), err: err,
			hint: "name a folder in memory (tmpfs) in XDG_RUNTIME_DIR, use encfg set, or permit a disk with --allow-disk"}
	}
	e.runs = editor.Private(command, filepath.Dir(e.path))
	if e.runs.Note != "" {
		e.app.warnf("%s", e.runs.Note)
	}
	return nil
}

// close removes the plaintext.
func (e *editing) close() {
	if e.keeper != nil {
		if err := e.keeper.Close(); err != nil {
			e.app.warnf("the folder of the plaintext could not be removed: %s", pathReason(err))
		}
	}
	if e.file != nil {
		e.file.Close()
	}
	clear(e.base)
}

// loop runs the editor until the text can be saved, or nothing is to be saved.
func (e *editing) loop() (changed bool, err error) {
	ctx := e.c.Context
	for {
		if err := e.runEditor(ctx); err != nil {
			return false, err
		}
		ctx = context.WithoutCancel(ctx) // an interrupt may have been meant for the editor
		text, err := os.ReadFile(e.path)
		if err != nil {
			return false, fail(exitNoEditor, "the editor must write to the file that it is given", "the plaintext is gone after editing")
		}
		if bytes.Equal(text, e.base) {
			return false, nil
		}
		saving, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
		again, err := e.finish(saving, text)
		stop()
		clear(text)
		if err != nil || !again {
			return err == nil, err
		}
	}
}

// runEditor runs the editor on the plaintext.
func (e *editing) runEditor(ctx context.Context) error {
	cmd := runner.Command{Path: e.runs.Args[0], Args: append(slices.Clone(e.runs.Args), e.path), Env: e.environment(), Err: os.Stderr}
	cmd.In, _ = e.app.in.(*os.File)
	cmd.Out, _ = e.app.out.(*os.File)
	code, err := cmd.Run(ctx)
	name := filepath.Base(e.runs.Args[0])
	if errors.Is(err, context.Canceled) {
		return err
	}
	if err != nil {
		return &failure{code: exitNoEditor, msg: "the editor cannot be run: " + err.Error(), hint: asFailure(err).hint, err: err}
	}
	if code == 0 {
		return nil
	}
	failed := fail(exitNoEditor, "", "the editor %s failed (exit code %d): nothing was written", name, code)
	if code > 128 && ctx.Err() != nil {
		failed = fail(code, "", "interrupted: nothing was written")
	}
	text, err := os.ReadFile(e.path)
	if err == nil && !bytes.Equal(text, e.base) {
		failed.hint = e.saveBeside(context.WithoutCancel(ctx), text)
	}
	return failed
}

// secretVariables hold keys; the editor has no use for them.
var secretVariables = []string{"SOPS_AGE_KEY", "ENCFG_AGE_KEY", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "VAULT_TOKEN", "AZURE_CLIENT_SECRET", "GOOGLE_OAUTH_ACCESS_TOKEN"}

func (e *editing) environment() []string {
	drop := slices.Clone(secretVariables)
	for _, v := range e.runs.Env {
		name, _, _ := strings.Cut(v, "=")
		drop = append(drop, name)
	}
	env := slices.DeleteFunc(os.Environ(), func(v string) bool {
		name, _, _ := strings.Cut(v, "=")
		return slices.Contains(drop, name)
	})
	return append(env, e.runs.Env...)
}
