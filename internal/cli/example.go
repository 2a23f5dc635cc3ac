package cli

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"slices"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/encfg/encfg/crypt"
	"github.com/encfg/encfg/example"
	"github.com/encfg/encfg/formats"
)

func (a *app) exampleCommand() *cli.Command {
	return &cli.Command{
		Name:      "example",
		Usage:     "write a template of a file, without its secrets",
		ArgsUsage: "[FILE…]",
		Description: "Writes .env.example for .env and secrets.example.yaml for secrets.yaml: the same\n" +
			"keys, order and layout, with placeholders for the secret values. Needs no key;\n" +
			"with one at hand, the template is checked against every value. Comments and\n" +
			"placeholders that were written into the template are kept. Without a FILE, all\n" +
			"files of the folder are done that are encrypted or that a rule matches.\n\n" +
			"--fill goes the other way: it makes an encrypted file from a template, asks for\n" +
			"the values, and generates those with a comment such as # @generate=urlsafe:32",
		Flags: slices.Concat([]cli.Flag{
			&cli.StringFlag{Name: "output", Aliases: []string{"o"}, Usage: "write to this `FILE`, or to standard output with -"},
			&cli.BoolFlag{Name: "check", Usage: "write nothing; exit with 1 if a template is missing or out of date"},
			&cli.BoolFlag{Name: "fill", Usage: "make an encrypted file from each template"},
			&cli.StringFlag{Name: "values", Usage: "with --fill, take values from this .env `FILE` (- for standard input) before asking"},
			&cli.StringFlag{Name: "placeholder", Usage: "put this `TEXT` where secret texts stood"},
			&cli.BoolFlag{Name: "blank-all", Usage: "put placeholders also where the rules leave values plain"},
			&cli.BoolFlag{Name: "comments", Usage: "keep the comments that are encrypted in the file (needs the key)"},
			&cli.BoolFlag{Name: "force", Aliases: []string{"f"}, Usage: "write the template even if keys, values or comments that were written into it are lost"},
			&cli.BoolFlag{Name: "dry-run", Aliases: []string{"n"}, Usage: "say what would be done, and write nothing"},
			yesFlag(),
		}, typeFlags(), treeFlags()),
		OnUsageError: usageError,
		Action:       a.example,
	}
}

// templated is the result for one file.
type templated struct {
	File     string            `json:"file"`
	Template string            `json:"template"`
	Changed  bool              `json:"changed"` // the template was, or would be, written
	Checked  bool              `json:"checked_against_values"`
	Problems []example.Problem `json:"problems,omitempty"` // with --check

	text []byte
}

func (a *app) example(c *cli.Context) error {
	if c.Bool("fill") {
		return a.fill(c)
	}
	list, err := a.lifeTargets(c)
	if err != nil {
		return err
	}
	if c.String("output") != "" && len(list) > 1 {
		return fail(exitConflict, "name one file", "several templates cannot go to %s", c.String("output"))
	}
	results := []*templated{}
	err = a.forEach(c.Context, list, func(ctx context.Context, t target) (any, error) {
		r, err := a.exampleFile(ctx, c, t)
		if err != nil || r == nil {
			return nil, err
		}
		return r, nil
	}, func(_ target, v any) {
		results = append(results, v.(*templated))
		a.sayTemplated(c, v.(*templated))
	})
	if a.json && c.String("output") != stdio {
		if jerr := a.printJSON(results); jerr != nil {
			return jerr
		}
	}
	if err != nil {
		return err
	}
	if len(results) == 0 {
		a.notef("no file here is encrypted, and no creation rule matches one")
	}
	if c.Bool("check") {
		if slices.ContainsFunc(results, func(r *templated) bool { return len(r.Problems) > 0 }) {
			return &doneError{exitGeneric}
		}
		return nil
	}
	if c.Bool("dry-run") || c.String("output") == stdio {
		return nil
	}
	return a.guardPlaintext(c, ".", templatedFiles(results))
}

