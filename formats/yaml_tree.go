package formats

import (
	"errors"
	"io"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// yamlFailure carries an error through the recursive readers.
type yamlFailure struct{ err error }

// recoverYAML turns a panic of the YAML readers, ours and yaml.v3's, into an
// error. The text of a foreign panic may hold content of the file: it is lost.
func recoverYAML(err *error) {
	switch p := recover().(type) {
	case nil:
	case yamlFailure:
		*err = p.err
	default:
		*err = &Error{Msg: "invalid YAML: the file cannot be read", Hint: hintBinary}
	}
}

// yamlDocuments parses all documents of a stream.
func yamlDocuments(text string) []*yaml.Node {
	var docs []*yaml.Node
	dec := yaml.NewDecoder(strings.NewReader(text))
	for {
		n := new(yaml.Node)
		err := dec.Decode(n)
		if errors.Is(err, io.EOF) {
			return docs
		}
		if err != nil {
			panic(yamlFailure{yamlError(err)})
		}
		docs = append(docs, n)
	}
}

// yamlError says what yaml.v3 says, in words that cannot hold file content.
func yamlError(err error) error {
	text := strings.TrimPrefix(err.Error(), "yaml: ")
	e := &Error{Msg: "invalid YAML", Hint: hintBinary}
	if rest, ok := strings.CutPrefix(text, "line "); ok {
		if number, after, ok := strings.Cut(rest, ": "); ok {
			e.Line, _ = strconv.Atoi(number)
			text = after
		}
	}
	for _, r := range yamlReasons {
		if strings.HasPrefix(text, r.prefix) {
			e.Msg = "invalid YAML: " + r.msg
			if e.Line == 0 && !r.anywhere {
				e.Line = 1 // the one line that yaml.v3 does not name
			}
			break
		}
	}
	return e
}

// yamlReasons maps the messages of yaml.v3 (scannerc.go, parserc.go) to ours.
// Those that come without a line wherever they are, are anywhere.
var yamlReasons = []struct {
	prefix, msg string
	anywhere    bool
}{
	{"could not find expected ':'", "a key without a colon, or a line that is indented wrongly", false},
	{"mapping values are not allowed", "a colon where no key can stand (is the value in need of quotes?)", false},
	{"mapping keys are not allowed", "a key where none can stand", false},
	{"block sequence entries are not allowed", "a list item where none can stand", false},
	{"did not find expected key", "a line that is indented wrongly, or a value in need of quotes", false},
	{"did not find expected '-' indicator", "a line that is indented wrongly within a list", false},
	{"did not find expected ',' or ']'", "a list in brackets is not closed, or misses a comma", false},
	{"did not find expected ',' or '}'", "a mapping in braces is not closed, or misses a comma", false},
	{"did not find expected node content", "a value is missing", false},
	{"found character that cannot start any token", "a character that cannot start a value (is it in need of quotes, or is the line indented with a tab?)", false},
	{"found a tab character", "a tab where spaces must indent", false},
	{"found unknown escape character", "an unknown escape in double quotes", false},
	{"found unexpected end of stream", "a quote is not closed", false},
	{"found unexpected document indicator", "a quote is not closed before the document ends", false},
	{"did not find expected hexdecimal number", "an escape in double quotes is not complete", false},
	{"found invalid Unicode character escape code", "an escape in double quotes denotes no character", false},
	{"did not find expected comment or line break", "text after a block header or a directive", false},
	{"unknown anchor", "an alias to an anchor that is not there", true},
	{"found incompatible YAML document", "a %YAML directive with another version than 1.1", true},
	{"found undefined tag handle", "a tag with an undefined handle", false},
	{"exceeded max depth", "it is nested too deeply", true},
	{"did not find expected <document start>", "text after the end of a document", false},
	{"did not find expected alphabetic or numeric character", "an anchor or alias with characters other than letters, digits, \"-\" and \"_\"", false},
	{"control characters are not allowed", "a control character", true},
}
