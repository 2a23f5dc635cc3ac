package environ

import (
	"regexp"
	"strings"

	"github.com/encfg/encfg/formats"
)

// number is a spelling that every reader of numbers understands.
var number = regexp.MustCompile(`^[-+]?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?$`)

// date is how YAML writes a point in time; the canonical text adds midnight
// to a mere date.
var date = regexp.MustCompile(`^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}[-+0-9TtZz: .]*$`)

// text is the value of a leaf as a program expects it in a variable: numbers
// and dates as they are written, so that 1.50 stays 1.50, but in decimal;
// booleans in lower case.
func text(doc *formats.Document, l *formats.Leaf) string {
	var spelled *regexp.Regexp
	switch l.Type {
	case formats.Bool:
		return strings.ToLower(l.Value)
	case formats.Int, formats.Float:
		spelled = number
	case formats.Time:
		spelled = date
	default:
		return l.Value
	}
	if l.Virtual || l.End > len(doc.Source) {
		return l.Value
	}
	if source := string(doc.Source[l.Start:l.End]); spelled.MatchString(source) {
		return source
	}
	return l.Value
}
