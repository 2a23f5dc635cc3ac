package example

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/jsonschema-go/jsonschema"
	"gopkg.in/yaml.v3"

	"github.com/encfg/encfg/formats"
	"github.com/encfg/encfg/internal/lazyregexp"
)

// Schema is a contract written as JSON Schema, of draft 7 or 2020-12. Keywords
// are judged by the library; which of them fails for which value, and in words
// that show no value, is found out here (schema_check.go).
type Schema struct{ root *jsonschema.Schema }

// IsSchema tells a JSON Schema from a template: it says so at the top, or by
// its name.
func IsSchema(name string, text []byte) bool {
	for _, ending := range []string{".schema.json", ".schema.yaml", ".schema.yml"} {
		if strings.HasSuffix(name, ending) {
			return true
		}
	}
	if !bytes.Contains(text, []byte("$schema")) {
		return false
	}
	top, err := decode(text)
	m, ok := top.(map[string]any)
	return err == nil && ok && m["$schema"] != nil
}

// ReadSchema reads a JSON Schema, in JSON or YAML. It cannot refer to other
// files.
func ReadSchema(text []byte) (*Schema, error) {
	var node yaml.Node
	if err := yaml.Unmarshal(text, &node); err != nil {
		return nil, &formats.Error{Msg: "the schema does not parse: " + err.Error(), Hint: "a JSON Schema is written in JSON or YAML"}
	}
	tree, err := decode(text)
	if err != nil {
		return nil, &formats.Error{Msg: "the schema does not parse: " + err.Error()}
	}
	plain, err := json.Marshal(tree)
	if err != nil {
		return nil, &formats.Error{Msg: "the schema does not parse: " + err.Error()}
	}
	if path := wrongTypeName(tree, nil); path != nil {
		return nil, &formats.Error{Line: lineOf(&node, path), Msg: "the schema is not valid at " + strings.Join(path, ".") + ": there is no such type",
			Hint: "the types are " + strings.Join(schemaTypes, ", ")}
	}
	s := &Schema{root: &jsonschema.Schema{}}
	if err = json.Unmarshal(plain, s.root); err == nil {
		_, err = s.root.CloneSchemas().Resolve(nil)
	}
	if err != nil {
		return nil, schemaError(&node, err)
	}
	return s, nil
}

var schemaTypes = []string{"string", "number", "integer", "boolean", "array", "object", "null"}

// wrongTypeName finds a type that JSON Schema does not have: the library takes
// any, and no value would be of it.
func wrongTypeName(tree any, path []string) []string {
	switch t := tree.(type) {
	case []any:
		for i, e := range t {
			if found := wrongTypeName(e, append(path[:len(path):len(path)], strconv.Itoa(i))); found != nil {
				return found
			}
		}
	case map[string]any:
		for key, e := range t {
			below := append(path[:len(path):len(path)], key)
			name, isText := e.(string)
			inProperties := len(path) > 0 && strings.HasSuffix(strings.ToLower(path[len(path)-1]), "properties")
			if key == "type" && isText && !inProperties && !slices.Contains(schemaTypes, name) {
				return below
			}
			if found := wrongTypeName(e, below); found != nil && key != "enum" && key != "const" && key != "default" && key != "examples" {
				return found
			}
		}
	}
	return nil
}

var jsonPointer = lazyregexp.New(`(/[^/\s:]+)+`)

// schemaError finds the place in the schema that is wrong.
func schemaError(root *yaml.Node, err error) error {
	e := &formats.Error{Msg: "the schema cannot be used: " + strings.Join(strings.Fields(err.Error()), " "), Hint: "encfg knows JSON Schema drafts 7 and 2020-12"}
	if m := jsonPointer().FindString(err.Error()); m != "" {
		e.Line = lineOf(root, strings.Split(m[1:], "/"))
	}
	return e
}

// lineOf finds a place in a tree of YAML.
func lineOf(n *yaml.Node, path []string) int {
	if n.Kind == yaml.DocumentNode && len(n.Content) > 0 {
		n = n.Content[0]
	}
	for _, step := range path {
		next := n
		if i, err := strconv.Atoi(step); n.Kind == yaml.SequenceNode && err == nil && i < len(n.Content) {
			next = n.Content[i]
		}
		for i := 0; n.Kind == yaml.MappingNode && i+1 < len(n.Content); i += 2 {
			if n.Content[i].Value == step {
				next = n.Content[i+1]
			}
		}
		n = next
	}
	return n.Line
}

// instance gives a file as JSON Schema sees it.
func instance(f formats.Format, plain []byte, values []Value) (any, error) {
	switch f.Name() {
	case "json":
		var tree any
		if err := json.Unmarshal(bytes.TrimPrefix(plain, []byte("\xef\xbb\xbf")), &tree); err != nil {
			return nil, errors.New("it is no valid JSON")
		}
		return tree, nil
	case "yaml":
		return decode(plain)
	}
	top := map[string]any{}
	for _, v := range values {
		m, keys := top, v.At.Keys()
		for _, key := range keys[:len(keys)-1] {
			next, ok := m[key].(map[string]any)
			if !ok {
				next = map[string]any{}
				m[key] = next
			}
			m = next
		}
		m[keys[len(keys)-1]] = v.Text
	}
	return top, nil
}

// decode reads JSON or YAML; the error shows no value.
func decode(text []byte) (any, error) {
	var v any
	if err := yaml.Unmarshal(text, &v); err != nil {
		return nil, errors.New("it is no valid JSON or YAML")
	}
	return jsonTree(v), nil
}

// jsonTree turns what yaml knows and JSON does not into texts.
func jsonTree(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for key, e := range v {
			v[key] = jsonTree(e)
		}
	case map[any]any:
		out := make(map[string]any, len(v))
		for key, e := range v {
			if text, ok := key.(string); ok {
				out[text] = jsonTree(e)
			} else if b, err := yaml.Marshal(key); err == nil {
				out[strings.TrimSpace(string(b))] = jsonTree(e)
			}
		}
		return out
	case []any:
		for i, e := range v {
			v[i] = jsonTree(e)
		}
	case time.Time:
		return v.Format(time.RFC3339)
	}
	return v
}
