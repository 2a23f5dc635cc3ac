package cli

import (
	"context"
	"os"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/encfg/encfg/example"
	"github.com/encfg/encfg/formats"
	"github.com/encfg/encfg/internal/atomicfile"
	"github.com/encfg/encfg/internal/dotenv"
)

// filled is the result of example --fill for one template.
type filled struct {
	Template  string   `json:"template"`
	File      string   `json:"file"`
	Set       []string `json:"set"`
	Generated []string `json:"generated"`
	DryRun    bool     `json:"dry_run,omitempty"`
}

// fill makes an encrypted file of each template, one after the other, since
// questions may be asked.
func (a *app) fill(c *cli.Context) error {
	if c.Bool("check") {
		return fail(exitConflict, "use one of them", "--fill and --check contradict each other")
	}
	if !c.Args().Present() {
		return fail(exitNoFile, "encfg example --fill .env.example", "no template is named")
	}
	if c.String("output") != "" && c.NArg() > 1 {
		return fail(exitConflict, "name one template", "several files cannot go to %s", c.String("output"))
	}
	given, err := a.givenValues(c)
	if err != nil {
		return err
	}
	results := []*filled{}
	var files []string
	for _, template := range c.Args().Slice() {
		r, err := a.fillTemplate(c.Context, c, template, given)
		if err != nil {
			return inFile(template, err)
		}
		results = append(results, r)
		files = append(files, r.File, r.Template)
		verb := "made"
		if r.DryRun {
			verb = "would make"
		}
		a.notef("%s %s: %s set, %s generated", verb, r.File, plural(len(r.Set), "value"), itoa(len(r.Generated)))
	}
	if a.json {
		if err := a.printJSON(results); err != nil {
			return err
		}
	}
	if c.Bool("dry-run") {
		return nil
	}
	return a.guardPlaintext(c, ".", files)
}

// givenValues reads --values.
func (a *app) givenValues(c *cli.Context) (map[string]string, error) {
	name := c.String("values")
	if name == "" {
		return nil, nil
	}
	src, err := a.read(target{path: name})
	if err != nil {
		return nil, err
	}
	entries, skipped := dotenv.Parse(src)
	if len(skipped) > 0 {
		return nil, inFile(at(name, skipped[0]), fail(exitGeneric, "write KEY=value", "this line is no assignment"))
	}
	given := map[string]string{}
	for _, e := range entries {
		given[e.Name] = e.Value
	}
	return given, nil
}

func (a *app) fillTemplate(ctx context.Context, c *cli.Context, template string, given map[string]string) (*filled, error) {
	text, err := a.read(target{path: template})
	if err != nil {
		return nil, err
	}
	file := c.String("output")
	if file == "" {
		p, err := a.project(c, template)
		if err != nil {
			return nil, err
		}
		var ok bool
		if file, ok = example.FileOf(template, examplePattern(p)); !ok {
			return nil, fail(exitGeneric, "-o FILE names the file", "the name does not tell which file this is a template of")
		}
	}
	if _, err := os.Lstat(file); err == nil {
		return nil, inFile(file, fail(exitCannotWrite, "encfg edit changes it; -o FILE makes another one", "this file exists already"))
	}
	t := target{path: file}
	f, err := a.format(c, t, text)
	if err != nil {
		return nil, err
	}
	p, err := a.project(c, file)
	if err != nil {
		return nil, err
	}
	rules, _ := ruleOptions(c, p)
	contract, err := example.ReadContract(f, text, rules)
	if err != nil {
		return nil, err
	}
	fl := filler{app: a, c: c, format: f, plain: text, given: given, used: map[string]bool{},
		result: &filled{Template: template, File: file, Set: []string{}, Generated: []string{}, DryRun: c.Bool("dry-run")}}
	if err := fl.run(ctx, contract); err != nil {
		return nil, err
	}
	sealed, err := a.sealText(ctx, c, t, fl.plain)
	if err != nil || fl.result.DryRun {
		return fl.result, err
	}
	return fl.result, inFile(file, atomicfile.Create(ctx, file, sealed.text, atomicfile.Options{Mode: 0o644}))
}

