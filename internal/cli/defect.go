package cli

import (
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
)

// guard calls work and turns a panic into an error: one broken file must not
// end the work on the others, and no stack trace is shown. The panic's own text
// is left out, since it may hold a piece of the file.
func guard[T any](work func() (T, error)) (result T, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fail(exitGeneric, "this is a defect of encfg: please report it, without your file", "encfg failed unexpectedly in %s", origin())
		}
	}()
	return work()
}

// origin names the place of a panic: the innermost call that is ours.
func origin() string {
	pcs := make([]uintptr, 64)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(3, pcs)])
	for {
		f, more := frames.Next()
		if _, name, ok := strings.Cut(f.Function, "encfg/encfg/"); ok {
			return fmt.Sprintf("%s (%s, line %d)", name, filepath.Base(f.File), f.Line)
		}
		if !more {
			return "an unknown place"
		}
	}
}
