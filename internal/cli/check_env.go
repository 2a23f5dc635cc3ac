package cli

import (
	"os"

	"github.com/urfave/cli/v2"

	"github.com/encfg/encfg/example"
	"github.com/encfg/encfg/formats"
	"github.com/encfg/encfg/internal/environ"
)

// checkEnv checks the environment of encfg itself.
func (a *app) checkEnv(c *cli.Context) error {
	names := c.Args().Slice()
	if len(names) == 0 {
		names = []string{".env"}
	}
	results := []*checked{}
	for _, name := range names {
		r, err := a.checkEnvOf(c, name)
		if err != nil {
			return inFile(name, err)
		}
		results = append(results, r)
	}
	return a.showChecked(results)
}

// checkEnvOf checks the environment with the template of one file, or with a
// template that is named itself.
func (a *app) checkEnvOf(c *cli.Context, name string) (*checked, error) {
	p, err := a.project(c, name)
	if err != nil {
		return nil, err
	}
	path := a.demandPath(c, p, name)
	if path == "" && isTemplate(p, name) {
		path = name
	}
	if path == "" {
		return nil, fail(exitNoFile, "encfg example "+name+" writes one; --schema FILE names one", "there is no template for this file")
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, pathReason(err)
	}
	if example.IsSchema(path, text) {
		return nil, fail(exitConflict, "write a template: encfg example "+name, "the environment cannot be checked with a JSON Schema")
	}
	f, err := a.format(c, target{path: path}, text)
	if err != nil {
		return nil, err
	}
	rules, _ := ruleOptions(c, p)
	contract, err := a.contract(path, text, f, rules)
	if err != nil {
		return nil, err
	}
	values, err := a.variables(f, text, contract)
	if err != nil {
		return nil, inFile(path, err)
	}
	o := checkOptions(nil)
	o.Environment = true
	r := &checked{Template: path, Findings: contract.Check(values, o)}
	r.OK = len(r.Findings) == 0
	return r, nil
}

// variables are those of the environment that the contract names; its keys
// become the names that encfg run gives them.
func (a *app) variables(f formats.Format, template []byte, contract *example.Contract) ([]example.Value, error) {
	if f.Name() != "dotenv" {
		doc, err := f.Parse(template)
		if err != nil {
			return nil, err
		}
		vars, err := environ.FromDocument(doc, nil, environ.Options{})
		if err != nil {
			return nil, err
		}
		names := map[string]string{}
		for _, v := range vars {
			names[v.Path] = v.Name
		}
		for i := range contract.Entries {
			if name := names[contract.Entries[i].Key]; name != "" {
				contract.Entries[i].Key = name
			}
		}
	}
	var out []example.Value
	for i := range contract.Entries {
		key := contract.Entries[i].Key
		if text, ok := a.lookupenv(key); ok {
			out = append(out, example.Value{Key: key, Text: text, Type: formats.Str})
		}
	}
	return out, nil
}

func (a *app) lookupenv(name string) (string, bool) {
	if text := a.getenv(name); text != "" {
		return text, true
	}
	return os.LookupEnv(name)
}
