package cli

import (
	"bytes"
	"context"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/encfg/encfg/crypt"
	"github.com/encfg/encfg/formats"
)

func (a *app) setCommand() *cli.Command {
	return &cli.Command{
		Name:      "set",
		Usage:     "set one value of an encrypted file",
		ArgsUsage: "FILE PATH",
		Description: "Asks for the value without showing it, or reads it from standard input: a single\n" +
			"line without its line ending, several lines as they are. Missing parents are\n" +
			"made, and the text is written in the file's own style; only the lines of the\n" +
			"value, the MAC and the date change.\n\n" + pathHelp + "\n\n" +
			"--generate makes a random value that is not shown: hex, base64 and urlsafe of as\n" +
			"many bytes, alnum of as many characters, as the number says.",
		Flags: slices.Concat([]cli.Flag{
			&cli.StringFlag{Name: "type", Usage: "the type of the value: " + strings.Join(valueTypes, ", ") + " (default: that of the value which is there, else str)"},
			&cli.StringFlag{Name: "from-file", Usage: "take the value, to the last byte, from this `FILE`"},
			&cli.StringFlag{Name: "generate", Usage: "make a random value of this `KIND`: " + generatorHelp()},
			&cli.StringFlag{Name: "value", Usage: "the value itself; other processes and the shell's history see it"},
			&cli.BoolFlag{Name: "if-absent", Usage: "change nothing if there is a value already"},
			dryRunFlag(),
		}, pathFlags(), inputTypeFlags()),
		OnUsageError: usageError,
		Action:       a.set,
	}
}

func (a *app) set(c *cli.Context) error {
	t, at, err := fileAndPath(c)
	if err != nil {
		return err
	}
	if err := checkValueFlags(c); err != nil {
		return err
	}
	if _, err := os.Stat(t.path); err != nil && t.path != stdio {
		return inFile(t.path, pathReason(err)) // before a value is asked for
	}
	r := changed{File: t.path, Path: at.Path.String(), Generated: c.String("generate"), DryRun: c.Bool("dry-run")}
	value, err := a.newValue(c, &r)
	if err != nil {
		return err
	}
	defer clear(value)
	present := false
	r.Changed, err = a.changePlain(c.Context, c, t, func(f *crypt.File) ([]byte, error) {
		old, err := formats.Find(f.Format, f.Plain, at)
		if present = err == nil; present && c.Bool("if-absent") {
			return nil, nil
		}
		typ := c.String("type")
		if typ == "" && r.Generated != "" {
			typ = "str"
		}
		v, err := typedValue(value, typ, old)
		if err != nil {
			return nil, err
		}
		if f.Format.Name() == "dotenv" && strings.Contains(v.Text, "${") {
			a.warnf("the value has ${ in it: python-dotenv and other loaders put another variable in its place")
		}
		plain, err := formats.Set(f.Format, f.Plain, at, v)
		if err == nil {
			a.warnPlain(f, plain, at)
		}
		return plain, err
	})
	if err != nil {
		return inFile(t.path, err)
	}
	a.saySet(c, r, present)
	if a.json {
		if !r.Changed {
			r.Generated, r.PublicKey = "", ""
		}
		return a.printJSON(r)
	}
	return nil
}

// warnPlain says that a value will stand in plain text in the file: its rules
// leave it so, and whoever changed them may have wanted just that.
func (a *app) warnPlain(f *crypt.File, plain []byte, at formats.Target) {
	n, err := formats.Find(f.Format, plain, at)
	if err != nil || n.Start == n.End { // an empty value is never encrypted
		return
	}
	doc, err := f.Format.Parse(plain)
	if err != nil {
		return
	}
	for i := range doc.Leaves {
		l := &doc.Leaves[i]
		if l.Start >= n.Start && l.End <= n.End && l.Type != formats.Comment && l.Type != formats.Null && l.Value != "" && !f.Encrypts(l) {
			a.warnf("%s stays in plain text: the file's rules do not encrypt it (encfg status FILE shows them)", l.At)
			return
		}
	}
}

// saySet says what was done.
func (a *app) saySet(c *cli.Context, r changed, present bool) {
	switch {
	case !r.Changed && present && c.Bool("if-absent"):
		a.notef("%s in %s has a value already: nothing was changed", r.Path, r.File)
		return
	case !r.Changed:
		a.notef("%s in %s has that value already: nothing was changed", r.Path, r.File)
		return
	case r.DryRun:
		a.notef("would set %s in %s", r.Path, r.File)
	case r.Generated != "":
		a.notef("set %s in %s to a new random value (%s)", r.Path, r.File, r.Generated)
	default:
		a.notef("set %s in %s", r.Path, r.File)
	}
	if r.PublicKey != "" {
		a.notef("public key: %s", r.PublicKey)
	}
}

func checkValueFlags(c *cli.Context) error {
	var from []string
	for _, name := range []string{"value", "from-file", "generate"} {
		if c.IsSet(name) {
			from = append(from, "--"+name)
		}
	}
	if len(from) > 1 {
		return fail(exitConflict, "use one of them", "%s contradict each other", strings.Join(from, " and "))
	}
	if typ := c.String("type"); typ != "" && !slices.Contains(valueTypes, typ) {
		return fail(exitGeneric, "use one of "+strings.Join(valueTypes, ", "), "there is no type %q for a value", typ)
	}
	if typ := c.String("type"); c.IsSet("generate") && typ != "" && typ != "str" {
		return fail(exitConflict, "leave --type out", "a generated value is a str")
	}
	return nil
}

// newValue gets the value from where the flags say.
func (a *app) newValue(c *cli.Context, r *changed) ([]byte, error) {
	switch {
	case c.IsSet("value"):
		a.warnf("a value on the command line can be seen by other processes, and stays in the shell's history")
		return []byte(c.String("value")), nil
	case c.IsSet("from-file"):
		return a.read(target{path: c.String("from-file")})
	case c.IsSet("generate"):
		text, public, err := generate(c.String("generate"))
		r.PublicKey = public
		return []byte(text), err
	case a.interactive():
		text, err := a.secret(c.Context, "value of "+r.Path)
		return []byte(text), err
	case terminal(a.in):
		return nil, fail(exitGeneric, "pipe the value in, or use --from-file or --generate", "no value is given, and nobody can be asked")
	}
	text, err := readAll(c.Context, a.in)
	if err != nil {
		return nil, inFile("standard input", err)
	}
	if len(text) == 0 {
		return nil, fail(exitGeneric, "did the program that makes the value fail? --value '' sets an empty text", "standard input is empty")
	}
	if line := bytes.TrimSuffix(bytes.TrimSuffix(text, []byte("\n")), []byte("\r")); bytes.IndexByte(line, '\n') < 0 {
		text = line
	}
	return text, nil
}

// readAll reads a stream until it ends, or the user interrupts.
func readAll(ctx context.Context, r io.Reader) ([]byte, error) {
	type result struct {
		text []byte
		err  error
	}
	ch := make(chan result, 1)
	go func() {
		text, err := io.ReadAll(r)
		ch <- result{text, err}
	}()
	select {
	case got := <-ch:
		return got.text, got.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
