package environ

import (
	"regexp"
	"strings"

	"github.com/encfg/encfg/formats"
	"github.com/encfg/encfg/internal/lazyregexp"
)

// number is a spelling that every reader of numbers understands.
var number = lazyregexp.New(`^[-+]?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?$`)

// date is how YAML writes a point in time; the canonical text adds midnight
// to a mere date.
var date = lazyregexp.New(`^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}[-+0-9TtZz: .]*$`)

func (o Options) text(doc *formats.Document, l *formats.Leaf) string {
	source := ""
	if !o.Canonical && !l.Virtual && l.End <= len(doc.Source) {
		source = string(doc.Source[l.Start:l.End])
	}
	return Text(l.Type, l.Value, source)
}

// Text is a value as a program expects it in a variable: numbers and dates as
// the source has them, so that 1.50 stays 1.50 and an integer of 80 bits whole,
// but in decimal; booleans in lower case. value is the canonical plaintext.
func Text(t formats.Type, value, source string) string {
	var spelled *regexp.Regexp
	switch t {
	case formats.Bool:
		return strings.ToLower(value)
	case formats.Int, formats.Float:
		spelled = number()
	case formats.Time:
		spelled = date()
	default:
		return value
	}
	if spelled.MatchString(source) {
		return source
	}
	return value
}
