package export

import (
	"regexp"
	"strings"
	"unicode"

	"github.com/encfg/encfg/internal/environ"
)

// docker writes lines for docker run --env-file, which takes all behind the
// first "=" as it is (opts/file.go of docker's command line): no quotes, so
// no line breaks; lines are at most 64 KiB.
func docker(vars []environ.Var, _ Options) (Output, error) {
	n := need{format: "docker", name: regexp.MustCompile(`^[^\s=#\x00][^\s=\x00]*$`), utf8: true, not: "\n"}
	if err := n.check(vars); err != nil {
		return Output{}, err
	}
	var b strings.Builder
	for _, v := range vars {
		if strings.HasSuffix(v.Value, "\r") {
			return Output{}, refuse("docker", v, "ends in a carriage return, which docker drops", hintValue)
		}
		line := v.Name + "=" + v.Value
		if len(line) >= 64<<10 {
			return Output{}, refuse("docker", v, "is longer than docker's 64 KiB for a line", hintValue)
		}
		b.WriteString(line + "\n")
	}
	return Output{Stdout: b.String()}, nil
}

// gitlab writes a dotenv report. GitLab's documentation allows names of
// letters, digits and "_", and values without spaces or line breaks; quotes
// are a part of the value.
func gitlab(vars []environ.Var, _ Options) (Output, error) {
	if err := (need{format: "gitlab", name: identifier(), utf8: true}).check(vars); err != nil {
		return Output{}, err
	}
	var b strings.Builder
	for _, v := range vars {
		if strings.ContainsFunc(v.Value, unicode.IsSpace) {
			return Output{}, refuse("gitlab", v, "has white space, which a dotenv report cannot hold", "use encfg run in the job instead of a report")
		}
		b.WriteString(v.Name + "=" + v.Value + "\n")
	}
	return Output{Stdout: b.String()}, nil
}

// systemd writes a file for EnvironmentFile=. Between double quotes the
// characters " \ ` $ need a backslash (env-file.c of systemd), line breaks
// need none; systemd refuses other control characters in variables.
func systemd(vars []environ.Var, _ Options) (Output, error) {
	if err := (need{format: "systemd", name: identifier(), utf8: true}).check(vars); err != nil {
		return Output{}, err
	}
	escape := strings.NewReplacer(`"`, `\"`, `\`, `\\`, "`", "\\`", `$`, `\$`)
	var b strings.Builder
	for _, v := range vars {
		for _, c := range v.Value {
			if (c < ' ' && c != '\t' && c != '\n') || c == 0x7f {
				return Output{}, refuse("systemd", v, "has a control character, which systemd refuses in variables", "use LoadCredential= for it")
			}
		}
		b.WriteString(v.Name + `="` + escape.Replace(v.Value) + "\"\n")
	}
	return Output{Stdout: b.String()}, nil
}
