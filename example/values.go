package example

import (
	"strconv"

	"github.com/encfg/encfg/formats"
)

// typed reads a text as a value of the given type; if it is none, it is a
// string.
func typed(text string, t formats.Type) holder {
	switch t {
	case formats.Int:
		if n, err := strconv.ParseInt(text, 10, 64); err == nil {
			return holder{typ: t, value: strconv.FormatInt(n, 10)}
		}
	case formats.Float:
		if f, err := strconv.ParseFloat(text, 64); err == nil {
			return holder{typ: t, value: strconv.FormatFloat(f, 'f', -1, 64)}
		}
	case formats.Bool:
		if text == "true" {
			return holder{typ: t, value: "True"}
		}
		if text == "false" {
			return holder{typ: t, value: "False"}
		}
	}
	return holder{typ: formats.Str, value: text}
}

func itoa(n int) string { return strconv.Itoa(n) }
