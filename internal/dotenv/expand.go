package dotenv

import "github.com/encfg/encfg/internal/lazyregexp"

// reference is the only form that is expanded: ${NAME} and ${NAME:-default}.
var reference = lazyregexp.New(`\$\{([^}:]*)(?::-([^}]*))?\}`)

// Lookup reads the inherited environment, as os.LookupEnv does.
type Lookup func(name string) (string, bool)

// Expand replaces references in the values, as python-dotenv does: by what
// stands above in the file and by the environment; environmentWins says which
// of the two is looked at first. A name that is nowhere gives the default, or
// nothing. Single quotes do not protect a reference.
func Expand(entries []Entry, env Lookup, environmentWins bool) []Entry {
	above := map[string]string{}
	find := func(name string) (string, bool) {
		v, inFile := above[name]
		if inFile && !environmentWins {
			return v, true
		}
		if e, ok := env(name); ok {
			return e, true
		}
		return v, inFile
	}
	out := make([]Entry, len(entries))
	for i, e := range entries {
		if e.Set {
			e.Value = expand(e.Value, find)
		}
		// A name without a value counts as known and empty.
		above[e.Name] = e.Value
		out[i] = e
	}
	return out
}

func expand(value string, find Lookup) string {
	return reference().ReplaceAllStringFunc(value, func(ref string) string {
		m := reference().FindStringSubmatch(ref)
		if v, ok := find(m[1]); ok {
			return v
		}
		return m[2]
	})
}
