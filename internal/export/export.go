// Package export writes variables in the syntax of other tools, such that the
// tool reads back every byte. Formats lists them; Format.Write refuses, before
// it writes anything, what a syntax cannot hold.
package export

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/encfg/encfg/internal/environ"
	"github.com/encfg/encfg/internal/lazyregexp"
)

// Format is one syntax.
type Format struct {
	Name  string
	Usage string
	write func([]environ.Var, Options) (Output, error)
}

// Options are for formats that need more than names and values.
type Options struct {
	K8s K8s
	// Random gives the delimiters of GitHub's files.
	Random func() string
}

// Output is what is to be written.
type Output struct {
	Stdout string
	// EnvFile is to be appended to the file that $GITHUB_ENV names.
	EnvFile string
	// Warnings are about values that some readers of the format misread.
	Warnings []string
}

// Formats lists the formats. A new one is one file and one line here.
func Formats() []Format {
	return []Format{
		{"shell", "export commands for a POSIX shell", shell},
		{"dotenv", "a .env file for python-dotenv and node's dotenv", dotenvFile},
		{"json", "a JSON object", jsonObject},
		{"yaml", "a YAML mapping", yamlMapping},
		{"docker", "a file for docker run --env-file", docker},
		{"github", "GitHub Actions: add masks, and append to $GITHUB_ENV", github},
		{"gitlab", "a GitLab dotenv report", gitlab},
		{"k8s", "a Kubernetes Secret", k8s},
		{"systemd", "a systemd EnvironmentFile", systemd},
	}
}

// ByName finds a format; ok is false for an unknown name.
func ByName(name string) (f Format, ok bool) {
	for _, f := range Formats() {
		if f.Name == name {
			return f, true
		}
	}
	return Format{}, false
}

// Write gives the text for the variables, in their order.
func (f Format) Write(vars []environ.Var, o Options) (Output, error) {
	return f.write(vars, o)
}

// Error says which variable a format cannot hold.
type Error struct {
	Msg  string
	hint string
}

func (e *Error) Error() string { return e.Msg }

// Hint says what to try.
func (e *Error) Hint() string { return e.hint }

func refuse(format string, v environ.Var, what, hint string) error {
	name := v.Name
	if v.Path != "" && v.Path != v.Name {
		name += " (" + v.Path + ")"
	}
	return &Error{Msg: fmt.Sprintf("%s: %s %s", format, name, what), hint: hint}
}

var identifier = lazyregexp.New(`^[A-Za-z_][A-Za-z0-9_]*$`)

const (
	hintName  = "rename it, or leave it out with --except"
	hintValue = "leave it out with --except, or hand it over with encfg run --file"
	hintUTF8  = "leave it out with --except; the formats shell and k8s can hold it"
)

// need checks what most formats have in common.
type need struct {
	format string
	name   *regexp.Regexp
	utf8   bool
	nul    bool // NUL is allowed
	not    string
}

func (n need) check(vars []environ.Var) error {
	for _, v := range vars {
		switch {
		case n.name != nil && !n.name.MatchString(v.Name):
			return refuse(n.format, v, "is no name that this format can hold", hintName)
		case !n.nul && strings.Contains(v.Value, "\x00"):
			return refuse(n.format, v, "has a NUL byte, which no environment can hold", hintValue)
		case n.utf8 && !utf8.ValidString(v.Value):
			return refuse(n.format, v, "is not UTF-8, and this format must be", hintUTF8)
		case n.not != "" && strings.ContainsAny(v.Value, n.not):
			return refuse(n.format, v, "has a line break or another character that this format cannot hold", hintValue)
		}
	}
	return nil
}
