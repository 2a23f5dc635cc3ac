//go:build interop

package interop

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
)

// sameTree compares what two texts say, whatever their layout.
func sameTree(t *testing.T, s sample, whatA, a, whatB, b string) {
	t.Helper()
	ta, errA := tree(s, a)
	tb, errB := tree(s, b)
	if errA != nil || errB != nil {
		t.Errorf("%s: %v; %s: %v", whatA, errA, whatB, errB)
		return
	}
	if ta != tb {
		t.Errorf("%s\n%s\n%s\n%s", whatA, ta, whatB, tb)
	}
}

// tree gives a text for the tree that a file stands for: order counts, layout
// and comments do not.
func tree(s sample, text string) (string, error) {
	switch s.format().Name() {
	case "yaml":
		return yamlTree(text)
	case "json":
		return jsonTree(text)
	case "binary":
		if strings.HasPrefix(text, "{") { // encrypted
			return jsonTree(text)
		}
		return text, nil
	}
	return lines(text), nil
}

// lines drops comments and blank lines.
func lines(text string) string {
	var out []string
	for l := range strings.Lines(text) {
		if l = strings.TrimSpace(l); l != "" && l[0] != '#' && l[0] != ';' {
			out = append(out, aroundEqual.ReplaceAllString(l, "="))
		}
	}
	return strings.Join(out, "\n")
}

func yamlTree(text string) (string, error) {
	var b strings.Builder
	d := yaml.NewDecoder(strings.NewReader(text))
	for first := true; ; first = false {
		var n yaml.Node
		err := d.Decode(&n)
		if errors.Is(err, io.EOF) && first {
			return "--- {}\n", nil // to sops, an empty file is an empty map
		}
		if errors.Is(err, io.EOF) {
			return b.String(), nil
		}
		if err != nil {
			return "", err
		}
		b.WriteString("--- ")
		writeNode(&b, &n, true)
		b.WriteByte('\n')
	}
}

func writeNode(b *strings.Builder, n *yaml.Node, top bool) {
	switch n.Kind {
	case yaml.DocumentNode:
		for _, c := range n.Content {
			writeNode(b, c, top)
		}
	case yaml.AliasNode:
		writeNode(b, n.Alias, false)
	case yaml.MappingNode:
		b.WriteByte('{')
		for i := 0; i+1 < len(n.Content); i += 2 {
			if n.Content[i].Value == "sops" && n.Content[i+1].Kind == yaml.MappingNode && top {
				continue
			}
			writeNode(b, n.Content[i], false)
			b.WriteString(": ")
			writeNode(b, n.Content[i+1], false)
			b.WriteString(", ")
		}
		b.WriteByte('}')
	case yaml.SequenceNode:
		b.WriteByte('[')
		for _, c := range n.Content {
			if c.Value == "ENC[comment]" || c.Value == "" && c.ShortTag() == "!!str" {
				continue // sops makes items of the comments of a list, also of empty ones
			}
			writeNode(b, c, false)
			b.WriteString(", ")
		}
		b.WriteByte(']')
	default:
		b.WriteString(scalar(n))
	}
}

// scalar gives type and value. sops prints a float without a fraction as an
// integer, and blocks have line breaks after a token.
func scalar(n *yaml.Node) string {
	var v any
	if err := n.Decode(&v); err != nil {
		v = n.Value
	}
	switch x := v.(type) {
	case string:
		if strings.HasPrefix(x, "ENC[") {
			x = strings.TrimSpace(x)
		}
		return fmt.Sprintf("%q", x)
	case float64:
		return number(x)
	}
	return fmt.Sprint(v)
}

func number(x float64) string {
	if x == 0 {
		return "0" // sops drops the sign
	}
	return strconv.FormatFloat(x, 'f', -1, 64)
}

func jsonTree(text string) (string, error) {
	d := json.NewDecoder(strings.NewReader(text))
	var b strings.Builder
	for {
		tok, err := d.Token()
		if errors.Is(err, io.EOF) {
			return b.String(), nil
		}
		if err != nil {
			return "", err
		}
		if x, ok := tok.(float64); ok {
			tok = number(x)
		}
		fmt.Fprintf(&b, "%T %v\n", tok, tok)
	}
}

var (
	token       = regexp.MustCompile(`ENC\[AES256_GCM,data:[^,]*,iv:[^,]*,tag:[^,]*,type:(\w+)(\]|\\x5d)`)
	aroundEqual = regexp.MustCompile(`^(\S+) *= *`)
	envBlock    = regexp.MustCompile(`(?m)^sops_.*\n?`)
	iniBlock    = regexp.MustCompile(`(?ms)^\[sops\].*`)
)

// values takes what is random from an encrypted text, and its sops block.
func values(text string, s sample) string {
	text = token.ReplaceAllString(text, "ENC[$1]")
	switch s.format().Name() {
	case "yaml":
		return text // the tree leaves out the block
	case "json", "binary":
		return withoutBlock(text)
	case "ini":
		return iniBlock.ReplaceAllString(text, "")
	}
	return envBlock.ReplaceAllString(text, "")
}

// withoutBlock drops the last member of a JSON object, its sops block.
func withoutBlock(text string) string {
	i := strings.LastIndex(text, `"sops"`)
	if i < 0 {
		return text
	}
	return strings.TrimRight(text[:i], ", \r\n\t") + "}"
}