func templatedFiles(results []*templated) []string {
	var files []string
	for _, r := range results {
		files = append(files, r.File, r.Template)
	}
	return files
}

// lifeTargets are the operands, or all files of the current folder.
func (a *app) lifeTargets(c *cli.Context) ([]target, error) {
	if c.Args().Present() {
		return a.targets(c)
	}
	list, err := walk(c, ".")
	return list, pathReason(err)
}

func (a *app) sayTemplated(c *cli.Context, r *templated) {
	switch {
	case c.Bool("check"):
		for _, p := range r.Problems {
			if !a.json {
				a.line("encfg: " + at(r.Template, p.Line) + ": " + keyed(p))
			}
			a.annotate("error", r.Template, p.Line, keyed(p))
		}
		if len(r.Problems) == 0 {
			a.notef("%s is up to date", r.Template)
		}
	case !r.Changed:
		a.notef("%s is up to date", r.Template)
	case c.Bool("dry-run"):
		a.notef("would write %s", r.Template)
	case c.String("output") != stdio:
		a.notef("wrote %s", r.Template)
	}
}

// exampleFile makes the template of one file, or checks it; nil for a file of a
// folder that gets none.
func (a *app) exampleFile(ctx context.Context, c *cli.Context, t target) (*templated, error) {
	src, err := a.read(t)
	if err != nil {
		return nil, err
	}
	p, err := a.project(c, t.name(c))
	if err != nil {
		return nil, err
	}
	if t.found && !a.wantsTemplate(c, p, t, src) {
		return nil, nil
	}
	f, err := a.format(c, t, src)
	if err != nil {
		return nil, err
	}
	if f.Name() == "binary" {
		return nil, fail(exitGeneric, "templates are for YAML, JSON, INI and .env files", "a binary file has no keys to make a template of")
	}
	s, checked, err := a.exampleSource(ctx, c, t, f, p, src)
	if err != nil {
		return nil, err
	}
	r := &templated{File: t.name(c), Template: a.templateName(c, p, t), Checked: checked}
	if r.text, err = s.Template(exampleOptions(c, p)); err != nil {
		return nil, err
	}
	if r.Template == stdio {
		return r, a.finishTemplate(c, r, s, nil)
	}
	if realPath(r.Template) == realPath(t.path) {
		return nil, fail(exitConflict, "name another file with -o", "the template would be written over the file")
	}
	old, err := os.ReadFile(r.Template)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, inFile(r.Template, pathReason(err))
	}
	if c.Bool("check") {
		return r, a.checkTemplate(r, s, old, err == nil)
	}
	return r, a.finishTemplate(c, r, s, old)
}

// checkTemplate lists how a template differs from what it would be.
func (a *app) checkTemplate(r *templated, s *example.Source, old []byte, there bool) error {
	if !there {
		r.Problems = []example.Problem{{Msg: "there is no such template; encfg example " + r.File + " writes it"}}
		return nil
	}
	var err error
	if r.Problems, err = s.Compare(r.text, old); err == nil && r.Checked {
		err = s.Leaks(old)
	}
	return inFile(r.Template, err)
}

// wantsTemplate reports that a file found in a folder gets a template.
func (a *app) wantsTemplate(c *cli.Context, p *project, t target, src []byte) bool {
	f, err := a.format(c, t, src)
	return err == nil && (isEncrypted(f, src) || p.wants(t.path))
}

// keyWait is how long a key may take that is only used to check a template.
const keyWait = 5 * time.Second

