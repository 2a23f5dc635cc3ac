package cli

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"text/template"

	"github.com/urfave/cli/v2"

	"github.com/encfg/encfg/formats"
	"github.com/encfg/encfg/internal/lazyregexp"
)

func (a *app) renderCommand() *cli.Command {
	return &cli.Command{
		Name:      "render",
		Usage:     "fill secrets into a template",
		ArgsUsage: "TEMPLATE",
		Description: "The template is a Go text/template with one function more:\n\n" +
			"  {{ secret \"file.yaml\" \"db.password\" }}\n\n" +
			"gives a value of an encrypted file; the file is looked for from the template's\n" +
			"folder. json and base64 quote a value: {{ secret \"f.yaml\" \"key\" | json }}. A file or\n" +
			"a key that is not there is an error, and nothing is written then.",
		Flags: slices.Concat([]cli.Flag{
			&cli.StringFlag{Name: "output", Aliases: []string{"o"}, Usage: "write to this `FILE` (mode 0600) instead of standard output"},
			ignoreMACFlag(),
		}, inputTypeFlags()),
		OnUsageError: usageError,
		Action: func(c *cli.Context) error {
			if c.NArg() != 1 {
				return fail(exitGeneric, "encfg render TEMPLATE", "one template is needed")
			}
			s, _ := a.secrets(c)
			defer s.Close()
			text, err := a.renderFile(s, c.Args().First())
			if err != nil {
				return err
			}
			defer clear(text)
			out := stdio
			if c.String("output") != "" {
				out = c.String("output")
			}
			return a.write(c, out, text, 0o600)
		},
	}
}

// renderFile fills a template in.
func (a *app) renderFile(s *secrets, path string) ([]byte, error) {
	source, err := a.read(target{path: path})
	if err != nil {
		return nil, err
	}
	dir := "."
	if path != stdio {
		dir = filepath.Dir(path)
	}
	r := renderer{s: s, dir: dir, source: string(source)}
	t, err := template.New("template").Option("missingkey=error").Funcs(template.FuncMap{
		"secret": r.secret,
		"json":   quoteJSON,
		"base64": func(v string) string { return base64.StdEncoding.EncodeToString([]byte(v)) },
	}).Parse(string(source))
	if err != nil {
		return nil, inFile(path, templateFailure(err))
	}
	var out bytes.Buffer
	if err := t.Execute(&out, nil); err != nil {
		clear(out.Bytes())
		return nil, inFile(path, templateFailure(err))
	}
	return out.Bytes(), nil
}

func quoteJSON(v string) (string, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return strings.TrimSuffix(b.String(), "\n"), err
}

// renderer serves the secrets of one template.
type renderer struct {
	s           *secrets
	dir, source string
}

// secret is the template's function.
func (r *renderer) secret(file, key string) (string, error) {
	if !filepath.IsAbs(file) {
		file = filepath.Join(r.dir, file)
	}
	f, err := r.s.open(r.s.c.Context, file)
	if err != nil {
		return "", r.hide(err, file)
	}
	at, err := formats.ParsePath(key)
	if err != nil {
		return "", r.hide(inFile(file, err), key)
	}
	n, err := formats.Find(f.Format, f.Plain, formats.Target{Path: at})
	if err != nil {
		return "", r.hide(inFile(file, err), key)
	}
	v := writtenValue(n, f)
	if v.Kind != formats.Scalar || v.Type == formats.Null {
		return "", r.hide(inFile(file, fail(exitBadPath, "name a single value below it", "%s is a %s, not a single value", at, v.TypeName())), key)
	}
	return rawValue(v), nil
}

// hide replaces an error that would show a name which the template did not
// write but made, of a secret perhaps.
func (r *renderer) hide(err error, name string) error {
	if strings.Contains(r.source, strconv.Quote(filepath.Base(name))) || strings.Contains(r.source, strconv.Quote(name)) || strings.Contains(r.source, name) {
		return err
	}
	return fail(exitBadPath, "write file and key into the template as they are", "there is no file, or no key, of the name that the template makes")
}

var templatePlace = lazyregexp.New(`^template: template:(\d+)(?::(\d+))?: `)

// templateFailure says where in a template something is wrong. What the
// template engine says of a failed call may hold values: only our own errors
// are passed on then.
func templateFailure(err error) error {
	where := ""
	if m := templatePlace().FindStringSubmatch(err.Error()); m != nil {
		where = "line " + m[1] + ": "
		if m[2] != "" {
			column, _ := strconv.Atoi(m[2])
			where = fmt.Sprintf("line %s, column %d: ", m[1], column+1)
		}
	}
	var own *failure
	var exec template.ExecError
	switch {
	case errors.As(err, &own):
		return &failure{code: own.code, msg: where + own.Error(), hint: own.hint, err: err}
	case errors.As(err, &exec):
		return fail(exitGeneric, "the functions are secret, json, base64 and those of Go's text/template", "%sthe template cannot be filled in", where)
	}
	return fail(exitGeneric, "the syntax is that of Go's text/template", "%s%s", where, templatePlace().ReplaceAllString(err.Error(), ""))
}
