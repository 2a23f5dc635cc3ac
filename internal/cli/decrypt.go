package cli

import (
	"context"
	"slices"

	"github.com/urfave/cli/v2"

	"github.com/encfg/encfg/crypt"
	"github.com/encfg/encfg/formats"
	"github.com/encfg/encfg/internal/atomicfile"
)

func (a *app) decryptCommand() *cli.Command {
	return &cli.Command{
		Name:      "decrypt",
		Aliases:   []string{"dec"},
		Usage:     "decrypt a file to standard output",
		ArgsUsage: "[FILE…]",
		Description: "Writes the plaintext to standard output, so that none is left on a disk. -i puts\n" +
			"it into the file, -o into another one (mode 0600).",
		Flags: slices.Concat([]cli.Flag{
			&cli.StringFlag{Name: "output", Aliases: []string{"o"}, Usage: "write to this `FILE`"},
			&cli.BoolFlag{Name: "in-place", Aliases: []string{"i"}, Usage: "put the plaintext into the file"},
			&cli.BoolFlag{Name: "dry-run", Aliases: []string{"n"}, Usage: "check that the files decrypt, and write nothing"},
			ignoreMACFlag(),
		}, typeFlags(), treeFlags()),
		OnUsageError: usageError,
		Action:       a.decrypt,
	}
}

func ignoreMACFlag() cli.Flag {
	return &cli.BoolFlag{Name: "ignore-mac", Usage: "decrypt although the MAC is missing or wrong; values may have been removed, moved or exchanged"}
}

// decrypted is the result for one file.
type decrypted struct {
	File      string `json:"file"`
	Format    string `json:"format"`
	Encrypted int    `json:"values_encrypted"`
	Exact     *bool  `json:"byte_exact"` // null for a file that sops wrote
	DryRun    bool   `json:"dry_run,omitempty"`
}

func (a *app) decrypt(c *cli.Context) error {
	list, err := a.targets(c)
	if err != nil {
		return err
	}
	out := ""
	if !c.Bool("dry-run") {
		if out, err = a.output(c, list, false); err != nil {
			return err
		}
	}
	if out != stdio {
		a.catchSignals()
	}
	results := []*decrypted{}
	err = a.forEach(c.Context, list, func(ctx context.Context, t target) (any, error) {
		r, err := a.decryptFile(ctx, c, t, out)
		if err != nil || r == nil {
			return nil, err
		}
		return r, nil
	}, func(t target, v any) {
		r := v.(*decrypted)
		results = append(results, r)
		switch {
		case r.DryRun:
			a.notef("would decrypt %s: %s", r.File, plural(r.Encrypted, "value"))
		case out == "":
			a.notef("decrypted %s: it is in plain text now", r.File)
		case out != stdio:
			a.notef("decrypted %s to %s", r.File, out)
		}
	})
	if a.json && out != stdio {
		if jerr := a.printJSON(results); jerr != nil {
			return jerr
		}
	}
	return err
}

func (a *app) decryptFile(ctx context.Context, c *cli.Context, t target, out string) (*decrypted, error) {
	if out != "" || c.Bool("dry-run") || t.found {
		enc, err := a.read(t)
		if err != nil {
			return nil, err
		}
		if t.found {
			if f, err := a.format(c, t, enc); err != nil || !isEncrypted(f, enc) {
				return nil, err
			}
		}
		if out != "" || c.Bool("dry-run") {
			r, f, err := a.openText(ctx, c, t, enc)
			if err != nil || r.DryRun {
				return r, err
			}
			defer f.Close()
			return r, a.write(c, out, f.Plain, 0o600)
		}
	}
	af, err := atomicfile.Open(ctx, t.path)
	if err != nil {
		return nil, err
	}
	defer af.Close()
	r, f, err := a.openText(ctx, c, t, af.Data)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return r, af.Replace(f.Plain)
}

// openText decrypts a file in memory and passes on its warnings.
func (a *app) openText(ctx context.Context, c *cli.Context, t target, enc []byte) (*decrypted, *crypt.File, error) {
	f, err := a.format(c, t, enc)
	if err != nil {
		return nil, nil, err
	}
	file, err := a.open(ctx, c, t, f, enc, crypt.OpenOptions{IgnoreMAC: c.Bool("ignore-mac"), Readonly: true})
	if err != nil {
		return nil, nil, err
	}
	r := &decrypted{File: t.name(c), Format: f.Name(), Encrypted: file.Counts.Encrypted, DryRun: c.Bool("dry-run")}
	if file.Metadata.Own != nil {
		r.Exact = &file.Exact
	}
	return r, file, nil
}

// open decrypts, and says on stderr what is noteworthy.
func (a *app) open(ctx context.Context, c *cli.Context, t target, f formats.Format, enc []byte, o crypt.OpenOptions) (*crypt.File, error) {
	file, err := crypt.Open(ctx, a.env(c), f, enc, o)
	if err != nil {
		return nil, err
	}
	if !o.Readonly {
		file.Dated = a.dated(c, t.name(c), f)
	}
	if o.IgnoreMAC {
		a.warnf("%s: the MAC was not checked", t.path)
	}
	for _, w := range file.Warnings {
		a.warnf("%s: %s", t.path, w)
	}
	if file.Metadata.Own != nil && !file.Exact {
		a.warnf("%s: another tool has rewritten this file: the values are authentic, the layout may differ from the original", t.path)
	}
	return file, nil
}
