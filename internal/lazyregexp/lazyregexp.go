// Package lazyregexp keeps regular expressions in package variables without
// compiling them at the start of every command.
package lazyregexp

import (
	"regexp"
	"sync"
)

// New gives a function that compiles the expression when it is first called,
// and panics if it is invalid.
func New(expr string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expr) })
}
