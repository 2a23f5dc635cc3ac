package example

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/encfg/encfg/formats"
	"github.com/encfg/encfg/internal/config"
	"github.com/encfg/encfg/internal/suggest"
)

// Annotations are what the comments at a key of a template demand:
//
//	# @required @type=url
//	# @min-length=16 and any text
type Annotations struct {
	Required  bool
	Optional  bool
	Kind      string   // @type: "" or one of kinds
	Choices   []string // of the kind enum
	MinLength int
	Expires   time.Duration
	Generate  string // a kind of random values, as encfg set --generate takes it
}

// bare reports that there are no annotations.
func (a *Annotations) bare() bool {
	return !a.Required && !a.Optional && a.Kind == "" && a.MinLength == 0 && a.Expires == 0 && a.Generate == ""
}

// annotationNames lists what can stand behind an @.
var annotationNames = []string{"required", "optional", "type", "min-length", "expires", "generate"}

// read takes the annotations of a comment. Words that do not begin with @ end
// them: they are for people.
func (a *Annotations) read(comment string) error {
	text := strings.TrimLeft(comment, "#; \t")
	for strings.HasPrefix(text, "@") {
		word, rest := cutWord(text[1:])
		if err := a.set(word); err != nil {
			return err
		}
		text = strings.TrimLeft(rest, " \t,")
	}
	return nil
}

// cutWord cuts at the first white space that is not in parentheses.
func cutWord(text string) (word, rest string) {
	deep := 0
	for i, c := range text {
		switch {
		case c == '(':
			deep++
		case c == ')':
			deep--
		case (c == ' ' || c == '\t') && deep <= 0:
			return text[:i], text[i:]
		}
	}
	return text, ""
}

func (a *Annotations) set(word string) (err error) {
	name, value, _ := strings.Cut(word, "=")
	switch name {
	case "required":
		a.Required = true
	case "optional":
		a.Optional = true
	case "type":
		return a.setKind(value)
	case "min-length":
		if a.MinLength, err = strconv.Atoi(value); err != nil || a.MinLength < 1 {
			return annotationError("write for example @min-length=16", "@min-length needs a number")
		}
		return nil
	case "expires":
		if a.Expires, err = config.ParseDuration(value); err != nil {
			return annotationError("write days, weeks or hours: @expires=90d", "@expires is %v", err)
		}
		return nil
	case "generate":
		if a.Generate = value; value == "" {
			return annotationError("write for example @generate=urlsafe:32", "@generate needs a kind")
		}
		return nil
	default:
		hint := "known are @" + strings.Join(annotationNames, ", @")
		if near := suggest.Nearest(name, annotationNames); near != "" {
			hint = "did you mean @" + near + "?"
		}
		return annotationError(hint, "the annotation @%s is not known", name)
	}
	if value != "" {
		return annotationError("write @"+name, "@%s takes no value", name)
	}
	if a.Required && a.Optional {
		return annotationError("keep one of them", "@required and @optional contradict each other")
	}
	return nil
}

func (a *Annotations) setKind(value string) error {
	name, list, hasList := strings.Cut(value, "(")
	if !slices.Contains(kinds, name) {
		hint := "known are " + strings.Join(kinds, ", ")
		if near := suggest.Nearest(name, kinds); near != "" {
			hint = "did you mean @type=" + near + "?"
		}
		return annotationError(hint, "the type %q is not known", name)
	}
	if hasList != (name == "enum") || hasList && !strings.HasSuffix(list, ")") {
		return annotationError("write for example @type=enum(dev,prod)", "only the type enum has a list in parentheses")
	}
	a.Kind = name
	for choice := range strings.SplitSeq(strings.TrimSuffix(list, ")"), ",") {
		if choice = strings.TrimSpace(choice); hasList && choice != "" {
			a.Choices = append(a.Choices, choice)
		}
	}
	if hasList && len(a.Choices) == 0 {
		return annotationError("write for example @type=enum(dev,prod)", "the list of the type enum is empty")
	}
	return nil
}

// annotationError is an error whose line is filled in by the reader.
func annotationError(hint, format string, args ...any) error {
	return &formats.Error{Msg: fmt.Sprintf(format, args...), Hint: hint}
}
