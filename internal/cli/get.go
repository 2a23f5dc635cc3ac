package cli

import (
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/encfg/encfg/crypt"
	"github.com/encfg/encfg/formats"
	"github.com/encfg/encfg/internal/environ"
)

func (a *app) getCommand() *cli.Command {
	return &cli.Command{
		Name:      "get",
		Usage:     "print one value of an encrypted file",
		ArgsUsage: "FILE PATH",
		Description: "Prints the value as it is, without a line ending unless on a terminal; a mapping\n" +
			"or a list in the file's own format, or as --format says. Of a .env file it is\n" +
			"what a program gets that loads it, without quotes.\n\n" + pathHelp,
		Flags: slices.Concat([]cli.Flag{
			&cli.StringFlag{Name: "format", Usage: "print the value as `yaml` or json text"},
			ignoreMACFlag(),
		}, pathFlags(), typeFlags()),
		OnUsageError: usageError,
		Action:       a.get,
	}
}

// got is the result of get.
type got struct {
	File  string         `json:"file"`
	Path  string         `json:"path"`
	Type  string         `json:"type"`
	Value *formats.Value `json:"value"`
}

func (a *app) get(c *cli.Context) error {
	t, at, err := fileAndPath(c)
	if err != nil {
		return err
	}
	style := c.String("format")
	if style != "" && style != "yaml" && style != "json" {
		return fail(exitGeneric, "it is yaml or json", "there is no format %q for a value", style)
	}
	enc, err := a.read(t)
	if err != nil {
		return err
	}
	format, err := a.format(c, t, enc)
	if err != nil {
		return err
	}
	f, err := a.open(c.Context, c, t, format, enc, crypt.OpenOptions{IgnoreMAC: c.Bool("ignore-mac"), Readonly: true})
	if err != nil {
		return inFile(t.path, err)
	}
	defer f.Close()
	n, err := formats.Find(format, f.Plain, at)
	if err != nil {
		return inFile(t.path, err)
	}
	v := writtenValue(n, f)
	if a.json {
		return a.printJSON(got{t.path, at.Path.String(), v.TypeName(), v})
	}
	text, err := printValue(v, style, format)
	if err != nil {
		return inFile(t.path, err)
	}
	if terminal(a.out) && !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	return a.write(c, stdio, []byte(text), 0)
}

// printValue gives a value as text: raw, or in a style.
func printValue(v *formats.Value, style string, f formats.Format) (string, error) {
	if style == "" && v.Kind == formats.Scalar {
		return rawValue(v), nil
	}
	if style == "json" || style == "" && f.Name() == "json" {
		text, err := formats.IndentJSON(v)
		return string(text), err
	}
	return formats.BlockYAML(v)
}

// writtenValue is the value of a node of the file's plaintext, with numbers as
// they are written there: an integer of 80 bits, or 1.50, comes out as it went
// in. What sops has written last was spelled by nobody.
func writtenValue(n *formats.Node, f *crypt.File) *formats.Value {
	v := n.Value()
	if f.Metadata.Own != nil {
		spell(v, n, f.Plain)
	}
	return v
}

func spell(v *formats.Value, n *formats.Node, src []byte) {
	if v.Type == formats.Int || v.Type == formats.Float {
		if text := environ.Text(v.Type, "", string(src[n.Start:n.End])); text != "" {
			v.Written = strings.TrimPrefix(text, "+")
		}
	}
	for i := range v.Items {
		spell(v.Items[i], n.Children[i], src)
	}
}

// rawValue is the text of a scalar as a shell wants it.
func rawValue(v *formats.Value) string {
	switch v.Type {
	case formats.Null:
		return "null"
	case formats.Bool:
		return strings.ToLower(v.Text)
	}
	if v.Written != "" {
		return v.Written
	}
	return v.Text
}
