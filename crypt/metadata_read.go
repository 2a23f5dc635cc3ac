package crypt

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/encfg/encfg/formats"
	"github.com/encfg/encfg/keysource"
)

func damaged(what string) error {
	return &Error{Kind: KindMetadata, Msg: "the sops block is damaged: " + what,
		Hint: "restore the block from version control"}
}

// reader converts the loosely typed values of a block (in .env files all are
// text) and keeps the first error.
type reader struct{ err error }

func (r *reader) fail(key, want string) {
	if r.err == nil {
		r.err = damaged(key + " is not " + want)
	}
}

func (r *reader) text(f formats.Field) string {
	switch v := f.Value.(type) {
	case string:
		return v
	case int:
		return strconv.Itoa(v)
	case nil:
		return ""
	}
	r.fail(f.Key, "a text")
	return ""
}

func (r *reader) boolean(f formats.Field) bool {
	switch v := f.Value.(type) {
	case bool:
		return v
	case string:
		if b, err := strconv.ParseBool(v); err == nil {
			return b
		}
	}
	r.fail(f.Key, "true or false")
	return false
}

func (r *reader) number(f formats.Field) int {
	switch v := f.Value.(type) {
	case int:
		return v
	case string:
		if n, err := strconv.Atoi(v); err == nil {
			return n
		}
	}
	r.fail(f.Key, "a number")
	return 0
}

func (r *reader) list(f formats.Field) []any {
	if v, ok := f.Value.([]any); ok || f.Value == nil {
		return v
	}
	r.fail(f.Key, "a list")
	return nil
}

func (r *reader) mapping(key string, v any) formats.Map {
	if m, ok := v.(formats.Map); ok || v == nil {
		return m
	}
	r.fail(key, "a mapping")
	return nil
}

// isStanzaList tells the lists of known sources, and those of a later sops:
// lists of mappings with a wrapped key.
func isStanzaList(f formats.Field) bool {
	if slices.Contains(stanzaLists, f.Key) {
		return true
	}
	list, _ := f.Value.([]any)
	for _, e := range list {
		m, ok := e.(formats.Map)
		if _, enc := m.Get("enc"); !ok || !enc {
			return false
		}
	}
	return len(list) > 0
}

func (r *reader) stanzas(f formats.Field) []keysource.Stanza {
	var out []keysource.Stanza
	for i, e := range r.list(f) {
		at := fmt.Sprintf("%s[%d]", f.Key, i)
		out = append(out, keysource.Stanza{Source: f.Key, Fields: r.stanzaFields(at, r.mapping(at, e))})
	}
	return out
}

func (r *reader) stanzaFields(at string, m formats.Map) []keysource.Field {
	fields := make([]keysource.Field, 0, len(m))
	for _, f := range m {
		var v any
		switch fv := f.Value.(type) {
		case formats.Map:
			v = r.stanzaFields(at, fv)
		case []any:
			r.fail(at+"."+f.Key, "a text")
		case bool:
			v = strconv.FormatBool(fv)
		default:
			v = r.text(f)
		}
		fields = append(fields, keysource.Field{Name: f.Key, Value: v})
	}
	return fields
}

func (r *reader) own(f formats.Field) *Own {
	o := &Own{Residue: map[string]string{}, Changed: map[string]string{}}
	for _, e := range r.mapping(f.Key, f.Value) {
		switch {
		case e.Key == "version":
			o.Version = r.number(e)
		case e.Key == "layout":
			o.Layout = r.text(e)
		case strings.HasPrefix(e.Key, residuePrefix):
			o.Residue[e.Key[len(residuePrefix):]] = r.text(e)
		case strings.HasPrefix(e.Key, changedPrefix):
			o.Changed[e.Key[len(changedPrefix):]] = r.text(e)
		default:
			o.Extra = append(o.Extra, e)
		}
	}
	return o
}
