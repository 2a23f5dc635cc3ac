package example

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/encfg/encfg/formats"
)

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
	w := schemaWalk{root: s.root, found: []Finding{}, ready: map[part]*jsonschema.Resolved{}}
	w.value(s.root, tree, nil)
	if w.err != nil {
		return nil, w.err
	}
	for i := range w.found {
		for _, v := range values {
			if v.Key == w.found[i].Key {
				w.found[i].Line = v.Line
			}
		}
	}
	return w.found, nil
}

// schemaWalk goes down schema and values together, so that all findings are
// told, each at its key.
type schemaWalk struct {
	root  *jsonschema.Schema
	found []Finding
	depth int
	err   error
	ready map[part]*jsonschema.Resolved
}

// part is one of the keywords of a schema, or with a number behind them the
// rest of it.
type part struct {
	schema  *jsonschema.Schema
	keyword int
}

// maxSchemaDepth bounds schemas that refer to themselves.
const maxSchemaDepth = 1000

func (w *schemaWalk) add(at *formats.Place, code, msg string) {
	w.found = append(w.found, Finding{Key: at.String(), Code: code, Msg: msg})
}

// value checks one value with one schema.
func (w *schemaWalk) value(s *jsonschema.Schema, v any, at *formats.Place) {
	if w.depth++; s == nil || w.err != nil || w.depth > maxSchemaDepth {
		w.depth--
		return
	}
	defer func() { w.depth-- }()
	rest := *s
	if target := w.refers(s.Ref); target != nil {
		w.value(target, v, at)
		rest.Ref = ""
	}
	for _, sub := range s.AllOf {
		w.value(sub, v, at)
	}
	rest.AllOf = nil
	if s.UnevaluatedProperties == nil && s.UnevaluatedItems == nil {
		switch v := v.(type) {
		case map[string]any:
			w.object(s, v, at)
		case []any:
			w.list(s, v, at)
		}
		rest.Required, rest.Properties, rest.PatternProperties, rest.AdditionalProperties = nil, nil, nil, nil
		rest.PrefixItems, rest.Items, rest.ItemsArray, rest.AdditionalItems = nil, nil, nil, nil
	}
	w.keywords(s, &rest, v, at)
}

// refers finds a schema of the same file: #/$defs/name.
func (w *schemaWalk) refers(ref string) *jsonschema.Schema {
	if name, ok := strings.CutPrefix(ref, "#/$defs/"); ok {
		return w.root.Defs[name]
	}
	if name, ok := strings.CutPrefix(ref, "#/definitions/"); ok {
		return w.root.Definitions[name]
	}
	return nil
}

func (w *schemaWalk) object(s *jsonschema.Schema, v map[string]any, at *formats.Place) {
	for _, name := range s.Required {
		if _, ok := v[name]; !ok {
			w.add(&formats.Place{Parent: at, Key: name}, "missing", "it is missing")
		}
	}
	for _, key := range slices.Sorted(maps.Keys(v)) {
		below := &formats.Place{Parent: at, Key: key}
		sub, known := s.Properties[key]
		w.value(sub, v[key], below)
		for pattern, sub := range s.PatternProperties {
			if re, err := regexp.Compile(pattern); err == nil && re.MatchString(key) {
				known = true
				w.value(sub, v[key], below)
			}
		}
		switch more := s.AdditionalProperties; {
		case known || more == nil:
		case more.Not != nil && isEmpty(more.Not):
			w.add(below, "unknown", "the schema does not know it")
		default:
			w.value(more, v[key], below)
		}
	}
}

// isEmpty tells the schema that takes everything; the library writes false as
// the opposite of it.
func isEmpty(s *jsonschema.Schema) bool {
	text, err := s.MarshalJSON()
	return err == nil && (string(text) == "{}" || string(text) == "true")
}

func (w *schemaWalk) list(s *jsonschema.Schema, v []any, at *formats.Place) {
	first, more := s.PrefixItems, s.Items
	if len(s.ItemsArray) > 0 {
		first, more = s.ItemsArray, s.AdditionalItems
	}
	for i := range v {
		below := &formats.Place{Parent: at, Index: int32(i), List: true}
		if i < len(first) {
			w.value(first[i], v[i], below)
		} else {
			w.value(more, v[i], below)
		}
	}
}

