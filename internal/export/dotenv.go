package export

import (
	"strings"

	"github.com/encfg/encfg/internal/environ"
	"github.com/encfg/encfg/internal/lazyregexp"
)

var (
	dotenvName = lazyregexp.New(`^[A-Za-z_][A-Za-z0-9_.-]*$`)
	// bare needs no quotes for any reader.
	bare = lazyregexp.New(`^[A-Za-z0-9_./:@%+,-]+$`)
	// unquoted is what may stand without quotes where it must.
	unquoted  = lazyregexp.New("^[!-&(-_a-~]([ !-~]*[!-~])?$")
	reference = lazyregexp.New(`\$\{[^}:]*(:-[^}]*)?\}`)
)

// dotenvFile writes what python-dotenv reads back, and node's dotenv too
// wherever its syntax has a way: it knows no escaped quotes or backslashes.
func dotenvFile(vars []environ.Var, _ Options) (Output, error) {
	if err := (need{format: "dotenv", name: dotenvName(), utf8: true}).check(vars); err != nil {
		return Output{}, err
	}
	var out Output
	var b strings.Builder
	for _, v := range vars {
		quoted, everywhere, ok := dotenvQuote(v.Value)
		if !ok {
			return Output{}, refuse("dotenv", v, "ends in a backslash and needs quotes, which python-dotenv cannot read", hintValue)
		}
		if !everywhere {
			out.Warnings = append(out.Warnings, v.Name+" has quotes and backslashes that node's dotenv cannot read back; python-dotenv can")
		}
		if reference().MatchString(v.Value) {
			out.Warnings = append(out.Warnings, v.Name+" holds the text of a reference, ${…}, which python-dotenv replaces unless it is called with interpolate=False")
		}
		b.WriteString(v.Name + "=" + quoted + "\n")
	}
	out.Stdout = b.String()
	return out, nil
}

// dotenvQuote chooses the quotes that say the same to most readers; ok is
// false where not even python-dotenv has a way: it takes every quote behind a
// backslash for a part of the value.
func dotenvQuote(s string) (quoted string, everywhere, ok bool) {
	if s == "" || bare().MatchString(s) {
		return s, true, true
	}
	if strings.HasSuffix(s, `\`) {
		return s, true, unquoted().MatchString(s) && !strings.ContainsAny(s, `"#`)
	}
	// A carriage return is read as a line feed unless it is escaped, and
	// escapes need double quotes.
	cr := strings.Contains(s, "\r")
	backslash := strings.Contains(s, `\\`) || strings.Contains(s, `\'`)
	switch {
	case !cr && !backslash && !strings.Contains(s, "'"):
		return "'" + s + "'", true, true
	case !strings.ContainsAny(s, `"\`):
		return `"` + strings.ReplaceAll(s, "\r", `\r`) + `"`, true, true
	}
	s = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\r", `\r`).Replace(s)
	return `"` + s + `"`, false, true
}