// filler puts values into the text of a template.
type filler struct {
	app    *app
	c      *cli.Context
	format formats.Format
	plain  []byte
	given  map[string]string
	used   map[string]bool
	result *filled
}

func (fl *filler) run(ctx context.Context, contract *example.Contract) error {
	var missing []string
	for i := range contract.Entries {
		e := &contract.Entries[i]
		if e.Leaf.Virtual {
			continue // an alias repeats it
		}
		text, ok, err := fl.value(ctx, e)
		if err != nil {
			return err
		}
		switch {
		case ok:
			if err := fl.put(e, text); err != nil {
				return err
			}
		case e.Open() && !e.Optional && (e.Text == "" || e.Holder || e.Required):
			missing = append(missing, e.Key)
		}
	}
	for name := range fl.given {
		if !fl.used[name] {
			return fail(exitGeneric, "check its spelling", "the template has no key %s, for which there is a value", name)
		}
	}
	if len(missing) > 0 {
		return fail(exitGeneric, "run it on a terminal to be asked, or give them with --values FILE (- for standard input)",
			"these keys need a value: %s", strings.Join(missing, ", "))
	}
	return nil
}

// value finds the value of a key: one that is given, a random one, or what a
// person types; ok is false if it stays as the template has it.
func (fl *filler) value(ctx context.Context, e *example.Entry) (text string, ok bool, err error) {
	for _, name := range []string{e.Key, variableName(e.Key)} {
		if text, ok := fl.given[name]; ok {
			fl.used[name] = true
			if msg := e.Fault(text); msg != "" {
				return "", false, fail(exitGeneric, "change it in "+fl.c.String("values"), "%s: %s", e.Key, msg)
			}
			return text, true, nil
		}
	}
	if e.Generate != "" && e.Open() {
		text, public, err := generate(e.Generate)
		if err != nil {
			return "", false, atKey(e, err)
		}
		if public != "" {
			fl.app.notef("%s: public key: %s", e.Key, public)
		}
		fl.result.Generated = append(fl.result.Generated, e.Key)
		return text, true, nil
	}
	if !e.Open() || !fl.app.interactive() {
		return "", false, nil
	}
	text, err = fl.ask(ctx, e)
	return text, text != "", err
}

// atKey says at which key of the template something is wrong.
func atKey(e *example.Entry, err error) error {
	f := *asFailure(err)
	f.msg = "line " + itoa(e.Line) + ": " + e.Key + ": " + f.msg
	return &f
}

// ask asks until the value fits, or is left out where it may be.
func (fl *filler) ask(ctx context.Context, e *example.Entry) (string, error) {
	prompt := e.Key
	switch {
	case e.Kind == "enum":
		prompt += " (" + strings.Join(e.Choices, ", ") + ")"
	case e.Kind != "":
		prompt += " (" + e.Kind + ")"
	}
	if e.Optional {
		prompt += " (optional)"
	}
	for {
		text, err := fl.app.secret(ctx, prompt)
		if err != nil {
			return "", err
		}
		if text == "" && (e.Optional || e.Text != "" && !e.Holder && !e.Required) {
			return "", nil
		}
		msg := e.Fault(text)
		if msg == "" {
			return text, nil
		}
		fl.app.line("  " + msg)
	}
}

// put writes a value into the text, of the type that the template has.
func (fl *filler) put(e *example.Entry, text string) error {
	path, err := formats.ParsePath(e.At.String())
	if err != nil {
		return err
	}
	where := formats.Target{Path: path, Document: int(e.Leaf.Doc) + 1}
	old, err := formats.Find(fl.format, fl.plain, where)
	if err != nil {
		return err
	}
	v, err := typedValue([]byte(text), "", old)
	if err != nil {
		return atKey(e, err)
	}
	if fl.plain, err = formats.Set(fl.format, fl.plain, where, v); err != nil {
		return err
	}
	fl.result.Set = append(fl.result.Set, e.Key)
	return nil
}

// variableName is a path as a name of --values: letters, digits and _.
func variableName(key string) string {
	return strings.Map(func(r rune) rune {
		if r == '_' || r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' {
			return r
		}
		return '_'
	}, strings.ReplaceAll(strings.ReplaceAll(key, "[", "_"), "]", ""))
}
