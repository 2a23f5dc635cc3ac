package export

import (
	"strings"

	"github.com/encfg/encfg/internal/environ"
	"github.com/encfg/encfg/internal/mask"
)

// github writes workflow commands that make the runner mask the values, and
// the variables for the file that it reads after the step. Every secret value
// is masked whole, and each of its lines that tells anything: a "{" that was
// masked would make logs unreadable.
func github(vars []environ.Var, o Options) (Output, error) {
	if err := (need{format: "github", name: identifier(), utf8: true}).check(vars); err != nil {
		return Output{}, err
	}
	var masks, file strings.Builder
	add := func(text string) {
		if strings.TrimSpace(text) != "" {
			masks.WriteString("::add-mask::" + commandData.Replace(text) + "\n")
		}
	}
	for _, v := range vars {
		if v.Name == "NODE_OPTIONS" || strings.HasPrefix(v.Name, "GITHUB_") || strings.HasPrefix(v.Name, "RUNNER_") {
			return Output{}, refuse("github", v, "is a name that the runner does not let a step set", hintName)
		}
		if v.Secret {
			add(v.Value)
			for line := range strings.FieldsFuncSeq(v.Value, func(c rune) bool { return c == '\n' || c == '\r' }) {
				if line != v.Value && mask.Maskable(line, 0) {
					add(line)
				}
			}
		}
		// A random delimiter cannot stand in a value.
		end := "encfg_" + o.Random()
		file.WriteString(v.Name + "<<" + end + "\n" + v.Value + "\n" + end + "\n")
	}
	return Output{Stdout: masks.String(), EnvFile: file.String()}, nil
}

// commandData escapes the value of a workflow command.
var commandData = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
