// Package editor finds the user's text editor and keeps it from leaving copies
// of what it edits on a disk.
//
// Find gives the command, Private the arguments and variables for one folder.
// What an editor writes beside the file (swap and emergency files) is the
// concern of who made that folder; here it is about what would go elsewhere.
package editor

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"

	"github.com/google/shlex"
)

// ErrNone says that there is no editor.
var ErrNone = errors.New("no editor is found")

// variables name the editor, in the order of their rank.
var variables = []string{"ENCFG_EDITOR", "SOPS_EDITOR", "VISUAL", "EDITOR"}

// usual are the editors that are tried when no variable is set.
var usual = []string{"nvim", "vim", "nano", "vi", "emacs", "hx", "micro"}

// Error is a failure with what to try.
type Error struct {
	Msg  string
	hint string
}

func (e *Error) Error() string { return e.Msg }

// Hint says what to try.
func (e *Error) Hint() string { return e.hint }

// Unwrap makes every Error an ErrNone.
func (e *Error) Unwrap() error { return ErrNone }

// Find gives the command line of the editor, without the file. look finds a
// program, as exec.LookPath does. Variables hold a command line as a shell
// reads it, without expansions. Errors are ErrNone.
func Find(getenv func(string) string, look func(string) (string, error)) ([]string, error) {
	for _, name := range variables {
		text := getenv(name)
		if strings.TrimSpace(text) == "" {
			continue
		}
		words, err := shlex.Split(text)
		if err != nil || len(words) == 0 {
			return nil, &Error{name + " is no command line", "check its quotes"}
		}
		path, err := look(words[0])
		if err != nil {
			return nil, &Error{"the editor " + words[0] + " of " + name + " is not found", "install it, or set ENCFG_EDITOR to another one"}
		}
		words[0] = path
		return words, nil
	}
	for _, name := range usual {
		if path, err := look(name); err == nil {
			return []string{path}, nil
		}
	}
	return nil, &Error{"no editor is found: " + strings.Join(variables, ", ") + " are not set, and none of the usual ones is installed",
		"set EDITOR, or use encfg set"}
}

// Session is how the editor is run.
type Session struct {
	Args []string // the file is yet to be added
	Env  []string // to be added to the environment
	Note string   // what the user should know; may be empty
}

// Private adds what keeps an editor from writing copies outside of dir, which
// is a folder in memory.
func Private(command []string, dir string) Session {
	s := Session{Args: append([]string{}, command...), Env: []string{"TMPDIR=" + dir, "TEMP=" + dir, "TMP=" + dir}}
	name := kind(command[0])
	for _, e := range editors {
		for _, n := range e.names {
			if n == name {
				// In front of the user's own arguments, which may be commands.
				s.Args = slices.Insert(s.Args, 1, e.args(dir)...)
				s.Note = e.note
				return s
			}
		}
	}
	return s
}

// kind is the base name of the program that a command leads to; vi is vim
// where it is a link to one.
func kind(path string) string {
	name := base(path)
	if real, err := filepath.EvalSymlinks(path); err == nil {
		if r := base(real); name == "vi" || name == "editor" || name == "view" || name == "emacs" {
			name, _, _ = strings.Cut(r, ".")    // vim.basic, vim.tiny
			name, _, _ = strings.Cut(name, "-") // emacs-gtk
		}
	}
	return name
}

func base(path string) string {
	return strings.TrimSuffix(strings.ToLower(filepath.Base(path)), ".exe")
}
