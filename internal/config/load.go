package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"

	"gopkg.in/yaml.v3"

	"github.com/encfg/encfg/internal/lazyregexp"
)

const (
	// maxSize bounds a configuration file in bytes.
	maxSize = 1 << 20
	// maxVisits bounds the nodes of a file with its aliases expanded.
	maxVisits = 100_000
)

// Load reads a configuration. Errors are *Error. The extra fields are accepted
// besides those of sops, for key sources that sops does not have.
func Load(path string, extra ...KeyField) (*File, error) {
	src, err := read(path)
	if err != nil {
		return nil, &Error{Path: path, Msg: "cannot read the configuration: " + reason(err), Err: err}
	}
	return Parse(path, src, extra...)
}

// read reads a file of at most maxSize.
func read(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	src, err := io.ReadAll(io.LimitReader(f, maxSize+1))
	if err == nil && len(src) > maxSize {
		err = fmt.Errorf("it is larger than %d bytes", maxSize)
	}
	return src, err
}

// Parse is Load for a text; the path is used for matching and in messages.
func Parse(path string, src []byte, extra ...KeyField) (*File, error) {
	l := &loader{
		path: path, own: isOwn(path), file: &File{Path: path},
		keys: append(append([]KeyField{}, sopsKeys...), extra...),
	}
	root, err := l.document(src)
	if err != nil || root == nil {
		return l.file, err
	}
	if err := l.top(root); err != nil {
		return nil, err
	}
	l.nameAnchors()
	l.warnUnreachable()
	return l.file, nil
}

// document gives the root node of the only document; nil if the text is empty.
func (l *loader) document(src []byte) (*yaml.Node, error) {
	dec := yaml.NewDecoder(bytes.NewReader(src))
	var doc, second yaml.Node
	err := dec.Decode(&doc)
	if errors.Is(err, io.EOF) {
		return nil, nil
	}
	if err != nil {
		return nil, l.syntaxError(err)
	}
	if err := dec.Decode(&second); err == nil {
		return nil, l.errorAt(&second, "put everything into one document", "a second document, which is never read")
	} else if !errors.Is(err, io.EOF) {
		return nil, l.syntaxError(err)
	}
	root := doc.Content[0]
	if root.Kind == yaml.ScalarNode && root.Tag == "!!null" {
		return nil, nil
	}
	return root, nil
}

var yamlLine = lazyregexp.New(`^yaml: (?:line (\d+): )?`)

// syntaxError turns yaml's error into ours.
func (l *loader) syntaxError(err error) error {
	msg := err.Error()
	m := yamlLine().FindStringSubmatchIndex(msg)
	e := &Error{Path: l.path, Msg: "invalid YAML: " + msg, Err: err}
	if m != nil {
		e.Msg = "invalid YAML: " + msg[m[1]:]
		if m[2] >= 0 {
			e.Line, _ = strconv.Atoi(msg[m[2]:m[3]])
		}
	}
	return e
}

// top reads the sections.
func (l *loader) top(root *yaml.Node) error {
	sections := fields{
		"creation_rules":    l.creationRules,
		"destination_rules": l.destinationRules,
		"stores":            l.stores,
	}
	if l.own {
		sections["names"] = l.names
		sections["rotation"] = l.rotation
		sections["example"] = l.example
	}
	// Many a .sops.yaml has a section of its own in which the anchors for the
	// recipients stand.
	sections[""] = func(n *yaml.Node) error {
		if !l.holdsAnchor(n, 0) {
			return errUnknown
		}
		return nil
	}
	return l.mapping(root, "the configuration", sections)
}

// warnUnreachable warns about rules after one that matches all files.
func (l *loader) warnUnreachable() {
	for i, r := range l.file.Rules {
		if r.re == nil && i+1 < len(l.file.Rules) {
			l.warn(l.file.Rules[i+1].Line, "this rule is never used: the one at line %d matches every file", r.Line)
			return
		}
	}
}

func (l *loader) warn(line int, format string, args ...any) {
	l.file.Warnings = append(l.file.Warnings, Warning{Line: line, Msg: fmt.Sprintf(format, args...)})
}
