package example

import (
	"bytes"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
	"gopkg.in/yaml.v3"

	"github.com/encfg/encfg/formats"
)

// Schema is a contract written as JSON Schema.
type Schema struct{ compiled *jsonschema.Schema }

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

// ReadSchema reads a JSON Schema, in JSON or YAML. Schemas that it refers to
// are looked for beside the path.
func ReadSchema(path string, text []byte) (*Schema, error) {
	var node yaml.Node
	if err := yaml.Unmarshal(text, &node); err != nil {
		return nil, &formats.Error{Msg: "the schema does not parse: " + err.Error(), Hint: "a JSON Schema is written in JSON or YAML"}
	}
	tree, err := decode(text)
	if err != nil {
		return nil, &formats.Error{Msg: "the schema does not parse: " + err.Error()}
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	url := "file://" + strings.ReplaceAll(path, `\`, "/")
	if err := c.AddResource(url, tree); err != nil {
		return nil, &formats.Error{Msg: "the schema cannot be used: " + err.Error()}
	}
	compiled, err := c.Compile(url)
	if err != nil {
		return nil, schemaError(&node, err)
	}
	return &Schema{compiled}, nil
}

// schemaError finds the place in the schema that is wrong.
func schemaError(root *yaml.Node, err error) error {
	e := &formats.Error{Msg: "the schema cannot be used: " + strings.Join(strings.Fields(err.Error()), " "), Hint: "https://json-schema.org has the keywords"}
	var invalid *jsonschema.SchemaValidationError
	var ve *jsonschema.ValidationError
	if !errors.As(err, &invalid) || !errors.As(invalid.Err, &ve) {
		return e
	}
	for len(ve.Causes) > 0 {
		ve = ve.Causes[0]
	}
	path := strings.Join(ve.InstanceLocation, ".")
	e.Msg = "the schema is not valid at " + path + ": " + describe(ve.ErrorKind)
	e.Line = lineOf(root, ve.InstanceLocation)
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

// Check compares a plaintext file with the schema.
func (s *Schema) Check(f formats.Format, plain []byte) ([]Finding, error) {
	values, err := Values(f, plain)
	if err != nil {
		return nil, err
	}
	tree, err := instance(f, plain, values)
	if err != nil {
		return nil, err
	}
	err = s.compiled.Validate(tree)
	var ve *jsonschema.ValidationError
	if err != nil && !errors.As(err, &ve) {
		return nil, &formats.Error{Msg: "the schema cannot be applied to the file"}
	}
	lines := map[string]int{}
	for _, v := range values {
		lines[v.Key] = v.Line
	}
	var out []Finding
	if err != nil {
		collect(ve, tree, func(key, code, msg string) {
			out = append(out, Finding{Key: key, Code: code, Msg: msg, Line: lines[key]})
		})
	}
	return out, nil
}

// collect reports the causes of a failure that have no causes themselves.
func collect(ve *jsonschema.ValidationError, tree any, add func(key, code, msg string)) {
	if len(ve.Causes) > 0 {
		for _, c := range ve.Causes {
			collect(c, tree, add)
		}
		return
	}
	at := placeIn(tree, ve.InstanceLocation)
	below := func(key string) string { return (&formats.Place{Parent: at, Key: key}).String() }
	switch k := ve.ErrorKind.(type) {
	case *kind.Required:
		for _, name := range k.Missing {
			add(below(name), "missing", "it is missing")
		}
	case *kind.AdditionalProperties:
		for _, name := range k.Properties {
			add(below(name), "unknown", "the schema does not know it")
		}
	case *kind.FalseSchema:
		add(at.String(), "unknown", "the schema does not allow it")
	case *kind.Type:
		add(at.String(), "type", describe(k))
	case *kind.MinLength:
		code := "length"
		if k.Got == 0 {
			code = "empty"
		}
		add(at.String(), code, describe(k))
	default:
		add(at.String(), "schema", describe(k))
	}
}

// describe says what is wrong in our own words: those of the library show
// values.
func describe(k jsonschema.ErrorKind) string {
	switch k := k.(type) {
	case *kind.Type:
		return "it must be of the type " + strings.Join(k.Want, " or ")
	case *kind.MinLength:
		return "it has less than " + itoa(k.Want) + " characters"
	case *kind.MaxLength:
		return "it has more than " + itoa(k.Want) + " characters"
	case *kind.Format:
		return "it has not the format " + k.Want
	case *kind.Pattern:
		return "it does not match the pattern " + k.Want
	case *kind.Enum:
		return "it is none of the allowed values"
	case *kind.MinItems:
		return "it has less than " + itoa(k.Want) + " items"
	case *kind.MaxItems:
		return "it has more than " + itoa(k.Want) + " items"
	}
	return "it breaks the rule " + strings.Join(k.KeywordPath(), ".")
}

// placeIn makes a place of a path of names, in which items of lists are
// numbers.
func placeIn(tree any, path []string) *formats.Place {
	var at *formats.Place
	for _, step := range path {
		switch t := tree.(type) {
		case []any:
			i, _ := strconv.Atoi(step)
			at = &formats.Place{Parent: at, Index: i, List: true}
			if tree = nil; i < len(t) {
				tree = t[i]
			}
		case map[string]any:
			at, tree = &formats.Place{Parent: at, Key: step}, t[step]
		default:
			at = &formats.Place{Parent: at, Key: step}
		}
	}
	return at
}

// instance gives a file as JSON Schema sees it.
func instance(f formats.Format, plain []byte, values []Value) (any, error) {
	switch f.Name() {
	case "json":
		return jsonschema.UnmarshalJSON(bytes.NewReader(bytes.TrimPrefix(plain, []byte("\xef\xbb\xbf"))))
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
