package cli

import (
	"context"
	"slices"

	"github.com/urfave/cli/v2"

	"github.com/encfg/encfg/crypt"
	"github.com/encfg/encfg/formats"
	"github.com/encfg/encfg/internal/dotenv"
	"github.com/encfg/encfg/internal/environ"
	"github.com/encfg/encfg/internal/mask"
)

// variableFlags are those of commands that make variables of files.
func variableFlags() []cli.Flag {
	return []cli.Flag{
		&cli.BoolFlag{Name: "upper", Usage: "names in upper case"},
		&cli.StringFlag{Name: "prefix", Usage: "put `TEXT` before each name"},
		&cli.StringSliceFlag{Name: "only", Usage: "only variables whose name or path matches this `PATTERN`, such as 'db.*' (repeatable)"},
		&cli.StringSliceFlag{Name: "except", Usage: "not the variables that match this `PATTERN` (repeatable)"},
		&cli.BoolFlag{Name: "expand", Usage: "replace ${NAME} and ${NAME:-default} in the values of .env files"},
		ignoreMACFlag(),
	}
}

// secrets are the decrypted files of one call. Close wipes them.
type secrets struct {
	a     *app
	c     *cli.Context
	files map[string]*crypt.File
	masks []mask.Secret
}

// secrets prepares for holding plaintext. The limits that a child would inherit
// are undone by restore.
func (a *app) secrets(c *cli.Context) (s *secrets, restore func()) {
	return &secrets{a: a, c: c, files: map[string]*crypt.File{}}, func() {
		if a.unharden != nil {
			_ = a.unharden() // what fails leaves the child with a lower limit
		}
	}
}

func (s *secrets) Close() {
	for _, f := range s.files {
		f.Close()
	}
}

// open decrypts a file, once.
func (s *secrets) open(ctx context.Context, path string) (*crypt.File, error) {
	if f := s.files[path]; f != nil {
		return f, nil
	}
	t := target{path: path}
	data, err := s.a.read(t)
	if err != nil {
		return nil, err
	}
	format, err := s.a.formatOf(s.c, path, data)
	if err != nil {
		return nil, err
	}
	f, err := s.a.open(ctx, s.c, t, format, data, crypt.OpenOptions{IgnoreMAC: s.c.Bool("ignore-mac"), Readonly: true})
	if err != nil {
		if _, e := format.Parse(data); e == nil { // and no part of a sops block
			err = fail(exitCannotRead, "encfg encrypt "+path+" encrypts it", "the file is not encrypted")
		}
		return nil, inFile(path, err)
	}
	s.files[path] = f
	s.remember(f)
	return f, nil
}

// remember notes what is to be masked in the output of programs: every value
// that stands encrypted in the file, also one that is not handed over.
func (s *secrets) remember(f *crypt.File) {
	doc, err := f.Format.Parse(f.Plain)
	if err != nil {
		return // it is not a file that encfg wrote; vars says so
	}
	for i := range doc.Leaves {
		l := &doc.Leaves[i]
		if l.Type != formats.Comment && l.Type != formats.Null && f.Encrypts(l) {
			s.masks = append(s.masks, mask.Secret{Path: l.At.String(), Value: l.Value})
		}
	}
	if f.Format.Name() == "dotenv" { // what programs read, without quotes
		encrypted := encryptedNames(doc, f)
		for _, e := range entriesOf(f.Plain) {
			if encrypted(e.Name) {
				s.masks = append(s.masks, mask.Secret{Path: e.Name, Value: e.Value})
			}
		}
	}
}

// vars makes the variables of files; of one name the later file's counts.
// inherited is the environment that references of .env files may name.
func (s *secrets) vars(ctx context.Context, paths []string, inherited dotenv.Lookup) ([]environ.Var, error) {
	var all []environ.Var
	for _, path := range paths {
		f, err := s.open(ctx, path)
		if err != nil {
			return nil, err
		}
		vars, err := s.fileVars(path, f, all, inherited)
		if err != nil {
			return nil, inFile(path, err)
		}
		all = environ.Later(all, vars)
	}
	for _, v := range all {
		if v.Secret {
			s.masks = append(s.masks, mask.Secret{Path: v.Path, Value: v.Value})
		}
	}
	return all, nil
}

func (s *secrets) fileVars(path string, f *crypt.File, earlier []environ.Var, inherited dotenv.Lookup) ([]environ.Var, error) {
	o := environ.Options{Upper: s.c.Bool("upper"), Prefix: s.c.String("prefix"), Only: s.c.StringSlice("only"), Except: s.c.StringSlice("except"), Canonical: f.Metadata.Own == nil}
	if f.Format.Name() == "binary" {
		return nil, fail(exitGeneric, "hand it over as a file: encfg run --file "+path+" -- …", "a binary file has no variables")
	}
	doc, err := f.Format.Parse(f.Plain)
	if err != nil {
		return nil, err
	}
	if f.Format.Name() != "dotenv" {
		return environ.FromDocument(doc, f.Encrypts, o)
	}
	entries, skipped := dotenv.Parse(f.Plain)
	for _, line := range skipped {
		s.a.warnf("%s: line %d is no assignment that loaders of .env files can read; it is left out", path, line)
	}
	if s.c.Bool("expand") {
		entries = dotenv.Expand(entries, lookupIn(earlier, inherited, s.c.Bool("keep-env")), s.c.Bool("keep-env"))
	}
	return environ.FromDotenv(entries, encryptedNames(doc, f), o)
}

// lookupIn reads variables of earlier files and the inherited ones; whose win
// is decided as in environ.Merge.
func lookupIn(vars []environ.Var, inherited dotenv.Lookup, keep bool) dotenv.Lookup {
	return func(name string) (string, bool) {
		value, ok := inherited(name)
		i := slices.IndexFunc(vars, func(v environ.Var) bool { return v.Name == name })
		if i >= 0 && (!ok || !keep) {
			return vars[i].Value, true
		}
		return value, ok
	}
}

// encryptedNames tells which variables of a .env file stand encrypted in it.
func encryptedNames(doc *formats.Document, f *crypt.File) func(string) bool {
	plain := map[string]bool{}
	for i := range doc.Leaves {
		if l := &doc.Leaves[i]; l.Type != formats.Comment && !f.Encrypts(l) {
			// The leaf's key has all that stands before the "=".
			for _, e := range entriesOf([]byte(l.At.Key + "=")) {
				plain[e.Name] = true
			}
		}
	}
	return func(name string) bool { return !plain[name] }
}

func entriesOf(text []byte) []dotenv.Entry {
	entries, _ := dotenv.Parse(text)
	return entries
}
