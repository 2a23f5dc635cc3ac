package cli

import (
	"bytes"
	"context"
	"slices"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/encfg/encfg/crypt"
	"github.com/encfg/encfg/formats"
	"github.com/encfg/encfg/internal/atomicfile"
)

// pathFlags are those of commands that take a FILE and a PATH in it.
func pathFlags() []cli.Flag {
	return []cli.Flag{
		&cli.IntFlag{Name: "document", Usage: "for a file of several YAML documents: the `NUMBER`, from 1, of the one that is meant"},
	}
}

const pathHelp = "PATH is db.password, hosts[0].name, hosts[+] for a new item, \"odd.key\".name with\n" +
	"quotes for odd keys, or sops's [\"db\"][\"password\"]."

// fileAndPath reads the operands FILE and PATH.
func fileAndPath(c *cli.Context) (target, formats.Target, error) {
	var at formats.Target
	usage := "encfg " + c.Command.Name + " FILE PATH, such as encfg " + c.Command.Name + " config.yaml db.password"
	switch n := c.NArg(); {
	case n < 2:
		return target{}, at, fail(exitGeneric, usage, "a file and a path are needed")
	case n > 2 && c.Command.Name == "set":
		return target{}, at, fail(exitGeneric, "leave the value out to be asked for it, or pipe it in; --value TEXT takes it nevertheless",
			"a value on the command line can be seen by every process, and stays in the shell's history")
	case n > 2:
		return target{}, at, fail(exitGeneric, usage, "there are too many operands")
	}
	if at.Document = c.Int("document"); at.Document < 0 || c.IsSet("document") && at.Document == 0 {
		return target{}, at, fail(exitGeneric, "documents are counted from 1", "there is no document %d", at.Document)
	}
	var err error
	at.Path, err = formats.ParsePath(c.Args().Get(1))
	return target{path: c.Args().First()}, at, err
}

// changed is the result of a command that changes one value.
type changed struct {
	File      string `json:"file"`
	Path      string `json:"path"`
	Changed   bool   `json:"changed"`
	Generated string `json:"generated,omitempty"`  // what kind of value was made
	PublicKey string `json:"public_key,omitempty"` // of a generated identity
	DryRun    bool   `json:"dry_run,omitempty"`
}

// changePlain changes the plaintext of an encrypted file in place: with the
// file locked, so that of several changes at a time none is lost. What did not
// change keeps its ciphertext.
func (a *app) changePlain(ctx context.Context, c *cli.Context, t target, change func(f *crypt.File) ([]byte, error)) (bool, error) {
	if t.path == stdio {
		return false, fail(exitGeneric, "name a file", "this command works in place")
	}
	af, err := atomicfile.Open(ctx, t.path)
	if err != nil {
		return false, err
	}
	defer af.Close()
	format, err := a.format(c, t, af.Data)
	if err != nil {
		return false, err
	}
	f, err := a.open(ctx, c, t, format, af.Data, crypt.OpenOptions{})
	if err != nil {
		return false, err
	}
	defer f.Close()
	plain, err := change(f)
	if err != nil || plain == nil || bytes.Equal(plain, f.Plain) {
		return false, err
	}
	defer clear(plain)
	sealed, err := f.Update(plain, time.Time{})
	if err != nil || c.Bool("dry-run") {
		return err == nil, err
	}
	return true, af.Replace(sealed.Text)
}

func dryRunFlag() cli.Flag {
	return &cli.BoolFlag{Name: "dry-run", Aliases: []string{"n"}, Usage: "say what would be done, and write nothing"}
}

func (a *app) unsetCommand() *cli.Command {
	return &cli.Command{
		Name:         "unset",
		Usage:        "remove a value and its key from an encrypted file",
		ArgsUsage:    "FILE PATH",
		Description:  "Everything else stays as it is.\n\n" + pathHelp,
		Flags:        slices.Concat([]cli.Flag{dryRunFlag()}, pathFlags(), inputTypeFlags()),
		OnUsageError: usageError,
		Action:       a.unset,
	}
}

func inputTypeFlags() []cli.Flag {
	return []cli.Flag{&cli.StringFlag{Name: "input-type", Usage: "treat the file as this `FORMAT`"}}
}

func (a *app) unset(c *cli.Context) error {
	t, at, err := fileAndPath(c)
	if err != nil {
		return err
	}
	r := changed{File: t.path, Path: at.Path.String(), DryRun: c.Bool("dry-run")}
	r.Changed, err = a.changePlain(c.Context, c, t, func(f *crypt.File) ([]byte, error) {
		return formats.Unset(f.Format, f.Plain, at)
	})
	if err != nil {
		return inFile(t.path, err)
	}
	if a.json {
		return a.printJSON(r)
	}
	verb := "removed"
	if r.DryRun {
		verb = "would remove"
	}
	a.notef("%s %s from %s", verb, r.Path, t.path)
	return nil
}
