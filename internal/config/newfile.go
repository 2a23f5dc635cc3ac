package config

import (
	"bytes"
	"fmt"
	"strings"
)

// The file names that NewFile's rules are about.
const (
	// skipRegex: templates and decrypted copies, such as .env.example,
	// secrets.example.yaml, secrets.dec.yaml.
	skipRegex = `(^|/)[^/]*[._-](example|sample|template|tmpl|dist|dec)(\.[^/]*)?$`
	// namedRegex: secrets.yaml, secrets-prod.yml, db.secrets.json, app.enc.yaml.
	namedRegex = `(^|/)(secrets[^/]*|[^/]+[._-](secrets|enc))\.(ya?ml|json|env)$`
	// dotenvRegex: .env, .env.local, .env-ci; not .envrc, which is a script.
	dotenvRegex = `(^|/)\.env([._-][^/]*)?$`
)

// NewFile is the text of a new .encfg.yaml with rules for the usual file
// names. The recipients are of the rule field "age".
func NewFile(recipients []string) []byte {
	var b bytes.Buffer
	b.WriteString(`# How encfg encrypts the files of this project.
# The first rule whose path_regex matches a file is used. The path starts at
# the folder of this file. "encfg status --explain FILE" shows which rule that is.
creation_rules:
  # Templates and decrypted copies are left alone.
`)
	fmt.Fprintf(&b, "  - path_regex: '%s'\n    skip: true\n\n", skipRegex)
	b.WriteString("  # secrets.yaml, secrets-prod.yml, db.secrets.json, app.enc.yaml\n")
	fmt.Fprintf(&b, "  - path_regex: '%s'\n    age: &recipients", namedRegex)
	if len(recipients) == 0 {
		b.WriteString(" []\n")
	} else {
		b.WriteString("\n")
	}
	for _, r := range recipients {
		fmt.Fprintf(&b, "      - %s\n", quote(r))
	}
	b.WriteString("\n  # .env, .env.local, .env-ci\n")
	fmt.Fprintf(&b, "  - path_regex: '%s'\n    age: *recipients\n", dotenvRegex)
	return b.Bytes()
}

// quote writes a text as YAML: as it is if it surely is a text, else in quotes.
func quote(s string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= '0' && r <= '9'
	}
	if strings.HasPrefix(s, "age1") && strings.IndexFunc(s, func(r rune) bool { return !plain(r) }) < 0 {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", "''") + "'"
}
