package cli

import (
	"github.com/encfg/encfg/crypt"
	"github.com/encfg/encfg/formats"
	"github.com/encfg/encfg/internal/environ"
	"github.com/encfg/encfg/internal/export"
)

// convert writes the values of a file in another format: the values and their
// order stay, layout and comments do not. For dotenv and docker, trees become
// variables.
func convert(f *crypt.File, format string) ([]byte, error) {
	if f.Format.Name() == format {
		return append([]byte(nil), f.Plain...), nil
	}
	if format == "dotenv" || format == "docker" {
		return toVariables(f, format)
	}
	e, ok := f.Format.(formats.Editor)
	if !ok {
		return nil, fail(exitGeneric, "leave --file-format out", "a %s file cannot be converted", f.Format.Name())
	}
	t, err := e.Tree(f.Plain)
	if err != nil {
		return nil, err
	}
	if len(t.Roots) != 1 || t.Roots[0] == nil {
		return nil, fail(exitGeneric, "leave --file-format out", "a file of several documents, or of none, cannot be converted")
	}
	v := writtenValue(t.Roots[0], f)
	switch format {
	case "json":
		return formats.IndentJSON(v)
	case "yaml":
		text, err := formats.BlockYAML(v)
		return []byte(text), err
	}
	return nil, fail(exitGeneric, "use json, yaml, dotenv or docker", "a file cannot be converted to %q", format)
}

// toVariables makes a file of variables, as export does.
func toVariables(f *crypt.File, format string) ([]byte, error) {
	if f.Format.Name() == "binary" {
		return nil, fail(exitGeneric, "leave --file-format out", "a binary file cannot be converted")
	}
	var vars []environ.Var
	doc, err := f.Format.Parse(f.Plain)
	switch {
	case err != nil:
	case f.Format.Name() == "dotenv":
		vars, err = environ.FromDotenv(entriesOf(f.Plain), nil, environ.Options{})
	default:
		vars, err = environ.FromDocument(doc, nil, environ.Options{Canonical: f.Metadata.Own == nil})
	}
	if err != nil {
		return nil, err
	}
	to, _ := export.ByName(format)
	out, err := to.Write(vars, export.Options{})
	return []byte(out.Stdout), err
}
