package config

import (
	"errors"
	"fmt"

	"gopkg.in/yaml.v3"
)

// ErrNotFound says that no folder from the file upward has a configuration.
var ErrNotFound = errors.New("no .encfg.yaml and no .sops.yaml found")

// Error is about one place of a configuration file.
type Error struct {
	Path         string
	Line, Column int // 0 where it is about the whole file
	Msg, Hint    string
	Err          error // the cause, if another package gave it
}

func (e *Error) Error() string {
	switch {
	case e.Line > 0 && e.Column > 0:
		return fmt.Sprintf("%s:%d:%d: %s", e.Path, e.Line, e.Column, e.Msg)
	case e.Line > 0:
		return fmt.Sprintf("%s:%d: %s", e.Path, e.Line, e.Msg)
	}
	return e.Path + ": " + e.Msg
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// errorAt is an Error at a node.
func (l *loader) errorAt(n *yaml.Node, hint, format string, args ...any) error {
	return &Error{
		Path: l.path, Line: n.Line, Column: n.Column,
		Msg: fmt.Sprintf(format, args...), Hint: hint,
	}
}