// keyword is a keyword, or several that are judged together.
type keyword struct {
	code string
	pick func(*jsonschema.Schema) jsonschema.Schema
	msg  func(*jsonschema.Schema) string
}

func says(text string) func(*jsonschema.Schema) string {
	return func(*jsonschema.Schema) string { return text }
}

// keywords are those that are told apart; the rest is judged as a whole.
var keywords = []keyword{
	{"type", func(s *jsonschema.Schema) jsonschema.Schema { return jsonschema.Schema{Type: s.Type, Types: s.Types} },
		func(s *jsonschema.Schema) string {
			return "it must be of the type " + strings.Join(append(slices.Clone(s.Types), s.Type), " or ")
		}},
	{"type", func(s *jsonschema.Schema) jsonschema.Schema { return jsonschema.Schema{Enum: s.Enum, Const: s.Const} },
		says("it is none of the allowed values")},
	{"length", func(s *jsonschema.Schema) jsonschema.Schema { return jsonschema.Schema{MinLength: s.MinLength} },
		func(s *jsonschema.Schema) string { return "it has less than " + itoa(*s.MinLength) + " characters" }},
	{"length", func(s *jsonschema.Schema) jsonschema.Schema { return jsonschema.Schema{MaxLength: s.MaxLength} },
		func(s *jsonschema.Schema) string { return "it has more than " + itoa(*s.MaxLength) + " characters" }},
	{"schema", func(s *jsonschema.Schema) jsonschema.Schema { return jsonschema.Schema{Pattern: s.Pattern} },
		func(s *jsonschema.Schema) string { return "it does not match the pattern " + s.Pattern }},
	{"schema", func(s *jsonschema.Schema) jsonschema.Schema {
		return jsonschema.Schema{Minimum: s.Minimum, Maximum: s.Maximum, ExclusiveMinimum: s.ExclusiveMinimum,
			ExclusiveMaximum: s.ExclusiveMaximum, MultipleOf: s.MultipleOf}
	}, says("the number is outside of the allowed ones")},
	{"schema", func(s *jsonschema.Schema) jsonschema.Schema {
		return jsonschema.Schema{MinItems: s.MinItems, MaxItems: s.MaxItems, UniqueItems: s.UniqueItems}
	}, says("it has too few or too many items, or the same twice")},
}

// keywords judges what a schema says about the value itself: s without what has
// been judged already.
func (w *schemaWalk) keywords(of, s *jsonschema.Schema, v any, at *formats.Place) {
	rest := *s
	for i, k := range keywords {
		if one := k.pick(s); !w.holds(part{of, i}, &one, v) {
			code := k.code
			if code == "length" && v == "" {
				code = "empty"
			}
			w.add(at, code, k.msg(s))
			if i == 0 {
				return // nothing else fits then
			}
		}
	}
	if text, ok := v.(string); ok {
		if kind := map[string]string{"email": "email", "uri": "url"}[s.Format]; kind != "" {
			if msg := (&Annotations{Kind: kind}).wrongType(text); msg != "" {
				w.add(at, "type", msg)
			}
		}
	}
	rest.Type, rest.Types, rest.Enum, rest.Const, rest.MinLength, rest.MaxLength, rest.Pattern = "", nil, nil, nil, nil, nil, ""
	rest.Minimum, rest.Maximum, rest.ExclusiveMinimum, rest.ExclusiveMaximum, rest.MultipleOf = nil, nil, nil, nil, nil
	rest.MinItems, rest.MaxItems, rest.UniqueItems = nil, nil, false
	rest.Defs, rest.Definitions, rest.Schema = w.root.Defs, w.root.Definitions, w.root.Schema
	if !w.holds(part{of, len(keywords)}, &rest, v) {
		w.add(at, "schema", "it breaks a rule of the schema for this place")
	}
}

// holds asks the library. Its errors show values, so they are not passed on.
func (w *schemaWalk) holds(p part, s *jsonschema.Schema, v any) bool {
	resolved, ok := w.ready[p]
	if !ok {
		var err error
		if resolved, err = s.CloneSchemas().Resolve(nil); err != nil {
			w.err = &formats.Error{Msg: "the schema cannot be used: a part of it refers to another one", Hint: "refer to schemas below $defs only"}
			return true
		}
		w.ready[p] = resolved
	}
	return resolved.Validate(v) == nil
}
