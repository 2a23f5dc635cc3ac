package export

import (
	"strings"

	"github.com/encfg/encfg/internal/environ"
)

// shell writes export commands. Between single quotes a POSIX shell takes
// every byte as it is, but for the quote itself.
func shell(vars []environ.Var, _ Options) (Output, error) {
	if err := (need{format: "shell", name: identifier()}).check(vars); err != nil {
		return Output{}, err
	}
	var b strings.Builder
	for _, v := range vars {
		b.WriteString("export " + v.Name + "=" + shellQuote(v.Value) + "\n")
	}
	return Output{Stdout: b.String()}, nil
}

func shellQuote(s string) string {
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
