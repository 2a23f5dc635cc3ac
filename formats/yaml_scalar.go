package formats

import (
	"encoding/base64"
	"strconv"
	"time"

	"gopkg.in/yaml.v3"
)

// canonical gives the type and plaintext that sops sees in a scalar (sops.go,
// ToBytes, on what yaml.v3 decodes). odd says that sops refuses the value as
// it is spelled, so that it cannot stay in the clear.
func (r *yamlReader) canonical(n *yaml.Node) (typ Type, value string, odd bool) {
	switch n.Tag {
	case "!!str":
		return Str, n.Value, false
	case "!!null":
		if r.decode(n) != nil {
			r.badTag(n)
		}
		return Null, "", false
	case "!!int":
		if isCanonicalInt(n.Value) {
			return Int, n.Value, false
		}
	case "!!bool":
		switch n.Value {
		case "true":
			return Bool, "True", false
		case "false":
			return Bool, "False", false
		}
	case "!!float":
		if f, ok := decimalFloat(n.Value); ok && n.Style&yaml.TaggedStyle == 0 {
			return Float, formatFloat(f), false
		}
	case "!!timestamp":
	case "!!binary":
		data, err := base64.StdEncoding.DecodeString(n.Value)
		if err != nil {
			r.badTag(n)
		}
		return Str, string(data), false
	default: // a tag of an application; sops drops it
		return Str, n.Value, false
	}
	switch v := r.decode(n).(type) {
	case int:
		return Int, strconv.Itoa(v), false
	case int64:
		return Int, strconv.FormatInt(v, 10), false
	case uint64:
		return Float, formatFloat(float64(v)), true
	case float64:
		return Float, formatFloat(v), false
	case bool:
		if v {
			return Bool, "True", false
		}
		return Bool, "False", false
	case time.Time:
		text, err := v.MarshalText()
		if err != nil {
			return Str, n.Value, true
		}
		return Time, string(text), false
	case string:
		return Str, v, false
	}
	r.badTag(n)
	return
}

// decode gives what sops gets for a scalar.
func (r *yamlReader) decode(n *yaml.Node) any {
	var v any
	bare := yaml.Node{Kind: n.Kind, Tag: n.Tag, Style: n.Style, Value: n.Value}
	if err := bare.Decode(&v); err != nil {
		r.badTag(n)
	}
	return v
}

func (r *yamlReader) badTag(n *yaml.Node) {
	r.fail(r.lines.offset(n.Line, n.Column), "invalid YAML: a value that does not fit its tag", hintBinary)
}

func formatFloat(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }

// decimalFloat reads a number that YAML and Go spell alike.
func decimalFloat(s string) (f float64, ok bool) {
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && c != '.' && (c != '-' || i > 0) {
			return 0, false
		}
	}
	f, err := strconv.ParseFloat(s, 64)
	return f, err == nil
}

// isCanonicalInt reports that a text is an int64 in the spelling of strconv.
func isCanonicalInt(s string) bool {
	digits := s
	if len(s) > 1 && s[0] == '-' {
		digits = s[1:]
		if digits == "0" {
			return false
		}
	}
	if len(digits) == 0 || len(digits) > 18 || digits[0] == '0' && len(digits) > 1 {
		return false
	}
	for i := range len(digits) {
		if digits[i] < '0' || digits[i] > '9' {
			return false
		}
	}
	return true
}

// isCoreTag reports that a tag tells the type of a value, so that it cannot
// stay in front of a token.
func isCoreTag(tag string) bool {
	switch tag {
	case "!!null", "!!int", "!!float", "!!bool", "!!timestamp", "!!binary":
		return true
	}
	return false
}

// key reads a mapping key and gives the name that sops will see.
func (r *yamlReader) key(n *yaml.Node, c yamlContext) string {
	if n.Anchor != "" {
		if r.open == nil {
			r.open = map[*yaml.Node]bool{}
		}
	}
	start := r.pos
	target := n
	if n.Kind == yaml.AliasNode {
		target = n.Alias
	}
	if target.Kind != yaml.ScalarNode {
		r.fail(start, "a key that is a list, a mapping or an alias to one", "give it a plain name, or encrypt the file as a blob with --type binary")
	}
	name, isText := r.keyName(target)
	if n.Kind == yaml.AliasNode {
		r.skipAlias(n)
		r.replaceKey(Span{start, r.pos}, name)
		return name
	}
	s := r.span(n, c)
	if s.style >= yamlBlock && s.end == len(r.text) {
		r.unplaced(start) // a line break at the end of the file would change it
	}
	if isText || r.encrypted {
		return name
	}
	where := Span{s.start, s.end}
	if isCoreTag(n.Tag) && s.tag.End > 0 {
		if s.apart {
			r.unplaced(start)
		}
		where.Start = s.tag.Start
	}
	r.replaceKey(where, name)
	return name
}

// keyName gives the text of a key; isText says that sops takes it as it is.
func (r *yamlReader) keyName(n *yaml.Node) (name string, isText bool) {
	switch n.Tag {
	case "!!null", "!!int", "!!float", "!!bool", "!!timestamp":
		return n.Value, false
	}
	_, name, _ = r.canonical(n)
	return name, true
}

// replaceKey writes a name in double quotes in place of a key.
func (r *yamlReader) replaceKey(where Span, name string) {
	if r.encrypted {
		return
	}
	text := quoteYAML(name)
	if where.Start == where.End {
		text = " " + text
	}
	r.edit(Edit{Start: where.Start, End: where.End, Text: []string{text}})
}

// quoteKey writes a key for an error message.
func quoteKey(key string) string { return strconv.Quote(key) }
