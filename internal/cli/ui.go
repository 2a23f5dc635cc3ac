package cli

// The rules of the user interface:
//
//   - Data goes to stdout, all else to stderr. Nothing else prints.
//   - An error is one line: what went wrong and where (file, line, key path),
//     never a value. A second line, "hint: …", says what to try.
//   - What was done is said in one line a file, unless --quiet. With --json,
//     results go to stdout as JSON, and each error to stderr as one JSON object
//     in a line of its own.
//   - Questions are asked on the terminal only, and never with CI set.
//   - Colour only on a terminal, and never with NO_COLOR set or TERM=dumb.
//   - Exit codes are sops's where the condition is the same; see codeOf.

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"sync"

	"golang.org/x/term"

	"github.com/encfg/encfg/crypt"
	"github.com/encfg/encfg/formats"
	"github.com/encfg/encfg/internal/atomicfile"
	"github.com/encfg/encfg/keysource"
)

// Exit codes: those of sops (cmd/sops/codes/codes.go) where the condition is
// the same.
const (
	exitOK               = 0
	exitGeneric          = 1
	exitCannotRead       = 2
	exitCannotWrite      = 3
	exitConfig           = 5
	exitConflict         = 8
	exitCannotDecrypt    = 25
	exitMACMismatch      = 51
	exitMACMissing       = 52
	exitNoConfig         = 61
	exitBadPath          = 91
	exitNoFile           = 100
	exitNoRecipients     = 111
	exitNoKey            = 128
	exitInterrupted      = 130 // 128 and the number of SIGINT, as shells have it
	exitNotModified      = 200
	exitNoEditor         = 201
	exitAlreadyEncrypted = 203
)

// failure is an error with all that the user is told about it.
type failure struct {
	code int
	file string // "" where no file is concerned
	msg  string
	hint string
	err  error
}

func (f *failure) Error() string {
	if f.file != "" {
		return f.file + ": " + f.msg
	}
	return f.msg
}

func (f *failure) Unwrap() error { return f.err }

// fail makes a failure with a hint.
func fail(code int, hint, format string, args ...any) *failure {
	return &failure{code: code, hint: hint, msg: fmt.Sprintf(format, args...)}
}

// inFile adds the file's name to an error, and turns it into a failure.
func inFile(file string, err error) error {
	if err == nil {
		return nil
	}
	f := asFailure(err)
	if f.file != "" {
		return f
	}
	c := *f
	c.file = file
	return &c
}

// asFailure finds the code and the hint of any error.
func asFailure(err error) *failure {
	var f *failure
	if errors.As(err, &f) {
		return f
	}
	var locked *keysource.UnlockError
	if errors.Is(err, context.Canceled) && !errors.As(err, &locked) {
		return &failure{code: exitInterrupted, msg: "interrupted", err: err}
	}
	f = &failure{code: codeOf(err), msg: err.Error(), err: err}
	var ce *crypt.Error
	var fe *atomicfile.Error
	var ke *keysource.Error
	var te *formats.Error
	var h interface{ Hint() string }
	switch {
	case errors.As(err, &locked):
		f.hint = lockedHint(locked)
	case errors.As(err, &ce):
		f.hint = ce.Hint
	case errors.As(err, &fe):
		f.file, f.msg, f.hint = fe.Path, fe.Msg, fe.Hint
	case errors.As(err, &ke):
		f.hint = ke.Hint
	case errors.As(err, &te):
		f.hint = te.Hint
	case errors.As(err, &h):
		f.hint = h.Hint()
	}
	return f
}

// codeOf is the one place where errors become exit codes.
func codeOf(err error) int {
	var f *failure
	if errors.As(err, &f) {
		return f.code
	}
	var ce *crypt.Error
	if errors.As(err, &ce) {
		switch ce.Kind {
		case crypt.KindTree:
			return exitCannotDecrypt
		case crypt.KindMACMismatch:
			return exitMACMismatch
		case crypt.KindMACMissing:
			return exitMACMissing
		case crypt.KindMetadata, crypt.KindNotEncrypted:
			return exitCannotRead
		case crypt.KindNoRecipients:
			return exitNoRecipients
		case crypt.KindNoKey:
			return exitNoKey
		case crypt.KindReserved:
			return exitAlreadyEncrypted
		}
		return exitGeneric
	}
	var pe *formats.PathError
	if errors.As(err, &pe) {
		return exitBadPath
	}
	var fe *atomicfile.Error
	if errors.As(err, &fe) {
		switch fe.Kind {
		case atomicfile.CannotRead:
			return exitCannotRead
		case atomicfile.NotFound:
			return exitNoFile
		}
		return exitCannotWrite
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return exitNoFile
	case errors.Is(err, fs.ErrPermission):
		return exitCannotRead
	}
	return exitGeneric
}

// ui is where messages go.
type ui struct {
	in       io.Reader
	out, err io.Writer
	getenv   func(string) string
	quiet    bool
	json     bool

	mu     sync.Mutex // one message at a time
	warned sync.Map   // the warnings of warnOnce
}

// notef says what was done, unless --quiet.
func (u *ui) notef(format string, args ...any) {
	if !u.quiet {
		u.line(fmt.Sprintf(format, args...))
	}
}

// warnf warns, also with --quiet.
func (u *ui) warnf(format string, args ...any) {
	u.line("warning: " + fmt.Sprintf(format, args...))
}

// warnOnce warns once for all files of a call.
func (u *ui) warnOnce(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if _, again := u.warned.LoadOrStore(text, true); !again {
		u.warnf("%s", text)
	}
}

func (u *ui) line(s string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	fmt.Fprintln(u.err, s)
}

// report shows an error.
func (u *ui) report(err error) {
	f := asFailure(err)
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.json {
		e := json.NewEncoder(u.err)
		e.SetEscapeHTML(false)
		_ = e.Encode(map[string]any{"error": jsonFailure(f)}) // there is nowhere else to complain
		return
	}
	fmt.Fprintln(u.err, "encfg: "+f.Error())
	// What goes wrong with many files goes wrong alike: one hint is enough.
	if _, again := u.warned.LoadOrStore("hint\x00"+f.hint, true); f.hint != "" && !again {
		fmt.Fprintln(u.err, "  hint: "+strings.ReplaceAll(f.hint, "\n", "\n        "))
	}
}

// printJSON writes a result to stdout.
func (u *ui) printJSON(v any) error {
	e := json.NewEncoder(u.out)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// terminal tells whether a stream is one.
func terminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// interactive reports that the user can be asked.
func (u *ui) interactive() bool {
	return u.getenv("CI") == "" && terminal(u.in) && terminal(u.err)
}

// colour reports that a stream takes colours.
func (u *ui) colour(stream any) bool {
	return terminal(stream) && u.getenv("NO_COLOR") == "" && u.getenv("TERM") != "dumb"
}
