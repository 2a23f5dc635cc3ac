package cli

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/encfg/encfg/crypt"
	"github.com/encfg/encfg/example"
	"github.com/encfg/encfg/formats"
)

func (a *app) checkCommand() *cli.Command {
	return &cli.Command{
		Name:      "check",
		Usage:     "check that a file or the environment has what its template demands",
		ArgsUsage: "[FILE…]",
		Description: "Names the keys that are missing, empty, still a placeholder, unknown, or not of\n" +
			"the type that the template wants; never a value. The template is the .example\n" +
			"file, with comments such as # @required @type=url @min-length=16, or a JSON\n" +
			"Schema. Without a FILE, all files of the folder that have one are checked.\n\n" +
			"encfg check --env checks the variables of its own environment instead.",
		Flags: slices.Concat([]cli.Flag{
			&cli.StringFlag{Name: "schema", Usage: "check with this template or JSON Schema `FILE`"},
			&cli.BoolFlag{Name: "env", Usage: "check the environment with the template of FILE (by default .env)"},
			&cli.BoolFlag{Name: "no-decrypt", Usage: "check only the keys, without a key to decrypt with"},
		}, typeFlags(), treeFlags()),
		OnUsageError: usageError,
		Action:       a.check,
	}
}

// checked is the result for one file, or for the environment.
type checked struct {
	File     string            `json:"file"` // "" for the environment
	Template string            `json:"template"`
	OK       bool              `json:"ok"`
	Findings []example.Finding `json:"problems"`
}

func (a *app) check(c *cli.Context) error {
	if c.Bool("env") {
		return a.checkEnv(c)
	}
	list, err := a.lifeTargets(c)
	if err != nil {
		return err
	}
	if c.String("schema") != "" && len(list) != 1 {
		return fail(exitConflict, "name one file", "--schema is for one file")
	}
	results := []*checked{}
	err = a.forEach(c.Context, list, func(ctx context.Context, t target) (any, error) {
		r, err := a.checkFile(ctx, c, t)
		if err != nil || r == nil {
			return nil, err
		}
		return r, nil
	}, func(_ target, v any) { results = append(results, v.(*checked)) })
	if rerr := a.showChecked(results); err == nil {
		err = rerr
	}
	return err
}

// showChecked prints the findings; the error says that there are some.
func (a *app) showChecked(results []*checked) error {
	if a.json {
		if err := a.printJSON(results); err != nil {
			return err
		}
	}
	bad := false
	table := tabwriter.NewWriter(a.out, 0, 0, 3, ' ', 0)
	for _, r := range results {
		if r.OK {
			a.notef("%s: ok, as %s demands", r.name(), r.Template)
			continue
		}
		if !bad && !a.json {
			fmt.Fprintln(table, "FILE\tKEY\tPROBLEM")
		}
		bad = true
		for _, f := range r.Findings {
			if !a.json {
				fmt.Fprintf(table, "%s\t%s\t%s\n", at(r.name(), f.Line), f.Key, f.Msg)
			}
		}
	}
	if err := table.Flush(); err != nil {
		return err
	}
	for _, r := range results {
		a.annotateChecked(r)
	}
	if len(results) == 0 {
		a.notef("no file here has a template; encfg example writes one")
	}
	if bad {
		return &doneError{exitGeneric}
	}
	return nil
}

func (r *checked) name() string {
	if r.File == "" {
		return "environment"
	}
	return r.File
}

// annotateChecked points at the line of the file, or where it has none at that
// of the template.
func (a *app) annotateChecked(r *checked) {
	for _, f := range r.Findings {
		file, line := r.File, f.Line
		if line == 0 {
			file, line = r.Template, f.TemplateLine
		}
		a.annotate("error", file, line, r.name()+": "+f.Key+": "+f.Msg)
	}
}

// checkFile checks one file; nil for a file of a folder without a template.
func (a *app) checkFile(ctx context.Context, c *cli.Context, t target) (*checked, error) {
	p, err := a.project(c, t.name(c))
	if err != nil {
		return nil, err
	}
	path := a.demandPath(c, p, t.name(c))
	if path == "" {
		if t.found {
			return nil, nil
		}
		return nil, fail(exitNoFile, "encfg example "+t.path+" writes one; --schema FILE names one", "there is no template for this file")
	}
	src, err := a.read(t)
	if err != nil {
		return nil, err
	}
	f, err := a.format(c, t, src)
	if err != nil {
		return nil, err
	}
	if !isEncrypted(f, src) {
		rules, _ := ruleOptions(c, p)
		return a.judge(t.name(c), path, f, src, rules, nil)
	}
	if c.Bool("no-decrypt") {
		return a.checkKeys(t.name(c), path, f, src)
	}
	file, err := a.open(ctx, c, t, f, src, crypt.OpenOptions{Readonly: true})
	if err != nil {
		return nil, err
	}
	defer file.Close()
	r, err := a.judge(t.name(c), path, f, file.Plain, file.Metadata.Rules, file.Metadata)
	if err != nil {
		return nil, err
	}
	return r, moveLines(r, f, src)
}

