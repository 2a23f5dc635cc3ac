// Package testneed skips tests whose external component is missing: with one
// line that says what to install, and as a failure where CI is set, so that a
// build machine never passes by skipping.
package testneed

import (
	"os"
	"os/exec"
	"testing"
)

// Skip skips the test, or fails it under CI.
func Skip(t testing.TB, what string) {
	t.Helper()
	if os.Getenv("CI") != "" {
		t.Fatalf("needed in CI: %s", what)
	}
	t.Skip(what)
}

// Command is the path of a program, or skips the test.
func Command(t testing.TB, name, install string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		Skip(t, name+" is missing: "+install)
	}
	return path
}

// Python is a python3 that has the modules, or skips the test.
func Python(t testing.TB, modules ...string) string {
	t.Helper()
	python := Command(t, "python3", "install Python 3")
	for _, m := range modules {
		if exec.Command(python, "-c", "import "+m).Run() != nil {
			Skip(t, "the Python module "+m+" is missing: install it with pip")
		}
	}
	return python
}
