package formats

import (
	"errors"
	"io"
	"regexp"
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
	if docs := plainDocuments(text); docs != nil {
		return docs
	}
	docs, err := decodeYAML(text)
	if err != nil {
		panic(yamlFailure{yamlError(err, text)})
	}
	return docs
}

// decodeYAML has yaml.v3 parse all documents of a stream.
func decodeYAML(text string) (docs []*yaml.Node, err error) {
	dec := yaml.NewDecoder(strings.NewReader(text))
	for {
		n := new(yaml.Node)
		err := dec.Decode(n)
		if errors.Is(err, io.EOF) {
			return docs, nil
		}
		if err != nil {
			return nil, err
		}
		docs = append(docs, n)
	}
}

// yamlError says what yaml.v3 says of src, in words that cannot hold file
// content.
func yamlError(err error, src string) error {
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
			e.Line = r.line(e.Line)
			break
		}
	}
	if e.Line == 0 {
		e.Line = aliasLine(text, src)
	}
	e.Line = min(e.Line, strings.Count(strings.TrimSuffix(src, "\n"), "\n")+1)
	return e
}

// aliasLine finds the line of an alias without an anchor; 0 if it is not
// certain, or another error.
func aliasLine(text, src string) int {
	name, ok := strings.CutPrefix(text, "unknown anchor '")
	if !ok {
		return 0
	}
	name, _, _ = strings.Cut(name, "'")
	at := regexp.MustCompile(`(?:^|[\s\[{,])(\*`+regexp.QuoteMeta(name)+`)(?:$|[\s\]},])`).FindAllStringSubmatchIndex(src, 2)
	if len(at) != 1 {
		return 0
	}
	line, _ := Position([]byte(src), at[0][2])
	return line
}

// where says how yaml.v3 counts lines in a message (decode.go, parser.fail).
type where uint8

const (
	exact  where = iota // the line, and none for the first
	above               // the one above it: the parser counts from 0
	absent              // no line, or an arbitrary one
)

// yamlReason is one message of yaml.v3.
type yamlReason struct {
	prefix, msg string
	where       where
}

// line is the line of the error, for the one that the message names; 0 if it
// is not known.
func (r yamlReason) line(named int) int {
	switch {
	case r.where == above:
		return named + 1
	case r.where == exact && named == 0:
		return 1
	}
	return named
}

// yamlReasons maps the messages of yaml.v3 (scannerc.go, parserc.go) to ours.
var yamlReasons = []yamlReason{
	{"could not find expected ':'", "a key without a colon, or a line that is indented wrongly", exact},
	{"mapping values are not allowed", "a colon where no key can stand (is the value in need of quotes?)", exact},
	{"mapping keys are not allowed", "a key where none can stand", exact},
	{"block sequence entries are not allowed", "a list item where none can stand", exact},
	{"did not find expected key", "a line that is indented wrongly, or a value in need of quotes", above},
	{"did not find expected '-' indicator", "a line that is indented wrongly within a list", above},
	{"did not find expected ',' or ']'", "a list in brackets is not closed, or misses a comma", above},
	{"did not find expected ',' or '}'", "a mapping in braces is not closed, or misses a comma", above},
	{"did not find expected node content", "a value is missing", above},
	{"found character that cannot start any token", "a character that cannot start a value (is it in need of quotes, or is the line indented with a tab?)", exact},
	{"found a tab character", "a tab where spaces must indent", exact},
	{"found unknown escape character", "an unknown escape in double quotes", exact},
	{"found unexpected end of stream", "a quote is not closed", exact},
	{"found unexpected document indicator", "a quote is not closed before the document ends", exact},
	{"did not find expected hexdecimal number", "an escape in double quotes is not complete", exact},
	{"found invalid Unicode character escape code", "an escape in double quotes denotes no character", exact},
	{"did not find expected comment or line break", "text after a block header or a directive", exact},
	{"unknown anchor", "an alias to an anchor that is not there", absent},
	{"found incompatible YAML document", "a %YAML directive with another version than 1.1", above},
	{"found undefined tag handle", "a tag with an undefined handle", above},
	{"exceeded max depth", "it is nested too deeply", absent},
	{"did not find expected <document start>", "text after the end of a document", above},
	{"did not find expected alphabetic or numeric character", "an anchor or alias with characters other than letters, digits, \"-\" and \"_\"", exact},
	{"control characters are not allowed", "a control character", absent},
}
