package atomicfile

import (
	"errors"
	"io/fs"
	"os"
)

// Kind tells errors apart, for exit codes.
type Kind int

// The kinds of errors.
const (
	CannotRead Kind = iota + 1
	CannotWrite
	NotFound
	Exists  // Create found a file
	Changed // somebody else changed the file after it was read
	Busy    // somebody else has the lock
)

// Error is about one file.
type Error struct {
	Kind      Kind
	Path      string
	Msg, Hint string
	Err       error // the cause, if there is one
}

func (e *Error) Error() string { return e.Path + ": " + e.Msg }

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// readError is an error of the system while a file is read.
func readError(path string, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return &Error{Kind: NotFound, Path: path, Msg: "the file does not exist", Err: err}
	}
	return &Error{Kind: CannotRead, Path: path, Msg: "cannot read the file: " + reason(err), Err: err}
}

// writeError is an error of the system while a file is written.
func writeError(path string, err error) error {
	e := &Error{Kind: CannotWrite, Path: path, Msg: "cannot write the file: " + reason(err), Err: err}
	if isFull(err) {
		e.Hint = "the disk or the quota is full; the file is as it was"
	}
	return e
}

// folderError is an error of the system while a file is made in a folder.
func folderError(path string, err error) error {
	e := &Error{Kind: CannotWrite, Path: path, Msg: "cannot make a file in its folder: " + reason(err), Err: err}
	switch {
	case errors.Is(err, fs.ErrPermission):
		e.Hint = "files are replaced as a whole, which needs the right to write to the folder"
	case errors.Is(err, fs.ErrNotExist):
		e.Msg = "the folder does not exist"
	case isFull(err):
		e.Hint = "the disk or the quota is full; the file is as it was"
	}
	return e
}

// reason is the system's word for an error, without paths: they would be those
// of temporary files.
func reason(err error) string {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return e.Err.Error()
	}
	if e, ok := errors.AsType[*os.LinkError](err); ok {
		return e.Err.Error()
	}
	return err.Error()
}