// moveLines gives the findings the lines of the encrypted file.
func moveLines(r *checked, f formats.Format, enc []byte) error {
	values, err := example.EncryptedValues(f, enc)
	for i := range r.Findings {
		r.Findings[i].Line = 0
		for _, v := range values {
			if v.Key == r.Findings[i].Key {
				r.Findings[i].Line = v.Line
			}
		}
	}
	return err
}

// demandPath is the template or schema of a file: --schema, the template
// beside it, or a schema beside it such as secrets.schema.json; "" if there is
// none.
func (a *app) demandPath(c *cli.Context, p *project, name string) string {
	if path := c.String("schema"); path != "" {
		return path
	}
	stem := strings.TrimSuffix(name, filepath.Ext(name))
	for _, path := range []string{example.Name(name, examplePattern(p)), stem + ".schema.json", stem + ".schema.yaml"} {
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() && realPath(path) != realPath(name) {
			return path
		}
	}
	return ""
}

// judge compares a plaintext with its template or schema. md may be nil.
func (a *app) judge(name, path string, f formats.Format, plain []byte, rules crypt.Rules, md *crypt.Metadata) (*checked, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, inFile(path, pathReason(err))
	}
	r := &checked{File: name, Template: path, Findings: []example.Finding{}}
	if example.IsSchema(path, text) {
		r.Findings, err = a.judgeBySchema(path, text, f, plain)
	} else {
		var contract *example.Contract
		if contract, err = a.contract(path, text, f, rules); err != nil {
			return nil, err
		}
		var values []example.Value
		if values, err = example.Values(f, plain); err == nil {
			r.Findings = contract.Check(values, checkOptions(md))
		}
	}
	r.OK = len(r.Findings) == 0
	return r, err
}

func (a *app) judgeBySchema(path string, text []byte, f formats.Format, plain []byte) ([]example.Finding, error) {
	s, err := example.ReadSchema(text)
	if err != nil {
		return nil, inFile(path, err)
	}
	return s.Check(f, plain)
}

// contract reads a template. Its format is that of its own name, if that says
// one.
func (a *app) contract(path string, text []byte, f formats.Format, rules crypt.Rules) (*example.Contract, error) {
	if own := formats.ForFile(path); own != nil {
		f = own
	}
	contract, err := example.ReadContract(f, text, rules)
	return contract, inFile(path, err)
}

func checkOptions(md *crypt.Metadata) example.CheckOptions {
	o := example.CheckOptions{Now: time.Now()}
	if md != nil {
		o.Changed = func(v example.Value) (time.Time, bool) { return md.Changed(v.Leaf) }
	}
	return o
}

// checkKeys checks an encrypted file without a key.
func (a *app) checkKeys(name, path string, f formats.Format, enc []byte) (*checked, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, inFile(path, pathReason(err))
	}
	if example.IsSchema(path, text) {
		return nil, fail(exitConflict, "leave --no-decrypt out, or write a template: encfg example "+name, "a JSON Schema needs the values")
	}
	info, err := crypt.Inspect(f, enc)
	if err != nil {
		return nil, err
	}
	contract, err := a.contract(path, text, f, info.Metadata.Rules)
	if err != nil {
		return nil, err
	}
	values, err := example.EncryptedValues(f, enc)
	if err != nil {
		return nil, err
	}
	r := &checked{File: name, Template: path, Findings: contract.Check(values, checkOptions(info.Metadata))}
	r.OK = len(r.Findings) == 0
	return r, nil
}

// checkContracts is run --check: nothing is handed over unless every file has
// what its template demands. All problems are told at once.
func (s *secrets) checkContracts() error {
	if !s.c.Bool("check") {
		return nil
	}
	var failed error
	for _, path := range slices.Sorted(maps.Keys(s.files)) {
		if err := s.a.checkContract(s.c, path, s.files[path]); err != nil {
			if failed != nil {
				s.a.report(failed)
			}
			failed = err
		}
	}
	return failed
}

// checkContract checks one decrypted file. One without a template is an error:
// the user asked for the check.
func (a *app) checkContract(c *cli.Context, name string, f *crypt.File) error {
	p, err := a.project(c, name)
	if err != nil {
		return err
	}
	path := a.demandPath(c, p, name)
	if path == "" {
		return inFile(name, fail(exitNoFile, "encfg example "+name+" writes one", "there is no template to check the file with"))
	}
	r, err := a.judge(name, path, f.Format, f.Plain, f.Metadata.Rules, f.Metadata)
	if err != nil {
		return inFile(name, err)
	}
	if r.OK {
		return nil
	}
	for _, finding := range r.Findings {
		a.line("encfg: " + r.name() + ": " + finding.Key + ": " + finding.Msg)
	}
	a.annotateChecked(r)
	return inFile(name, fail(exitGeneric, "encfg check "+name+" lists them again",
		"the contract of %s does not hold, and nothing was run: %s", path, plural(len(r.Findings), "problem")))
}
