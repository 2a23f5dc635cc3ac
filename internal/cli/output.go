package cli

import (
	"io/fs"

	"github.com/urfave/cli/v2"

	"github.com/encfg/encfg/internal/atomicfile"
)

// output decides where the result goes: "" is in place, stdio is standard
// output, else a file. inPlace is what the command does without flags.
func (a *app) output(c *cli.Context, list []target, inPlace bool) (string, error) {
	out := c.String("output")
	if out != "" && c.Bool("in-place") {
		return "", fail(exitConflict, "use one of them", "-o and -i contradict each other")
	}
	if len(list) == 1 && list[0].path == stdio {
		if c.Bool("in-place") {
			return "", fail(exitConflict, "name the file", "standard input cannot be written in place")
		}
		if out == "" {
			out = stdio
		}
	}
	if out == "" && !inPlace && !c.Bool("in-place") {
		out = stdio
	}
	if out != "" && len(list) > 1 {
		where := out
		if out == stdio {
			where = "standard output"
		}
		hint := "name one file"
		if !inPlace {
			hint = "name one file, or use -i to write each in place"
		}
		return "", fail(exitConflict, hint, "several files cannot go to %s", where)
	}
	if out == stdio && a.json {
		return "", fail(exitConflict, "leave out --json, or use -o FILE", "--json and the file's text cannot both go to standard output")
	}
	return out, nil
}

// write writes a result to a file or standard output.
func (a *app) write(c *cli.Context, out string, text []byte, mode fs.FileMode) error {
	if out == stdio {
		if _, err := a.out.Write(text); err != nil {
			return fail(exitCannotWrite, "", "cannot write to standard output: %v", err)
		}
		return nil
	}
	return inFile(out, atomicfile.Create(c.Context, out, text, atomicfile.Options{Mode: mode, Overwrite: true}))
}
