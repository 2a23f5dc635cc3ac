package cli

import (
	"crypto/rand"
	"os"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/encfg/encfg/internal/export"
)

func (a *app) exportCommand() *cli.Command {
	var names, list []string
	for _, f := range export.Formats() {
		names = append(names, f.Name)
		list = append(list, "  "+f.Name+strings.Repeat(" ", 9-len(f.Name))+f.Usage)
	}
	return &cli.Command{
		Name:        "export",
		Usage:       "print the values of files in the syntax of another tool",
		ArgsUsage:   "FILE…",
		Description: "Makes variables of the files as run does, and quotes them for:\n\n" + strings.Join(list, "\n"),
		Flags: slices.Concat([]cli.Flag{
			&cli.StringFlag{Name: "format", Aliases: []string{"f"}, Usage: "the `SYNTAX`: " + strings.Join(names, ", ")},
			&cli.StringFlag{Name: "output", Aliases: []string{"o"}, Usage: "write to this `FILE` (mode 0600) instead of standard output"},
			&cli.StringFlag{Name: "name", Usage: "k8s: the Secret's `NAME`"},
			&cli.StringFlag{Name: "namespace", Usage: "k8s: its `NAMESPACE`"},
			&cli.StringFlag{Name: "secret-type", Usage: "k8s: its `TYPE`", Value: "Opaque"},
			&cli.StringSliceFlag{Name: "label", Usage: "k8s: a `KEY=VALUE` label (repeatable)"},
			&cli.BoolFlag{Name: "base64", Usage: "k8s: data instead of stringData"},
		}, variableFlags(), inputTypeFlags()),
		OnUsageError: usageError,
		Action:       a.export,
	}
}

func (a *app) export(c *cli.Context) error {
	if c.NArg() == 0 {
		return fail(exitNoFile, "encfg export --format shell FILE", "no file is named")
	}
	name := c.String("format")
	format, ok := export.ByName(name)
	if !ok {
		return fail(exitGeneric, "encfg export --help lists them", "there is no format %q", name)
	}
	o, err := exportOptions(c, name)
	if err != nil {
		return err
	}
	envFile := a.getenv("GITHUB_ENV")
	if name == "github" && envFile == "" {
		return fail(exitGeneric, "this format is for a step of GitHub Actions", "GITHUB_ENV is not set")
	}
	s, _ := a.secrets(c)
	defer s.Close()
	vars, err := s.vars(c.Context, c.Args().Slice(), lookup(os.Environ()))
	if err != nil {
		return err
	}
	out, err := format.Write(vars, o)
	if err != nil {
		return err
	}
	for _, w := range out.Warnings {
		a.warnf("%s", w)
	}
	to := stdio
	if c.String("output") != "" {
		to = c.String("output")
	}
	if err := a.write(c, to, []byte(out.Stdout), 0o600); err != nil || out.EnvFile == "" {
		return err
	}
	// The masks are out: now the values may follow.
	return inFile(envFile, appendTo(envFile, out.EnvFile))
}

func exportOptions(c *cli.Context, format string) (export.Options, error) {
	o := export.Options{Random: rand.Text}
	if format != "k8s" {
		for _, name := range []string{"name", "namespace", "secret-type", "label", "base64"} {
			if c.IsSet(name) {
				return o, fail(exitConflict, "add --format k8s", "--%s is for the format k8s", name)
			}
		}
		return o, nil
	}
	o.K8s = export.K8s{Name: c.String("name"), Namespace: c.String("namespace"), Type: c.String("secret-type"), Data: c.Bool("base64"), Labels: map[string]string{}}
	for _, l := range c.StringSlice("label") {
		key, value, ok := strings.Cut(l, "=")
		if !ok {
			return o, fail(exitGeneric, "write it as key=value", "%q is no label", l)
		}
		o.K8s.Labels[key] = value
	}
	return o, nil
}

func appendTo(path, text string) error {
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY|os.O_CREATE, 0o600)
	if err != nil {
		return pathReason(err)
	}
	_, err = f.WriteString(text)
	if e := f.Close(); err == nil {
		err = e
	}
	return err
}
