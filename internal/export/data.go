package export

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"

	"github.com/encfg/encfg/internal/environ"
)

// jsonObject writes one object; all values are strings.
func jsonObject(vars []environ.Var, _ Options) (Output, error) {
	if err := (need{format: "json", utf8: true, nul: true}).check(vars); err != nil {
		return Output{}, err
	}
	var b strings.Builder
	for i, v := range vars {
		b.WriteString([]string{"{\n", ",\n"}[min(i, 1)] + "  " + jsonString(v.Name) + ": " + jsonString(v.Value))
	}
	if len(vars) == 0 {
		b.WriteString("{")
	} else {
		b.WriteString("\n")
	}
	b.WriteString("}\n")
	return Output{Stdout: b.String()}, nil
}

// jsonString cannot fail: the text is UTF-8.
func jsonString(s string) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(s); err != nil {
		panic(err)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// yamlMapping writes one mapping; all values are strings, or binary where
// they are not UTF-8.
func yamlMapping(vars []environ.Var, _ Options) (Output, error) {
	if err := (need{format: "yaml", nul: true}).check(vars); err != nil {
		return Output{}, err
	}
	m := &yaml.Node{Kind: yaml.MappingNode}
	for _, v := range vars {
		put(m, v.Name, yamlValue(v.Value))
	}
	text, err := yamlText(m)
	return Output{Stdout: text}, err
}

// yamlValue is quoted always, so that no reader, of YAML 1.1 or 1.2, takes a
// value for a number, a date or a boolean.
func yamlValue(s string) *yaml.Node {
	n := &yaml.Node{}
	n.SetString(s)
	if utf8.ValidString(s) {
		n = &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: s, Style: yaml.DoubleQuotedStyle}
	}
	return n
}

func put(m *yaml.Node, key string, value *yaml.Node) {
	k := yamlValue(key)
	if plain := (&yaml.Node{Kind: yaml.ScalarNode, Value: key}); identifier().MatchString(key) && plain.ShortTag() == "!!str" && !yaml11[strings.ToLower(key)] {
		k = plain
	}
	m.Content = append(m.Content, k, value)
}

// yaml11 are the words that YAML 1.1 takes for booleans.
var yaml11 = map[string]bool{"y": true, "n": true, "yes": true, "no": true, "on": true, "off": true}

func yamlText(n *yaml.Node) (string, error) {
	var b bytes.Buffer
	e := yaml.NewEncoder(&b)
	e.SetIndent(2)
	if err := e.Encode(n); err != nil {
		return "", err
	}
	return b.String(), e.Close()
}