// exampleSource reads the file: in plaintext if a key opens it, without asking
// anybody, else as it is. checked says that all values are known.
func (a *app) exampleSource(ctx context.Context, c *cli.Context, t target, f formats.Format, p *project, src []byte) (s *example.Source, checked bool, err error) {
	if !isEncrypted(f, src) {
		rules, _ := ruleOptions(c, p)
		s, err = example.FromPlain(f, src, rules)
		return s, true, err
	}
	if c.Bool("comments") {
		file, err := a.open(ctx, c, t, f, src, crypt.OpenOptions{Readonly: true})
		if err != nil {
			return nil, false, err
		}
		s, err = example.FromPlain(f, slices.Clone(file.Plain), file.Metadata.Rules)
		file.Close()
		return s, true, err
	}
	env := a.env(c)
	env.Prompt, env.Notify = nil, nil
	wait, stop := context.WithTimeout(ctx, keyWait)
	defer stop()
	file, err := crypt.Open(wait, env, f, src, crypt.OpenOptions{Readonly: true})
	var ce *crypt.Error
	switch {
	case err == nil:
		s, err = example.FromPlain(f, slices.Clone(file.Plain), file.Metadata.Rules)
		file.Close()
		return s, true, err
	case ctx.Err() != nil:
		return nil, false, ctx.Err()
	case errors.As(err, &ce) && ce.Kind == crypt.KindNoKey:
		s, err = example.FromEncrypted(f, src)
	}
	return s, false, err
}

// finishTemplate merges what people wrote into the template, looks for secrets
// in it, and writes it.
func (a *app) finishTemplate(c *cli.Context, r *templated, s *example.Source, old []byte) error {
	if old != nil && !r.Checked {
		// Without a key, the spelling of aliases and the like is not known: a
		// template that has the right keys stays as it is.
		if diff, err := s.Compare(r.text, old); err == nil && len(diff) == 0 {
			return nil
		}
	}
	if old != nil {
		merged, lost, err := s.Merge(r.text, old)
		if err != nil {
			return inFile(r.Template, err)
		}
		if len(lost) > 0 && !c.Bool("force") {
			return a.wouldLose(r, lost)
		}
		r.text = merged
	}
	if r.Checked {
		if err := s.Leaks(r.text); err != nil {
			return inFile(r.Template, err)
		}
	}
	r.Changed = old == nil || string(old) != string(r.text)
	if !r.Changed || c.Bool("dry-run") {
		return nil
	}
	return a.write(c, r.Template, r.text, 0o644)
}

// wouldLose reports what cannot be kept of a template.
func (a *app) wouldLose(r *templated, lost []example.Problem) error {
	last := lost[len(lost)-1]
	for _, p := range lost[:len(lost)-1] {
		a.line("encfg: " + at(r.Template, p.Line) + ": " + keyed(p))
	}
	return inFile(at(r.Template, last.Line), fail(exitGeneric,
		"if the template is newer, bring "+r.File+" up to date; --force lets the template follow the file", "%s (nothing was written)", keyed(last)))
}

func keyed(p example.Problem) string {
	if p.Key == "" {
		return p.Msg
	}
	return p.Key + ": " + p.Msg
}

// at names a line of a file.
func at(file string, line int) string {
	if line == 0 {
		return file
	}
	return file + ":" + itoa(line)
}

func examplePattern(p *project) string {
	if p.file == nil {
		return ""
	}
	return p.file.Example.Name
}

func (a *app) templateName(c *cli.Context, p *project, t target) string {
	if out := c.String("output"); out != "" {
		return out
	}
	if t.path == stdio {
		return stdio
	}
	return example.Name(t.path, examplePattern(p))
}

// exampleOptions are the flags, and the texts of the configuration.
func exampleOptions(c *cli.Context, p *project) example.Options {
	o := example.Options{BlankAll: c.Bool("blank-all"), Comments: c.Bool("comments"), Placeholder: c.String("placeholder")}
	if p.file == nil {
		return o
	}
	o.Text = func(at *formats.Place) (string, bool) {
		for i := range p.file.Example.Placeholders {
			if ph := &p.file.Example.Placeholders[i]; ph.Covers(at) {
				return ph.Text, true
			}
		}
		return "", false
	}
	return o
}
